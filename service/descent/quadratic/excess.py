"""The excess of a descent over the lowest loss, and the learning rates that follow from it."""

from collections.abc import Sequence
from functools import cached_property, reduce
from math import ceil, exp, inf, log, log1p

import numpy as np

from service.descent.points.factor import Factor
from service.descent.quadratic.modes import HUGE, log_multiplier
from service.descent.quadratic.momentum import PLAIN, SAME, Momentum
from service.descent.questions.options import Precision
from service.descent.readonly import readonly

EDGE = 1e-6
"""The relative distance from the limit within which a descent neither falls nor grows."""
CLOSE = 1e-7
"""A step of Newton's method that is so small that the next one would be below rounding."""
COUNTABLE = 2**53
"""The number of steps from which on a target counts as never reached."""
ONE_PERCENT = 0.01
ROUNDING = {
    precision: (450 * float(np.finfo(precision).eps)) ** 2 for precision in ("float64", "float32")
}
"""The fraction of the sum of squares that a loop's rounding leaves: (1e-13)^2 in float64."""


@readonly
class Excess:
    """The excess of a plain descent over the lowest loss. `held` is the excess of each moving mode
    before the first step, steepest first.

    A mode moves if the points determine it and it is not at its minimum. `rest` is the excess of
    modes that the points do not determine.
    """

    eigenvalues: list[float]
    held: list[float]
    rest: float
    momentum: Momentum = PLAIN

    @property
    def start(self) -> float:
        """The whole excess before the first step."""
        return self.rest + sum(self.held)

    def after(self, lr: float, steps: int) -> float:
        """Return the excess after `steps` updates at this rate, or inf if it overflows."""
        left = self.rest
        try:
            for eigenvalue, held in zip(self.eigenvalues, self.held, strict=True):
                left += held * exp(2 * steps * log_multiplier(lr * eigenvalue))
        except OverflowError:
            return inf
        return left

    def steps_to(self, lr: float, target: float) -> int | None:
        """Return the least number of updates at this rate after which the excess is at most
        `target`, even if it grows again later. Return None if there is no such number.
        """
        allowed = target - self.rest
        if sum(self.held) <= allowed:
            return 0
        if allowed <= 0:
            return None
        return self._first(lr, allowed)

    def _first(self, lr: float, allowed: float) -> int | None:
        """Return the first number of updates that leaves at most `allowed` in the moving modes, or
        None. Without an update, they hold more.
        """
        changes = [2 * log_multiplier(lr * eigenvalue) for eigenvalue in self.eigenvalues]
        moving = list(zip(self.held, changes, strict=True))
        least = 1.0
        for held, change in moving:
            if held > allowed:
                if change >= 0:
                    return None
                least = max(least, log(allowed / held) / change)
        try:
            return _first_from(ceil(min(least, COUNTABLE)), moving, allowed)
        except OverflowError:
            return None

    def steps_if_equally_steep(self, target: float) -> int | None:
        """Return the least number of updates after which the excess would be at most `target` if
        all directions were equally steep.
        """
        return int(self.start > target)

    def pace(self, lr: float) -> float:
        """Return twice the ratio of the rate to its limit, or 0 if nothing moves. In plain descent
        it is the rate times the largest eigenvalue, and above 1 steps jump across the valley.
        """
        if not self.held:
            return 0.0
        return 2 * lr * self.eigenvalues[0] / self.momentum.limit

    @property
    def limit(self) -> float | None:
        """The rate from which on a descent grows, or None if nothing moves."""
        return self._rate_of(self.momentum.limit)

    @property
    def no_bounce(self) -> float | None:
        """The rate up to which no mode jumps across the valley, or None if nothing moves."""
        return self._rate_of(self.momentum.no_bounce)

    def _rate_of(self, pace: float) -> float | None:
        """Return the rate at which the steepest mode has this pace, or None if nothing moves."""
        if not self.held:
            return None
        return pace / self.eigenvalues[0]

    @property
    def condition(self) -> float | None:
        """The ratio of the largest eigenvalue to the smallest, or None if nothing moves."""
        if not self.held:
            return None
        return self.eigenvalues[0] / self.eigenvalues[-1]

    @property
    def fastest(self) -> float | None:
        """The best rate in the long run, or None if nothing moves."""
        if not self.held:
            return None
        return self.momentum.fastest(self.eigenvalues[0], self.eigenvalues[-1])

    def left_at_fastest(self, steps: int) -> float:
        """Return the excess after `steps` updates at the fastest rate."""
        return self.after(self.fastest or 0.0, steps)

    def steps_at_fastest(self, target: float) -> int | None:
        """Return the least number of updates at the fastest rate that leave at most `target`, or
        None if there is no such number.
        """
        return self.steps_to(self.fastest or 0.0, target)

    def best(self, steps: int) -> float | None:
        """Return the rate below the limit that ends lowest after `steps` updates, or None if
        nothing moves. The excess is convex in the rate, so there is one minimum.

        At the minimum, the modes that jump across the valley pull as much as those that do not. The
        equation is solved for z = ln(rate * largest - 1), in which the difference of the logarithms
        of both pulls is nearly linear.
        """
        if not self.held:
            return None
        largest, smallest = self.eigenvalues[0], self.eigenvalues[-1]
        if smallest > (1 - SAME) * largest:
            return 1 / largest
        pulls = [
            (eigenvalue / largest, log(eigenvalue) + log(held))
            for eigenvalue, held in zip(self.eigenvalues, self.held, strict=True)
        ]
        return (1 + exp(_balanced(pulls, 2 * steps - 1))) / largest


