"""The panel of the curve: the points, the start, some steps and the optimum."""

from collections.abc import Iterator
from math import floor, log10

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from service.descent.answers.results import DataPoints, Fit
from service.descent.arrays import Array
from service.plots.labels import POINTS, Label, Side, place_labels, text_width
from service.plots.shapes import Shapes, optimum_name, shapes
from service.plots.style import INK, PAPER, SOFT, VERDICT, dots, faded, note, title
from service.plots.times import positions

MANY = 2000
"""The number of points above which points are pixels, also in an SVG, and smaller."""
SIZE = 5.5
"""The diameter of a point of weight 1, in points of 1/72 inch."""
AREAS = (0.1, 8.0)
"""The smallest and the largest area of a point, relative to that of weight 1."""
SEEN = 0.03
"""The smallest visible fraction of a curve: one that only crosses the picture explains nothing."""
BEYOND = 20
"""The number of picture heights beyond the picture at which a curve is cut off."""
POSITIONS = 12
"""The number of positions along a curve that are tried for its label."""
MAX_TICKS = 6
TICK_GAP = 12.0
"""The minimum distance between the texts of two ticks, in points."""
PLAIN = (1e-4, 1e15)
"""The range of the largest number on an axis at which its ticks are written without an exponent."""
GROUPED = 10_000
"""The number from which thousands are separated by commas; years are smaller."""


def draw_curve(axes: Axes, fit: Fit) -> None:
    """Draw the panel."""
    assert fit.data is not None
    found, colour = shapes(fit), VERDICT[fit.verdict.rate]
    low, high = window(np.array(fit.data.y), found)
    _limits(axes, found.t, low, high)
    axes.set_xlabel(positions(fit.data).label)
    inside = [visible(curve, low, high) for curve in found.curves]
    strengths = np.linspace(1, 0.35, len(inside))[::-1] ** 1.3
    widths = [1.7] * (len(inside) - 1) + [3.4]
    for curve, shown, strength, width in zip(found.curves, inside, strengths, widths, strict=True):
        if shown:
            _line(axes, found, curve, faded(colour, strength), width, "-")
    if found.optimum is not None:
        _line(axes, found, found.optimum, SOFT, 2, ":")
    _points(axes, fit.data)
    margin = 0.05 * (high - low)
    place_labels(axes, _labels(fit, found, inside, (low + margin, high - margin)))
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


def _limits(axes: Axes, t: Array, low: float, high: float) -> None:
    """Set the limits and the ticks, with space for labels on the right. The power of ten, or the
    offset, of the ticks of y is written inside the picture instead of over its title.
    """
    first, last = float(t[0]), float(t[-1])
    width, before = last - first, 0.04
    if width == 0:
        width, before = max(1.0, 0.1 * abs(first)), 0.5
    left, right = first - before * width, last + max(0.24, before) * width
    axes.set(xlim=(left, right), ylim=(low, high))
    marks = ticks(left, right, axes.bbox.width)
    axes.set_xticks(list(marks), list(marks.values()))
    axes.locator_params(axis="y", nbins=5)
    axes.grid(visible=True)
    axes.tick_params(length=0)
    labels = axes.yaxis.get_major_formatter()
    labels.format_ticks(axes.get_yticks().tolist())
    axes.yaxis.get_offset_text().set_visible(False)
    note(axes, labels.get_offset(), (0, 1), (5, -2)).set(va="top", color=SOFT, bbox=PAPER, zorder=5)


def ticks(low: float, high: float, width: float) -> dict[float, str]:
    """Return as many round numbers between two numbers as fit in `width` points, with texts."""
    for most in range(MAX_TICKS, 0, -1):
        places = MaxNLocator(most, steps=[1, 2, 5, 10], min_n_ticks=1).tick_values(low, high)
        step, largest = float(places[1] - places[0]), max(abs(low), abs(high))
        inside = [float(place) for place in places if low <= place <= high]
        found = {place: tick_text(place, step=step, largest=largest) for place in inside}
        widest = max((text_width(text, POINTS) for text in found.values()), default=0.0)
        if widest + TICK_GAP <= step / (high - low) * width:
            break
    return found


