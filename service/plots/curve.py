"""The panel of the curve: the points, the start, some steps and the optimum."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from service.descent.answers.results import DataPoints, Fit
from service.descent.arrays import Array
from service.plots.labels import PAPER, Label, Side, place_labels
from service.plots.shapes import Shapes, shapes
from service.plots.style import INK, SOFT, VERDICT, Pen, faded, title
from service.plots.ticks import ticks

MANY = 2000
"""The number of points above which points are pixels, also in an SVG, and smaller."""
SEEN = 0.03
"""The smallest fraction of a curve that must lie inside the picture: a curve that only crosses it
explains nothing.
"""
BEYOND = 20
"""The number of picture heights beyond the picture at which a curve is cut off."""
POSITIONS = 12
"""The number of positions along a curve that are tried for its label."""
SIDES: tuple[Side, ...] = (
    "right",
    "above right",
    "above left",
    "below right",
    "below left",
    "above",
    "below",
    "a line above right",
    "a line below right",
)
"""The sides of a point at which a label can be, the best first."""


def draw_curve(axes: Axes, fit: Fit) -> None:
    """Draw the panel."""
    assert fit.data is not None
    found, colour = shapes(fit), VERDICT[fit.verdict.rate]
    low, high = window(np.array(fit.data.y), found)
    inside = [visible(curve, low, high) for curve in found.curves]
    strengths = np.linspace(1, 0.35, len(inside))[::-1] ** 1.3
    widths = [1.7] * (len(inside) - 1) + [3.4]
    for curve, shown, strength, width in zip(found.curves, inside, strengths, widths, strict=True):
        if shown:
            _line(axes, found, curve, (low, high), Pen(faded(colour, strength), width))
    if found.optimum is not None:
        _line(axes, found, found.optimum, (low, high), Pen(SOFT, 2, ":"))
    _points(axes, fit.data)
    _limits(axes, found.t, low, high)
    margin = 0.05 * (high - low)
    place_labels(axes, _labels(found, inside, (low + margin, high - margin), colour))
    title(axes, "The curve", _subtitle(found, inside, held_out=fit.data.held_out is not None))


def window(y: Array, found: Shapes) -> tuple[float, float]:
    """Return the range of y shown: all points, and the curves up to 1.25 times the span of the
    points below them and 0.55 times above.
    """
    bottom, top = float(y.min()), float(y.max())
    span = (top - bottom) or float(np.abs(found.curves[0] - top).max()) or abs(top) or 1.0
    low = min(bottom, max(float(found.curves.min()), bottom - 1.1 * span))
    high = max(top, min(float(found.curves.max()), top + 0.4 * span))
    return low - 0.15 * span, high + 0.15 * span


def visible(curve: Array, low: float, high: float) -> bool:
    """Return whether enough of a curve lies between two heights."""
    return float(np.mean((curve >= low) & (curve <= high))) >= SEEN


def _line(axes: Axes, found: Shapes, curve: Array, heights: tuple[float, float], pen: Pen) -> None:
    """Draw a curve, cut off far outside the picture."""
    low, high = heights
    cut = np.clip(curve, low - BEYOND * (high - low), high + BEYOND * (high - low))
    axes.plot(
        found.t,
        cut,
        color=pen.colour,
        linewidth=pen.width,
        linestyle=pen.style,
        marker=_marker(found),
        markersize=12,
    )


def _marker(found: Shapes) -> str:
    """Return the marker at each t of a curve: none, unless the curve is known only there."""
    if found.smooth:
        return ""
    if len(found.t) == 1:
        return "_"
    return "."


def _points(axes: Axes, data: DataPoints) -> None:
    """Draw the points. Those that are held out are hollow, unless there are many points."""
    t, y = np.array(data.t), np.array(data.y)
    held = np.zeros(len(t), dtype=bool)
    held[data.held_out or []] = True
    if len(t) > MANY:
        _pixels(axes, t[~held], y[~held])
        _pixels(axes, t[held], y[held])
    else:
        _dots(axes, t[~held], y[~held], Pen("white", 0.7), face=INK)
        _dots(axes, t[held], y[held], Pen(INK, 1.2), face="white")


def _pixels(axes: Axes, t: Array, y: Array) -> None:
    """Draw many points behind the curves."""
    axes.plot(
        t,
        y,
        linestyle="",
        marker="o",
        markersize=1.5,
        color=INK,
        markeredgewidth=0,
        alpha=0.2,
        rasterized=True,
        zorder=1,
    )


def _dots(axes: Axes, t: Array, y: Array, edge: Pen, *, face: str) -> None:
    """Draw a few points in front of the curves."""
    axes.plot(
        t,
        y,
        linestyle="",
        marker="o",
        markersize=5.5,
        markerfacecolor=face,
        markeredgecolor=edge.colour,
        markeredgewidth=edge.width,
        zorder=3,
    )


def _limits(axes: Axes, t: Array, low: float, high: float) -> None:
    """Set the limits and the ticks, with space for labels on the right."""
    first, last = float(t[0]), float(t[-1])
    width, before = last - first, 0.04
    if width == 0:
        width, before = max(1.0, 0.1 * abs(first)), 0.5
    axes.set(
        xlim=(first - before * width, last + max(0.24, before) * width),
        ylim=(low, high),
        xlabel="t",
    )
    marks = ticks(*axes.get_xlim(), axes.bbox.width * 72 / axes.figure.dpi)
    axes.set_xticks([mark for mark, _ in marks], [text for _, text in marks])
    axes.locator_params(axis="y", nbins=5)
    axes.grid(visible=True)
    axes.tick_params(length=0)
    _unit(axes)


def _unit(axes: Axes) -> None:
    """Write the power of ten, or the offset, of the labels of the y axis inside the picture instead
    of over its title.
    """
    labels, shown = axes.yaxis.get_major_formatter(), axes.yaxis.get_offset_text()
    labels.format_ticks(axes.get_yticks().tolist())
    shown.set_visible(False)
    axes.annotate(
        labels.get_offset(),
        (0, 1),
        xytext=(5, -2),
        xycoords="axes fraction",
        textcoords="offset points",
        va="top",
        color=SOFT,
        bbox=PAPER,
        zorder=5,
    )


def _labels(
    found: Shapes, inside: list[bool], heights: tuple[float, float], colour: str
) -> Iterator[Label]:
    """Yield the labels of the curves between these heights: the last step, the optimum and the
    start first, then the others in order.
    """
    named = {step: f"step {step:,}" for step in found.steps} | {0: "start"}
    last = len(found.steps) - 1
    order = dict.fromkeys([last, 0, *range(1, last)])
    if inside[last]:
        yield replace(
            _anywhere(named[found.steps[last]], found, found.curves[last], heights, colour),
            weight="bold",
            must=True,
        )
    if found.optimum is not None:
        yield _anywhere("optimum", found, found.optimum, heights, SOFT)
    for i in list(order)[1:]:
        if inside[i]:
            yield _label(named[found.steps[i]], found, found.curves[i], heights, INK)


def _anywhere(
    text: str, found: Shapes, curve: Array, heights: tuple[float, float], colour: str
) -> Label:
    """Return a label at the right end of a curve, or where there is space along it."""
    within = _within(curve, heights)
    others = tuple(
        (float(found.t[i]), float(curve[i])) for i in within[:: -max(1, len(within) // POSITIONS)]
    )
    return replace(_label(text, found, curve, heights, colour), sides=SIDES, also=others)


def _label(
    text: str, found: Shapes, curve: Array, heights: tuple[float, float], colour: str
) -> Label:
    """Return a label at the right end of a curve, or where the curve leaves the picture."""
    end, within = len(curve) - 1, _within(curve, heights)
    sides: tuple[Side, ...] = ("right",)
    if len(within) and within[-1] < end:
        end, sides = int(within[-1]), ("right", "left")
    return Label(text, (float(found.t[end]), float(np.clip(curve[end], *heights))), colour, sides)


def _within(curve: Array, heights: tuple[float, float]) -> NDArray[np.intp]:
    """Return the indices at which a curve lies between two heights."""
    low, high = heights
    return np.flatnonzero((curve > low) & (curve < high))


def _subtitle(found: Shapes, inside: list[bool], *, held_out: bool) -> str:
    """Return a note on what lies out of the picture, if anything; otherwise the meaning of the
    marks.
    """
    last = found.steps[-1]
    if not inside[-1] and last == 0:
        return "the start is out of the picture"
    if not inside[-1]:
        return f"step {last:,} is far out of the picture"
    if held_out:
        return "hollow points are held out"
    return "the points, and the model step by step"
