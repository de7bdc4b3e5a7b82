"""The excess of a descent over the lowest loss, and the learning rates that follow from it."""

from collections.abc import Sequence
from math import ceil, exp, inf, log

import numpy as np

from service.descent.arrays import EPS
from service.descent.points.factor import Factor
from service.descent.quadratic.best_rate import best_rate, beyond, two_modes
from service.descent.quadratic.modes import log_multiplier
from service.descent.quadratic.momentum import PLAIN, Momentum
from service.descent.questions.options import Precision
from service.descent.readonly import once, readonly

EDGE = 1e-6
"""The relative distance from the limit within which a descent neither falls nor grows."""
NEXT = 8 * EPS
"""The relative distance from the limit of the last rate below it that is clearly another number."""
CLEARLY_ABOVE = 1 + 1e-9
"""The ratio of two excesses from which on rounding cannot have changed their order."""
COUNTABLE = 2**53
"""The number of steps from which on a target counts as never reached."""
ONE_PERCENT = 0.01
NEGLIGIBLE_VARIANCE, NEGLIGIBLE_SQUARE = 1e-6, 1e-12
"""The fractions of the variance and, if y is constant, of the mean square of y that count as a
lowest loss of almost zero.
"""
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

    @once
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

    def least(self, steps: int) -> float:
        """Return a lower bound of the excess after `steps` updates at any constant rate: what the
        steepest mode and the flattest alone leave at the rate that is best for them.
        """
        if not self.held:
            return self.rest
        lr, left = self._best_of_two(steps), self.rest
        for mode in (0, -1):
            pace = lr * self.eigenvalues[mode]
            left += self.held[mode] * exp(2 * steps * log_multiplier(pace))
        return left

    def _best_of_two(self, steps: int) -> float:
        """Return the rate that ends lowest if only the steepest mode and the flattest move."""
        return (1 + beyond(self._two_modes, steps)) / self.eigenvalues[0]

    @once
    def _two_modes(self) -> tuple[float, float]:
        return two_modes(self.eigenvalues, self.held)

    def steps_to(self, lr: float, target: float) -> int | None:
        """Return the least number of updates at this rate after which the excess is at most
        `target` and stays there. Return None if there is no such number: a descent above the limit
        only passes a target.
        """
        allowed = target - self.rest
        if self.pace(lr) > 2 or allowed < 0 or (self.held and not allowed):
            return None
        return self._steps_within(lr, allowed)

    def _steps_within(self, lr: float, allowed: float) -> int | None:
        """Return the least number of updates after which the moving modes hold at most `allowed`,
        or None. The rate is not above the limit.
        """
        if sum(self.held) <= allowed:
            return 0
        moving, least = [], 1.0
        for eigenvalue, held in zip(self.eigenvalues, self.held, strict=True):
            change = 2 * log_multiplier(lr * eigenvalue)
            moving.append((held, change))
            if held > allowed:
                if change >= 0:
                    return None
                least = max(least, (log(allowed) - log(held)) / change)
        try:
            return _first_from(ceil(min(least, COUNTABLE)), moving, allowed)
        except OverflowError:
            return None

    def fewest_steps(self, target: float) -> int | None:
        """Return the least number of updates that leave at most `target` at some constant rate up
        to the limit, or None if there is no such number.

        What the best rate leaves falls with the number of updates. If the best rate for one update
        less than a number that is enough does not arrive in them, no rate takes fewer. Otherwise,
        the updates that it takes are a smaller number that is enough. The rate that is best for two
        modes, which is found faster, makes the number small before, and is often the best.
        """
        if self.start <= target:
            return 0
        if self.rest >= target:
            return None
        enough = self._enough(target - self.rest)
        lr = self._best_of_two(enough)
        enough = min(enough, self.steps_to(lr, target) or enough)
        while enough > 1 and self.least(enough - 1) <= target:
            lr = best_rate(self.eigenvalues, self.held, enough - 1, distance=NEXT)
            fewer = self.steps_to(lr, target)
            if fewer is None or fewer >= enough:
                break
            enough = fewer
        if enough == COUNTABLE:
            return None
        return enough

    def _enough(self, allowed: float) -> int:
        """Return a number of updates after which the moving modes hold at most `allowed` at the
        fastest rate: there the flattest is the slowest. The number is at most COUNTABLE.
        """
        pace = (self.fastest or 0.0) * self.eigenvalues[-1]
        needed = (log(allowed) - log(self.start - self.rest)) / (2 * log_multiplier(pace))
        return max(1, ceil(min(needed, COUNTABLE)))

    def fewest_steps_if_equally_steep(self, target: float) -> int | None:
        """Return the same number if all directions were equally steep."""
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

    def steps_at_fastest(self, target: float) -> int | None:
        """Return the least number of updates at the fastest rate that leave at most `target`, or
        None if there is no such number.
        """
        return self.steps_to(self.fastest or 0.0, target)

    def best(self, steps: int) -> float | None:
        """Return the rate below the edge that ends lowest after `steps` updates, or None if nothing
        moves.
        """
        if not self.held:
            return None
        return best_rate(self.eigenvalues, self.held, steps, distance=2 * EDGE)


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
        steps += max(1, ceil((log(left) - log(allowed)) * left / -slope))
    return None


@readonly
class Outlook:
    """The prospects of `steps` updates from one start.

    `lowest` is the lowest loss. `target` is the excess that counts as arrived, and `floor` the
    excess that the precision cannot resolve from this start. `variance` is that of y, or 0 if y is
    constant.
    """

    excess: Excess
    lowest: float
    target: float
    floor: float
    variance: float
    steps: int

    @once
    def lr_best(self) -> float | None:
        """The rate that ends lowest, or None if nothing moves."""
        return self.excess.best(self.steps)

    def of(self, excess: Excess) -> "Outlook":
        """Return the prospects of as many updates on other modes, or from another start."""
        return Outlook(
            excess, self.lowest, self.target, self.floor, self.variance, steps=self.steps
        )

    @property
    def left_at_best(self) -> float:
        """The excess that the best rate leaves."""
        return self.excess.after(self.lr_best or 0.0, self.steps)

    @property
    def starts_near(self) -> bool:
        """True if the descent starts at most the target above the lowest loss."""
        return self.excess.start <= self.target

    @property
    def resolved(self) -> bool:
        """True if the precision resolves the target from this start."""
        return self.floor <= self.target

    @property
    def converges(self) -> bool:
        """True if the best rate comes as close to the lowest loss as the target."""
        hopeless = self.excess.least(self.steps) > CLEARLY_ABOVE * self.target
        return not hopeless and self.left_at_best <= self.target


def outlook(
    factor: Factor, lowest: float, excess: Excess, precision: Precision, steps: int
) -> Outlook:
    """Return the prospects of `steps` updates.

    The target is one percent of the lowest loss or, if that is almost zero, of a fraction of the
    variance of y. It does not depend on the start, unless y is 0 everywhere: then it is the floor.
    """
    n, variation = factor.n, factor.variation
    mean: float = factor.d[0].item()
    variance, square = variation / n, (variation + mean * mean) / n
    negligible, rounding = NEGLIGIBLE_VARIANCE * variance, n * EPS * mean
    if variation <= rounding * rounding:
        variance, negligible = 0.0, NEGLIGIBLE_SQUARE * square
    floor = ROUNDING[precision] * (lowest + excess.start + square)
    return Outlook(
        excess,
        lowest,
        target=ONE_PERCENT * max(lowest, negligible) or floor,
        floor=floor,
        variance=variance,
        steps=steps,
    )
