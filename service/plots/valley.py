"""The panel of the walk: the valley along the steepest direction, and the steps in it."""

from math import exp

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from service.descent.answers.results import Fit
from service.plots.labels import Label, Side, Weight, place_labels
from service.plots.steepest import Flatter, Route, elsewhere, rate_words, walk
from service.plots.style import EDGE, INK, SOFT, VERDICT, dots, faded, note, title

VIEW, WIDE = 1.15, 1.9
"""The initial distances shown on each side; the second if the walk climbs."""
AGE = 7
"""The number of steps after which a chord has faded to about a third."""
DOTTED_CHORDS = 40
"""The maximum number of chords at which each ends in a dot."""
GROUND = "#f6f4ef"


def draw_valley(axes: Axes, fit: Fit) -> None:
    """Draw the panel."""
    view = WIDE if fit.verdict.rate == "diverging" else VIEW
    steps, colour = walk(fit, view=view), VERDICT[fit.verdict.rate]
    _valley(axes, view)
    if steps.moves and steps.pace <= 1:  # the chords of many small steps are hardly visible
        z = np.linspace(-1, steps.at(steps.last), 60)
        axes.plot(z, z**2, color=faded(colour, 0.3), linewidth=7, solid_capstyle="butt")
    _chords(axes, steps, colour)
    labels = [_end(axes, steps, view, colour)]
    if steps.moves:
        dots(axes, (-1, 1), size=9, face="white", edge=colour, width=2)
        sides = [Side.ABOVE_RIGHT, Side.LEFT, Side.BELOW_LEFT]
        labels.append(Label("start", [(-1, 1)], INK, sides, gap=9))
    place_labels(axes, labels)
    _caption(axes, rate_words(fit), 0, colour, weight="bold")
    _caption(axes, steps.words(), 1, SOFT)
    flatter = elsewhere(fit)
    if flatter and steps.pace > 1:
        _caption(axes, " ".join(flatter.words()), 2, INK, weight="bold")
    elif flatter:
        _second(axes, flatter, colour)
    title(axes, "The walk", "down the steepest direction; height is loss")


def _valley(axes: Axes, view: float) -> None:
    z = np.linspace(-view, view, 121)
    axes.set(xlim=(-view, view), ylim=(-0.1 * view**2, 1.02 * view**2), xticks=[], yticks=[])
    axes.fill_between(z, z**2, -0.1 * view**2, color=GROUND, linewidth=0)
    axes.plot(z, z**2, color=EDGE, linewidth=1.6)
    axes.spines[:].set_visible(False)


def strength(age: int) -> float:
    """Return the strength of a chord `age` steps before the last: it fades and never disappears."""
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
        dots(axes, (z, z**2), size=6, face=colour)
    chords = LineCollection(lines, colors=colours, linewidths=width, zorder=3)
    axes.add_collection(chords, autolim=False)


def _end(axes: Axes, steps: Route, view: float, colour: str) -> Label:
    """Draw the end of the walk, or an arrow where it leaves the picture, and return its label."""
    z, top = steps.at(steps.last), 1.02 * view**2
    if abs(z) <= view:
        dots(axes, (z, z**2), size=14, face=colour, width=1.5)
        text = f"step {steps.steps:,}"
        sides = [Side.BELOW, Side.BELOW_LEFT, Side.BELOW_RIGHT, Side.LINE_BELOW_RIGHT]
        return Label(text, [(z, z**2)], colour, sides, weight="bold", must=True, gap=10)
    left = steps.at(steps.last - 1)
    x = left + (z - left) * (top - left**2) / (z**2 - left**2)
    dots(axes, (x, top), size=14, face=colour).set(marker="^")
    before = 0.6 * left + 0.4 * x, 0.6 * left**2 + 0.4 * top
    text, sides = f"step {steps.last:,} leaves the picture", [Side.BELOW_RIGHT, Side.BELOW_LEFT]
    return Label(text, [(x, top), before], colour, sides, weight="bold", must=True, gap=8)


def _caption(axes: Axes, text: str, row: int, colour: str, *, weight: Weight = "normal") -> None:
    """Write a line below the panel."""
    caption = note(axes, text, (0.5, 0), (0, -9 - 17 * row))
    caption.set(ha="center", va="top", color=colour, fontweight=weight)


def _second(axes: Axes, flatter: Flatter, colour: str) -> None:
    """Draw a second, small valley above the first. The ball on its slope is where the loss is."""
    z, left = np.linspace(-1.15, 1.15, 61), 1 - flatter.way
    axes.plot(0.3 * z, 0.78 + 0.3 * z**2, color=EDGE, linewidth=1.6)
    dots(axes, (-0.3 * left, 0.78 + 0.3 * left**2), size=11, face=colour, width=1)
    text = axes.text(0.06, 0.72, "\n".join(flatter.words()), ha="center", va="top")
    text.set(fontweight="bold", linespacing=1.35)
