"""The panel of the loss: a logarithmic axis for the loss and, for long runs, one for the steps."""

from itertools import pairwise
from math import ceil, floor, log10

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from service.descent.answers.results import Fit
from service.descent.arrays import Array
from service.descent.frozen import readonly
from service.descent.judging.messages import number
from service.plots.labels import Label, Side, place_labels
from service.plots.style import INK, SOFT, VERDICT, Pen, title

LONG_RUN = 50
"""The number of steps above which their axis is logarithmic."""
THIN = 600
"""The maximum number of points in a line."""
DEEP = 40
"""The maximum number of decades shown below the start; further down is only rounding."""
BELOW = 5
"""The maximum number of decades shown below the lowest loss if the optimum lies far below."""
ABOVE = 5
"""The minimum number of decades shown above the start if the loss overflows."""
DOTTED_RECORDS = 40
"""The maximum number of records at which each has a dot."""
APART = (1, 2, 5, 10, 20, 50, 100)
"""The possible numbers of decades between two powers of ten on the axis."""


@readonly
class Scales:
    """The scales of the axes: log10(1 + step) for long runs, and log10 of the loss between `low`
    and `high`.
    """

    long: bool
    last: int
    low: float
    high: float

    def x(self, step: float) -> float:
        """Return the coordinate of a step."""
        if self.long:
            return log10(1 + step)
        return step

    def y(self, loss: float) -> float:
        """Return the coordinate of a loss, inside the picture; 0 lies at the lower edge."""
        return min(max(decades(loss), self.low), self.high)


def decades(loss: float) -> float:
    """Return log10 of a loss, or -400 for 0."""
    if loss > 0:
        return log10(loss)
    return -400.0


def scales(fit: Fit) -> Scales:
    """Return the scales of a fit. They cover the losses from the optimum, or from somewhat below
    the lowest loss, to the highest, and more than a decade.
    """
    losses = (*fit.losses, *(fit.validation_losses or ()))
    heights = [decades(loss) for loss in losses if loss > 0] or [0.0]
    start = top = max(heights)
    if fit.losses[0] > 0:
        start = decades(fit.losses[0])
    if fit.diverged_at is not None:
        top = max(top, start + ABOVE)
    low = lowest = max(min(heights), start - DEEP)
    aim = aimed(fit)
    if aim is not None:
        low = min(lowest, max(decades(aim), lowest - BELOW))
    short = max(0.0, 1.2 - (top - low)) / 2
    last = max(fit.steps, fit.diverged_at or 0, 1)
    return Scales(last > LONG_RUN, last, low - short, top + short)


def draw_losses(axes: Axes, fit: Fit) -> None:
    """Draw the panel."""
    on, colour, aim = scales(fit), VERDICT[fit.verdict.rate], aimed(fit)
    if aim is not None:
        axes.axhline(on.y(aim), color=SOFT, linewidth=2, linestyle=":")
    if fit.validation_losses is not None:
        _line(axes, fit, on, fit.validation_losses, Pen(SOFT, 1.8, "--"))
    _line(axes, fit, on, fit.losses, Pen(colour, 2.6))
    _limits(axes, on, positive=any(fit.losses))
    _ends(axes, fit, on, colour)
    title(axes, "The loss", f"{fit.resolved.loss.title}, after each step")


def aimed(fit: Fit) -> float | None:
    """Return the loss of the optimum if the descent minimises the mean squared error."""
    if fit.optimum and fit.resolved.loss.kind == "mse":
        return fit.optimum.loss
    return None


def recorded_steps(fit: Fit) -> list[int]:
    """Return the steps to which the losses belong."""
    return [min(i * fit.record_every, fit.steps) for i in range(len(fit.losses))]