def tick_text(value: float, *, step: float, largest: float) -> str:
    """Write a multiple of a step in full, up to the last digit of the step, even far from 0."""
    decimals = max(0, -floor(round(log10(step), 2)))
    if not PLAIN[0] < largest < PLAIN[1]:
        text = f"{round(value / step) * step:.15g}"
    elif largest >= GROUPED:
        text = f"{value:z,.{decimals}f}"
    else:
        text = f"{value:z.{decimals}f}"
    return text.replace("e-0", "e-").replace("e+", "e").replace("-", "\N{MINUS SIGN}")


def _line(axes: Axes, found: Shapes, curve: Array, colour: str, width: float, style: str) -> None:
    """Draw a curve, cut off far outside the picture. Marks show it if it is not smooth."""
    low, high = axes.get_ylim()
    cut = np.clip(curve, low - BEYOND * (high - low), high + BEYOND * (high - low))
    (line,) = axes.plot(found.t, cut, color=colour, linewidth=width, linestyle=style)
    if not found.smooth:
        line.set(marker="." if len(found.t) > 1 else "_", markersize=12)


def _points(axes: Axes, data: DataPoints) -> None:
    """Draw the points. Unless there are many, those that are held out are hollow, and the area of a
    point follows its weight.
    """
    t, y, held = positions(data).t, np.array(data.y), data.held_out or []
    if len(t) > MANY:
        pixels = axes.plot(t, y, "o", markersize=1.5, color=INK, markeredgewidth=0, alpha=0.2)
        pixels[0].set(rasterized=True, zorder=1)
        return
    if data.weights is not None:
        areas = SIZE**2 * np.array(data.weights).clip(*AREAS)
        faces = np.where(np.isin(np.arange(len(t)), held), "white", INK)
        axes.scatter(t, y, areas, faces, edgecolors=INK, linewidths=0.7, clip_on=False, zorder=4)
        return
    dots(axes, (np.delete(t, held), np.delete(y, held)), size=SIZE, face=INK, width=0.7)
    dots(axes, (t[held], y[held]), size=SIZE, face="white", edge=INK, width=1.2)


def _labels(
    fit: Fit, found: Shapes, inside: list[bool], heights: tuple[float, float]
) -> Iterator[Label]:
    """Yield the labels of the curves between these heights: the last step and the optimum, which
    may be anywhere along their curves, then the others at their right ends.
    """
    names = ["start" if step == 0 else f"step {step:,}" for step in found.steps]
    if inside[-1]:
        spots = _spots(found.t, found.curves[-1], heights)
        yield Label(names[-1], spots, VERDICT[fit.verdict.rate], weight="bold", must=True)
    if found.optimum is not None:
        yield Label(optimum_name(fit), _spots(found.t, found.optimum, heights), SOFT)
    for name, curve, shown in zip(names[:-1], found.curves, inside, strict=False):
        if shown:
            end = _spots(found.t, curve, heights)[:1]
            at_the_edge = end[0, 0] == found.t[-1]
            sides = [Side.RIGHT] if at_the_edge else [Side.RIGHT, Side.LEFT]
            yield Label(name, end, INK, sides)


def _spots(t: Array, curve: Array, heights: tuple[float, float]) -> Array:
    """Return points (n, 2) of a curve between two heights, the right first, or its clipped end."""
    low, high = heights
    within = np.flatnonzero((curve > low) & (curve < high))
    if not len(within):
        within = np.array([len(curve) - 1])
    some = within[:: -max(1, len(within) // POSITIONS)]
    return np.column_stack((t[some], np.clip(curve[some], low, high)))


def _subtitle(found: Shapes, inside: list[bool], *, held_out: bool) -> str:
    """Return what lies out of the picture, if anything; otherwise the meaning of the marks."""
    last = found.steps[-1]
    if not inside[-1] and last == 0:
        return "the start is out of the picture"
    if not inside[-1]:
        return f"step {last:,} is far out of the picture"
    if held_out:
        return "hollow points are held out"
    return "the points, and the model step by step"