def _first_from(steps: int, moving: Sequence[tuple[float, float]], allowed: float) -> int | None:
    """Return the first number of updates, from `steps` on, that leaves at most `allowed`, or None.
    `moving` has what each mode holds, and the change of its logarithm per step.

    Fewer than `steps` updates leave more. This is Newton's method. The logarithm of the excess is
    convex, so the method never goes too far, and once the excess rises it never falls again.
    """
    while steps < COUNTABLE:
        left = slope = 0.0
        for held, change in moving:
            part = held * exp(change * steps)
            left += part
            slope += part * change
        if left <= allowed:
            return steps
        if slope >= 0:
            return None
        steps += max(1, ceil(log(left / allowed) * left / -slope))
    return None


def _balanced(pulls: Sequence[tuple[float, float]], power: int) -> float:
    """Return the z at which both groups of modes pull equally. Newton's method starts from above
    and is kept between two bounds.
    """
    low, high = -36.0, log1p(-4 * EDGE)
    at, moved = high, inf
    while moved > CLOSE:
        value, slope = _imbalance(pulls, power, at)
        if value > 0:
            high = at
        else:
            low = at
        ahead = at - value / slope
        if not low <= ahead <= high or abs(ahead - at) > moved / 2:
            ahead = (low + high) / 2
        at, moved = ahead, abs(ahead - at)
    return at


def _imbalance(pulls: Sequence[tuple[float, float]], power: int, z: float) -> tuple[float, float]:
    """Return the logarithm of the pull of the modes that jump across the valley, minus that of the
    others, and the derivative of the difference.
    """
    growth = exp(z)
    pulled = [
        (beyond, weight + power * log(abs(beyond)), share * growth / beyond)
        for share, weight in pulls
        if (beyond := share * growth - (1 - share))
    ]
    across = [(pull, slope) for beyond, pull, slope in pulled if beyond > 0]
    short = [(pull, slope) for beyond, pull, slope in pulled if beyond < 0]
    if not short:
        return HUGE, 1.0
    (high, rise), (low, fall) = reduce(_log_sum, across), reduce(_log_sum, short)
    return high - low, power * (rise - fall)


def _log_sum(one: tuple[float, float], other: tuple[float, float]) -> tuple[float, float]:
    """Return ln (e^one + e^other) without overflow, and the weighted mean of their slopes."""
    (small, flat), (large, steep) = sorted((one, other))
    part = exp(small - large)
    return large + log1p(part), (steep + part * flat) / (1 + part)


@readonly
class Outlook:
    """The prospects of `steps` updates from one start.

    `target` is the excess that is within one percent of the lowest loss.
    """

    excess: Excess
    lowest: float
    target: float
    steps: int

    @cached_property
    def lr_best(self) -> float | None:
        """The rate that ends lowest, or None if nothing moves."""
        return self.excess.best(self.steps)

    @cached_property
    def left_at_best(self) -> float:
        """The excess that the best rate leaves."""
        return self.excess.after(self.lr_best or 0.0, self.steps)

    @property
    def starts_near(self) -> bool:
        """True if the start is within one percent of the lowest loss."""
        return self.excess.start <= self.target

    @property
    def converges(self) -> bool:
        """True if the best rate comes within one percent of the lowest loss."""
        return self.left_at_best <= self.target


def target(factor: Factor, lowest: float, excess: Excess, precision: Precision) -> float:
    """Return the excess within one percent of the lowest loss, or of rounding if that is more."""
    variance = factor.variation / factor.n
    mean: float = factor.d[0].item()
    mean_square = variance + mean * mean / factor.n
    return ONE_PERCENT * max(
        lowest, 1e-12 * variance, ROUNDING[precision] * (lowest + excess.start + mean_square)
    )