def thinned(losses: list[float]) -> list[int]:
    """Return the indices of at most THIN losses: the lowest and the highest of increasingly long
    stretches, so that oscillations stay visible.
    """
    count = len(losses)
    if count <= THIN:
        return list(range(count))
    edges = np.unique(np.geomspace(1, count + 1, THIN // 2).astype(int)) - 1
    stretches = [range(first, last) for first, last in pairwise(edges.tolist())]
    lowest = [min(stretch, key=losses.__getitem__) for stretch in stretches]
    highest = [max(stretch, key=losses.__getitem__) for stretch in stretches]
    return sorted({0, *lowest, *highest, count - 1})


def _line(axes: Axes, fit: Fit, on: Scales, losses: list[float], pen: Pen) -> None:
    steps, shown = recorded_steps(fit), thinned(losses)
    x: Array = np.array([on.x(steps[i]) for i in shown])
    y: Array = np.array([on.y(losses[i]) for i in shown])
    marker = ""
    if len(losses) <= DOTTED_RECORDS and pen.style == "-":
        marker = "o"
    axes.plot(
        x,
        y,
        color=pen.colour,
        linewidth=pen.width,
        linestyle=pen.style,
        marker=marker,
        markersize=5.5,
    )


def _ends(axes: Axes, fit: Fit, on: Scales, colour: str) -> None:
    """Write numbers where the lines begin and end."""
    sides: tuple[Side, ...] = ("above right", "below right")
    if fit.loss > fit.losses[0] or fit.diverged_at is not None:
        sides = ("below right", "above right")
    start = Label(number(fit.losses[0]), (0, on.y(fit.losses[0])), INK, sides)
    labels = [_end(axes, fit, on, colour), *_optimum(fit, on)]
    if fit.validation_losses is not None:
        at = on.x(fit.steps), on.y(fit.validation_losses[-1])
        labels += [
            _best(axes, fit, on),
            Label(
                "validation",
                at,
                SOFT,
                ("right", "above right", "below right", "above left", "below left"),
            ),
        ]
    place_labels(axes, [*labels, start], outside=34)


def _best(axes: Axes, fit: Fit, on: Scales) -> Label:
    """Draw a ring at the lowest validation loss of all steps, recorded or not, and return its
    label.
    """
    at = on.x(fit.best.step), on.y(fit.best.loss)
    axes.plot(
        *at,
        marker="o",
        markersize=8,
        markerfacecolor="white",
        markeredgecolor=SOFT,
        markeredgewidth=1.8,
        zorder=3,
    )
    sides: tuple[Side, ...] = (
        "below",
        "above",
        "below left",
        "above left",
        "below right",
        "above right",
    )
    return Label(f"best: step {fit.best.step:,}", at, INK, sides, must=True)


def _optimum(fit: Fit, on: Scales) -> list[Label]:
    loss = aimed(fit)
    if loss is None:
        return []
    text = f"optimum {number(loss)}"
    if decades(loss) < on.low and loss < min(fit.losses):
        text += ", far below"
    return [Label(text, (0.6 * on.x(on.last), on.y(loss)), SOFT, ("below",), must=True)]


def _end(axes: Axes, fit: Fit, on: Scales, colour: str) -> Label:
    """Draw a dot at the last loss, or a cross at the step whose loss is not finite, and return its
    label.
    """
    last = on.x(fit.steps), on.y(fit.loss)
    if fit.diverged_at is None:
        axes.plot(*last, marker="o", markersize=9, color=colour)
        return Label(
            number(fit.loss),
            last,
            colour,
            ("right", "above right", "above left", "below right"),
            weight="bold",
            must=True,
        )
    at = on.x(fit.diverged_at), axes.get_ylim()[1]
    axes.plot(*zip(last, at, strict=True), color=colour, linewidth=2, linestyle="--")
    axes.plot(*at, marker="X", markersize=12, color=colour, clip_on=False, zorder=4)
    text = f"step {fit.diverged_at:,}: no number"
    return Label(text, at, colour, ("left",), weight="bold", must=True, gap=9)


def _limits(axes: Axes, on: Scales, *, positive: bool) -> None:
    """Set the limits and the ticks. The tick labels are the losses themselves; if every loss is 0,
    there are no ticks.
    """
    width, height = on.x(on.last), on.high - on.low
    axes.set(
        xlim=(-0.05 * width, 1.24 * width), ylim=(on.low - 0.14 * height, on.high + 0.1 * height)
    )
    axes.set_xlabel("step")
    if on.long:
        axes.set_xlabel("step (logarithmic)")
    marks: list[tuple[int, int]] = []
    if positive:
        marks = round_numbers(on.low, on.high)
    axes.set_yticks(
        [log10(digit) + power for digit, power in marks], [power_text(*mark) for mark in marks]
    )
    steps = round_steps(on)
    axes.set_xticks([on.x(step) for step in steps], [f"{step:,}" for step in steps])
    axes.grid(visible=True)
    axes.tick_params(length=0)


def round_numbers(low: float, high: float) -> list[tuple[int, int]]:
    """Return at most seven powers of ten between two decimal logarithms, as digit and exponent. If
    there are few, 2 and 5 times these powers are included.
    """
    powers = range(floor(low), floor(high) + 1)
    tens = [power for power in powers if power >= low]
    if len(tens) > 2:
        apart = next(apart for apart in APART if len(tens) <= 7 * apart)
        return [(1, power) for power in tens if power % apart == 0]
    return [
        (digit, power)
        for power in powers
        for digit in (1, 2, 5)
        if low <= log10(digit) + power <= high
    ]


def round_steps(on: Scales) -> list[int]:
    """Return about six round steps at most."""
    if not on.long:
        return [
            int(step)
            for step in MaxNLocator(5, integer=True, steps=[1, 2, 5, 10]).tick_values(0, on.last)
            if 0 <= step <= on.last
        ]
    powers = [10**power for power in range(floor(log10(on.last)) + 1)]
    if on.last < 1000:
        steps = [step for power in powers for step in (power, 3 * power)]
        return [0, *(step for step in steps if step <= on.last)]
    return [0, *powers[:: ceil((1 + len(powers)) / 7)]]


def power_text(digit: int, power: int) -> str:
    """Return the text of a tick, in full if it is short."""
    if 0 <= power <= 6:
        return f"{digit * 10**power:,}"
    if -4 <= power < 0:
        return f"{digit * 10.0**power:.{-power}f}"
    return f"{digit}e{power}"
