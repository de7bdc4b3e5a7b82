"""The panel of the loss: a logarithmic axis for the loss and, for long runs, one for the steps."""

from itertools import pairwise
from math import floor, log10

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from service.descent.answers.results import Fit
from service.descent.frozen import frozen
from service.descent.judging.numerals import number
from service.plots.labels import Label, Side, place
from service.plots.shapes import Array
from service.plots.style import INK, SOFT, VERDICT, Pen, title

LONG = 50
"""The number of steps above which their axis is logarithmic."""
THIN = 600
"""The maximum number of points in a line."""
DEEP = 40
"""The maximum number of decades shown below the start; further down is only rounding."""
BELOW = 5
"""The maximum number of decades shown below the lowest loss if the optimum lies far below."""
ABOVE = 5
"""The minimum number of decades shown above the start if the loss overflows."""
DOTS = 40
"""The maximum number of records at which each has a dot."""
APART = (1, 2, 5, 10, 20, 50, 100)
"""The possible numbers of decades between two powers of ten on the axis."""


@frozen
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
        return log10(1 + step) if self.long else step

    def y(self, loss: float) -> float:
        """Return the coordinate of a loss, inside the picture; 0 lies at the lower edge."""
        return min(max(decades(loss), self.low), self.high)


def decades(loss: float) -> float:
    """Return log10 of a loss, or -400 for 0."""
    return log10(loss) if loss > 0 else -400.0


def scales(fit: Fit) -> Scales:
    """Return the scales of a fit. They cover the losses from the optimum, or from somewhat below
    the lowest loss, to the highest, and more than a decade.
    """
    told = [
        decades(loss) for loss in (*fit.losses, *(fit.validation_losses or ())) if loss > 0
    ] or [0.0]
    start = decades(fit.losses[0]) if fit.losses[0] > 0 else max(told)
    top = max(told) if fit.diverged_at is None else max(*told, start + ABOVE)
    lowest = max(min(told), start - DEEP)
    aim = aimed(fit)
    low = lowest if aim is None else min(lowest, max(decades(aim), lowest - BELOW))
    short = max(0.0, 1.2 - (top - low)) / 2
    last = max(fit.steps, fit.diverged_at or 0, 1)
    return Scales(last > LONG, last, low - short, top + short)


def draw(axes: Axes, fit: Fit) -> None:
    """Draw the panel."""
    on, colour, aim = scales(fit), VERDICT[fit.verdict.rate], aimed(fit)
    if aim is not None:
        axes.axhline(on.y(aim), color=SOFT, linewidth=2, linestyle=":")
    if fit.validation_losses is not None:
        _line(axes, fit, on, fit.validation_losses, Pen(SOFT, 1.8, "--"))
    _line(axes, fit, on, fit.losses, Pen(colour, 2.6))
    _limits(axes, on, told=any(fit.losses))
    _ends(axes, fit, on, colour)
    title(axes, "The loss", f"{fit.resolved.loss.title}, after each step")


def aimed(fit: Fit) -> float | None:
    """Return the loss of the optimum if the descent minimises the mean squared error."""
    return fit.optimum.loss if fit.optimum and fit.resolved.loss.kind == "mse" else None


def records(fit: Fit) -> list[int]:
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
    ends = [place(stretch, key=losses.__getitem__) for stretch in stretches for place in (min, max)]
    return sorted({0, *ends, count - 1})


def _line(axes: Axes, fit: Fit, on: Scales, losses: list[float], pen: Pen) -> None:
    steps, places = records(fit), thinned(losses)
    x: Array = np.array([on.x(steps[i]) for i in places])
    y: Array = np.array([on.y(losses[i]) for i in places])
    dots = len(losses) <= DOTS and pen.style == "-"
    axes.plot(
        x,
        y,
        color=pen.colour,
        linewidth=pen.width,
        linestyle=pen.style,
        marker="o" if dots else "",
        markersize=5.5,
    )


def _ends(axes: Axes, fit: Fit, on: Scales, colour: str) -> None:
    """Write numbers where the lines begin and end."""
    grows = fit.loss > fit.losses[0] or fit.diverged_at is not None
    sides: tuple[Side, ...] = (
        ("below right", "above right") if grows else ("above right", "below right")
    )
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
    place(axes, [*labels, start], outside=34)


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
    far = ", far below" if decades(loss) < on.low and loss < min(fit.losses) else ""
    return [
        Label(
            f"optimum {number(loss)}{far}",
            (0.6 * on.x(on.last), on.y(loss)),
            SOFT,
            ("below",),
            must=True,
        )
    ]


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
            bold=True,
            must=True,
        )
    at = on.x(fit.diverged_at), axes.get_ylim()[1]
    axes.plot(*zip(last, at, strict=True), color=colour, linewidth=2, linestyle="--")
    axes.plot(*at, marker="X", markersize=12, color=colour, clip_on=False, zorder=4)
    return Label(
        f"step {fit.diverged_at:,}: no number", at, colour, ("left",), bold=True, must=True, gap=9
    )


def _limits(axes: Axes, on: Scales, *, told: bool) -> None:
    """Set the limits and the ticks. The tick labels are the losses themselves; if every loss is 0,
    there are no ticks.
    """
    width, height = on.x(on.last), on.high - on.low
    axes.set(
        xlim=(-0.05 * width, 1.24 * width), ylim=(on.low - 0.14 * height, on.high + 0.1 * height)
    )
    axes.set_xlabel("step (logarithmic)" if on.long else "step")
    marks = round_numbers(on.low, on.high) if told else []
    axes.set_yticks(
        [log10(digit) + power for digit, power in marks], [written(*mark) for mark in marks]
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
    digits = (1, 3) if on.last < 1000 else (1,)
    powers = range(floor(log10(on.last)) + 1)
    steps = [
        0,
        *[
            digit * 10**power
            for power in powers
            for digit in digits
            if digit * 10**power <= on.last
        ],
    ]
    return steps[:1] + steps[1 :: -(-len(steps) // 7)]


def written(digit: int, power: int) -> str:
    """Return the text of a tick, in full if it is short."""
    if 0 <= power <= 6:
        return f"{digit * 10**power:,}"
    return f"{digit * 10.0**power:.{-power}f}" if -4 <= power < 0 else f"{digit}e{power}"
