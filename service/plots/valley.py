"""The panel of the walk: the valley along the steepest direction, and the steps in it."""

from math import exp

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from service.descent.answers.results import Fit
from service.plots.labels import Label, Side, place_labels
from service.plots.steepest import Flatter, Route, walk
from service.plots.style import EDGE, INK, SOFT, VERDICT, faded, title
from service.plots.words import rate_words, step_words, way_words

VIEW, WIDE = 1.15, 1.9
"""The initial distances shown on each side; the second if the walk climbs."""
AGE = 7
"""The number of steps after which a chord has faded to about a third."""
DOTTED_CHORDS = 40
"""The maximum number of chords at which each ends in a dot."""
GROUND = "#f6f4ef"
START_SIDES: tuple[Side, ...] = ("above right", "left", "below left")
END_SIDES: tuple[Side, ...] = ("below", "below left", "below right", "a line below right")
"""The sides at which the first and the last step can have their labels, the best first."""


def draw_valley(axes: Axes, fit: Fit) -> None:
    """Draw the panel."""
    view = VIEW
    if fit.verdict.rate == "diverging":
        view = WIDE
    steps, colour = walk(fit, view=view), VERDICT[fit.verdict.rate]
    _valley(axes, view)
    _trail(axes, steps, colour)
    _chords(axes, steps, colour)
    place_labels(axes, [_end(axes, steps, view, colour), *_start(axes, steps, colour)])
    _captions(axes, fit, steps, colour)
    title(axes, "The walk", "down the steepest direction; height is loss")


def _valley(axes: Axes, view: float) -> None:
    z = np.linspace(-view, view, 121)
    axes.set(xlim=(-view, view), ylim=(-0.1 * view**2, 1.02 * view**2), xticks=[], yticks=[])
    axes.fill_between(z, z**2, -0.1 * view**2, color=GROUND, linewidth=0)
    axes.plot(z, z**2, color=EDGE, linewidth=1.6)
    axes.spines[:].set_visible(False)


def _trail(axes: Axes, steps: Route, colour: str) -> None:
    """Draw the trail of a walk down one side. If it makes many small steps, the chords alone are
    hardly visible.
    """
    if not steps.moves or steps.pace > 1:
        return
    z = np.linspace(-1, steps.end, 60)
    axes.plot(z, z**2, color=faded(colour, 0.3), linewidth=7, solid_capstyle="butt")


def strength(age: int) -> float:
    """Return the strength of a chord that is `age` steps before the last: it fades, but never
    disappears.
    """
    return max(exp(-age / AGE), 0.24)


def _chords(axes: Axes, steps: Route, colour: str) -> None:
    """Draw the chords, the oldest first."""
    ends = [(steps.at(step), steps.at(step + 1)) for step in steps.chords]
    lines = [[(a, a**2), (b, b**2)] for a, b in ends]
    colours = [faded(colour, strength(steps.last - 1 - step)) for step in steps.chords]
    width = 1.2
    if len(ends) <= DOTTED_CHORDS:
        width = 2.0
        z = np.array([b for _, b in ends[:-1]])
        axes.plot(z, z**2, linestyle="", marker="o", markersize=5, color=colour, zorder=3.5)
    chords = LineCollection(lines, colors=colours, linewidths=width, zorder=3)
    axes.add_collection(chords, autolim=False)


def _start(axes: Axes, steps: Route, colour: str) -> list[Label]:
    """Draw the start of the walk, and return its label. A walk that does not move has none."""
    if not steps.moves:
        return []
    axes.plot(
        -1,
        1,
        marker="o",
        markersize=9,
        markerfacecolor="white",
        markeredgecolor=colour,
        markeredgewidth=2,
        zorder=4,
    )
    return [Label("start", (-1, 1), INK, START_SIDES, gap=9)]


def _end(axes: Axes, steps: Route, view: float, colour: str) -> Label:
    """Draw the end of the walk, or an arrow where it leaves the picture, and return its label."""
    z = steps.end
    if abs(z) > view:
        return _exit(axes, steps, view, colour)
    axes.plot(
        z,
        z**2,
        marker="o",
        markersize=14,
        color=colour,
        markeredgecolor="white",
        markeredgewidth=1.5,
        zorder=4,
    )
    text = f"step {steps.steps:,}"
    return Label(text, (z, z**2), colour, END_SIDES, weight="bold", must=True, gap=10)


def _exit(axes: Axes, steps: Route, view: float, colour: str) -> Label:
    left, right, top = steps.at(steps.last - 1), steps.end, 1.02 * view**2
    x = left + (right - left) * (top - left**2) / (right**2 - left**2)
    axes.plot(x, top, marker="^", markersize=13, color=colour, clip_on=False, zorder=4)
    before = 0.6 * left + 0.4 * x, 0.6 * left**2 + 0.4 * top
    sides: tuple[Side, ...] = ("below right", "below left")
    return Label(
        f"step {steps.last:,} leaves the picture",
        (x, top),
        colour,
        sides,
        also=(before,),
        weight="bold",
        must=True,
        gap=8,
    )


def _captions(axes: Axes, fit: Fit, steps: Route, colour: str) -> None:
    """Write the rate relative to its limit, what a step does, and where the loss is if it is in
    another direction.
    """
    _caption(axes, rate_words(fit), 0, color=colour, weight="bold")
    _caption(axes, step_words(steps), 1, color=SOFT)
    if steps.elsewhere is None:
        return
    if steps.pace > 1:
        _caption(axes, " ".join(way_words(steps.elsewhere)), 2, color=INK, weight="bold")
        return
    _second(axes, steps.elsewhere, colour)


def _caption(axes: Axes, text: str, row: int, *, color: str, weight: str = "normal") -> None:
    below = (0, -9 - 17 * row)
    axes.annotate(
        text,
        (0.5, 0),
        below,
        xycoords="axes fraction",
        textcoords="offset points",
        ha="center",
        va="top",
        color=color,
        fontweight=weight,
    )


def _second(axes: Axes, flatter: Flatter, colour: str) -> None:
    """Draw a second, small valley above the first, with the ball on its slope: that is where the
    loss is.
    """
    z, left = np.linspace(-1.15, 1.15, 61), 1 - flatter.way
    axes.plot(0.3 * z, 0.78 + 0.3 * z**2, color=EDGE, linewidth=1.6)
    axes.plot(
        -0.3 * left,
        0.78 + 0.3 * left**2,
        marker="o",
        markersize=11,
        color=colour,
        markeredgecolor="white",
        zorder=4,
    )
    axes.annotate(
        "\n".join(way_words(flatter)),
        (0.06, 0.72),
        ha="center",
        va="top",
        color=INK,
        fontweight="bold",
        linespacing=1.35,
    )
