"""The panel of the loss: a logarithmic axis for the loss and, for long runs, one for the steps."""

from decimal import Decimal
from math import ceil, floor, log10

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from service.descent.answers.results import Fit
from service.descent.arrays import Array
from service.descent.judging.writing import number, scientific
from service.descent.readonly import readonly
from service.plots.labels import Label, Side, place_labels
from service.plots.style import INK, SOFT, VERDICT, dots, title

LONG_RUN = 50
"""The number of steps above which their axis is logarithmic."""
DEEP = 40
"""The maximum number of decades shown below the start; further down is only rounding."""
FAR = 5
"""The maximum number of decades shown below the lowest loss if the optimum lies far below, and the
minimum number above the start if the loss overflows.
"""
DOTTED_RECORDS = 40
"""The maximum number of records at which each has a dot."""
APART = (1, 2, 5, 10, 20, 50, 100)
"""The possible numbers of decades between two powers of ten on the axis."""


@readonly
class Scales:
    """The scales of the axes: log10(1 + step) for `long` runs, and log10 of the loss between `low`
    and `high`, which is computed here because the loss may overflow.
    """

    long: bool
    last: int
    low: float
    high: float

    def x(self, steps: ArrayLike) -> Array:
        """Return the coordinates of steps."""
        numbers = np.asarray(steps, dtype=float)
        return np.log10(1 + numbers) if self.long else numbers

    def y(self, losses: ArrayLike) -> Array:
        """Return the coordinates of losses, inside the picture; 0 lies at the lower edge."""
        return np.clip(decades(losses), self.low, self.high)

    def point(self, step: int, loss: float) -> tuple[float, float]:
        """Return the coordinates of one loss."""
        return float(self.x(step)), float(self.y(loss))


def decades(losses: ArrayLike) -> Array:
    """Return log10 of losses, or -400 for 0."""
    return np.log10(losses, out=np.full(np.shape(losses), -400.0), where=np.asarray(losses) > 0)


def scales(fit: Fit) -> Scales:
    """Return the scales of a fit. They cover the losses from the lowest, or from that to which
    the descent leads if it is not far below, to the highest, and more than a decade.
    """
    start, *others = decades([*fit.losses, *(fit.validation_losses or ())]).tolist()
    heights = [height for height in (start, *others) if height > -400] or [0.0]
    top, lowest = max(heights), max(min(heights), start - DEEP)
    if fit.diverged_at is not None:
        top = max(top, start + FAR)
    low, aim = lowest, aimed(fit)
    if aim is not None:
        height = float(decades(aim))
        low, top = min(lowest, max(height, lowest - FAR)), max(top, height)
    short = max(0.0, 1.2 - (top - low)) / 2
    last = max(fit.steps, fit.diverged_at or 0, 1)
    return Scales(last > LONG_RUN, last, low - short, top + short)


def draw_losses(axes: Axes, fit: Fit) -> None:
    """Draw the panel, with numbers where the lines begin and end."""
    on, colour, first = scales(fit), VERDICT[fit.verdict.rate], fit.losses[0]
    _limits(axes, on, positive=any(fit.losses))
    x = on.x(np.minimum(np.arange(len(fit.losses)) * fit.record_every, fit.steps))
    aim, validation = _aim(axes, fit, on), _validation(axes, fit, on, x)
    (line,) = axes.plot(x, on.y(fit.losses), color=colour, linewidth=2.6)
    if len(fit.losses) <= DOTTED_RECORDS:
        line.set(marker="o", markersize=5.5)
    sides = [Side.ABOVE_RIGHT, Side.BELOW_RIGHT]
    if fit.loss > first or fit.diverged_at is not None:
        sides.reverse()
    start = Label(number(first), [on.point(0, first)], INK, sides)
    labels = [_end(axes, fit, on, colour), *aim, *validation, start]
    place_labels(axes, labels, outside=34)
    title(axes, "The loss", f"{fit.resolved.loss.title}, after each step")


def aimed(fit: Fit) -> float | None:
    """Return the loss to which the descent leads, or None for networks."""
    if fit.ridge:
        return fit.ridge.loss
    if fit.optimum:
        return fit.optimum.loss
    return None


def aim_name(fit: Fit) -> str:
    """Name the curve to which the descent leads."""
    if fit.ridge:
        return "minimum with decay"
    return "optimum"


def _aim(axes: Axes, fit: Fit, on: Scales) -> list[Label]:
    """Draw a line at the loss to which the descent leads, if it is known, and return its label."""
    loss = aimed(fit)
    if loss is None:
        return []
    right, height = on.point(on.last, loss)
    axes.axhline(height, color=SOFT, linewidth=2, linestyle=":")
    text = f"{aim_name(fit)} {number(loss)}"
    if decades(loss) < on.low and loss < min(fit.losses):
        text += ", far below"
    sides = [Side.BELOW, Side.ABOVE]
    return [Label(text, [(0.6 * right, height)], SOFT, sides, must=True)]


def _validation(axes: Axes, fit: Fit, on: Scales, x: Array) -> list[Label]:
    """Draw the validation losses at x, if any, and a ring at the lowest. Return their labels."""
    losses = fit.validation_losses
    if losses is None:
        return []
    axes.plot(x, on.y(losses), color=SOFT, linewidth=1.8, linestyle="--")
    best, end = on.point(fit.best.step, fit.best.loss), on.point(fit.steps, losses[-1])
    dots(axes, best, size=8, face="white", edge=SOFT, width=1.8)
    text, sides = f"best: step {fit.best.step:,}", [Side.BELOW, Side.ABOVE, *Side]
    return [Label(text, [best], INK, sides, must=True), Label("validation", [end], SOFT)]


def _end(axes: Axes, fit: Fit, on: Scales, colour: str) -> Label:
    """Draw a dot at the last loss, or a cross where the loss is not finite. Return its label."""
    last = on.point(fit.steps, fit.loss)
    if fit.diverged_at is None:
        dots(axes, last, size=10, face=colour)
        return Label(number(fit.loss), [last], colour, weight="bold", must=True)
    cross = float(on.x(fit.diverged_at)), axes.get_ylim()[1]
    axes.plot(*zip(last, cross, strict=True), color=colour, linewidth=2, linestyle="--")
    dots(axes, cross, size=13, face=colour).set(marker="X")
    text = f"step {fit.diverged_at:,}: no number"
    return Label(text, [cross], colour, [Side.LEFT], weight="bold", must=True, gap=9)


def _limits(axes: Axes, on: Scales, *, positive: bool) -> None:
    """Set the limits and the ticks, whose labels are the losses themselves."""
    width, height = float(on.x(on.last)), on.high - on.low
    axes.set(
        xlim=(-0.05 * width, 1.24 * width),
        ylim=(on.low - 0.14 * height, on.high + 0.1 * height),
        xlabel="step (logarithmic)" if on.long else "step",
    )
    numbers = round_numbers(on.low, on.high) if positive else {}
    axes.set_yticks(list(numbers), list(numbers.values()))
    steps = round_steps(on)
    axes.set_xticks(on.x(steps), [f"{step:,}" for step in steps])
    axes.grid(visible=True)
    axes.tick_params(length=0)


def round_numbers(low: float, high: float) -> dict[float, str]:
    """Return at most seven powers of ten between two decimal logarithms, and their texts. If there
    are few, 2 and 5 times these powers are included.
    """
    powers = range(floor(low), floor(high) + 1)
    tens = [power for power in powers if power >= low]
    if len(tens) > 2:
        apart = next(apart for apart in APART if len(tens) <= 7 * apart)
        return {power: power_text(1, power) for power in tens if power % apart == 0}
    marks = {log10(digit) + power: (digit, power) for power in powers for digit in (1, 2, 5)}
    return {at: power_text(*mark) for at, mark in marks.items() if low <= at <= high}


def power_text(digit: int, power: int) -> str:
    """Return the text of a tick, in full if it is short."""
    if -4 <= power <= 6:
        return f"{Decimal(f'{digit}e{power}'):,f}"
    return scientific(f"{digit}", power)


def round_steps(on: Scales) -> list[int]:
    """Return about six round steps at most."""
    powers = [10**power for power in range(floor(log10(on.last)) + 1)]
    if not on.long:
        places = MaxNLocator(5, integer=True, steps=[1, 2, 5, 10]).tick_values(0, on.last)
        steps = [int(place) for place in places]
    elif on.last < 1000:
        steps = [0, *(step for power in powers for step in (power, 3 * power))]
    else:
        steps = [0, *powers[:: ceil((1 + len(powers)) / 7)]]
    return [step for step in steps if 0 <= step <= on.last]
