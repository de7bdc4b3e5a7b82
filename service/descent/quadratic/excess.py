"""The excess of a descent over the lowest loss, and the learning rates that follow from it."""

from collections.abc import Callable, Sequence
from functools import partial, reduce
from math import exp, inf, log, log1p

import numpy as np

from service.descent.arrays import Array
from service.descent.points.factor import Factor
from service.descent.quadratic.modes import HUGE, Modes, PlainDecay, log_multiplier
from service.descent.questions.options import Precision
from service.descent.readonly import readonly

EDGE = 1e-6
"""The relative distance from the limit within which a descent neither falls nor grows."""
SAME = 1e-9
"""The relative difference below which all eigenvalues count as equal."""
CLOSE = 1e-7
"""A step of Newton's method that is so small that the next one would be below rounding."""
ONE_PERCENT = 0.01
ROUNDING = {
    precision: (450 * float(np.finfo(precision).eps)) ** 2 for precision in ("float64", "float32")
}
"""The fraction of the sum of squares that a loop's rounding leaves: (1e-13)^2 in float64."""


@readonly
class Excess:
    """The excess of a descent over the lowest loss. `held` is the excess of each moving mode before
    the first step, steepest first.

    A mode moves if the points determine it and it is not at its minimum. `rest` is the excess of
    modes that the points do not determine.
    """

    eigenvalues: list[float]
    held: list[float]
    rest: float

    @property
    def start(self) -> float:
        """The whole excess before the first step."""
        return self.rest + sum(self.held)

    def at(self, lr: float) -> PlainDecay:
        """Return the fall of the excess at this rate."""
        pairs = zip(self.eigenvalues, self.held, strict=True)
        return PlainDecay(
            [(held, 2 * log_multiplier(lr * eigenvalue)) for eigenvalue, held in pairs], self.rest
        )

    @property
    def at_fastest(self) -> PlainDecay:
        """The fall of the excess at the fastest rate."""
        return self.at(self.fastest or 0.0)

    def change(self, pace: float) -> float:
        """Return the change per step of the logarithm of the remaining distance in a mode. `pace`
        is the rate times the eigenvalue of the mode.
        """
        return log_multiplier(pace)

    def pace(self, lr: float) -> float:
        """Return the rate times the largest eigenvalue, or 0 if nothing moves. A descent falls
        below 2 and jumps across the valley above 1.
        """
        if not self.held:
            return 0.0
        return lr * self.eigenvalues[0]

    def steps_if_equally_steep(self, target: float) -> int | None:
        """Return the least number of updates after which the excess would be at most `target` if
        all directions were equally steep.
        """
        return int(self.start > target)

    @property
    def limit(self) -> float | None:
        """The rate from which on a descent grows, or None if nothing moves."""
        return self._rate_of(2.0)

    @property
    def no_bounce(self) -> float | None:
        """The rate up to which no mode jumps across the valley, or None if nothing moves."""
        return self._rate_of(1.0)

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
        """The best rate in the long run, or None if nothing moves. It leaves the same fraction of
        the steepest and of the flattest mode.
        """
        if not self.held:
            return None
        return 2 / (self.eigenvalues[0] + self.eigenvalues[-1])

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
        z = _root(partial(_balance, pulls, 2 * steps - 1), -36.0, log1p(-4 * EDGE))
        return (1 + exp(z)) / largest


def moving(modes: Modes, residual: Array) -> Excess:
    """Return the excess of a descent on these modes that starts with `residual` (p,)."""
    shares = [left * left / modes.factor.n for left in residual.tolist()]
    pairs = list(zip(modes.eigenvalues, shares, strict=True))
    moves = [pair for pair in pairs if all(pair)]
    rest = sum([share for eigenvalue, share in pairs if not eigenvalue])
    return Excess([eigenvalue for eigenvalue, _ in moves], [share for _, share in moves], rest)


def _balance(pulls: Sequence[tuple[float, float]], power: int, z: float) -> tuple[float, float]:
    """Return the logarithm of the pull of the modes that jump across the valley, minus that of the
    others, and the derivative of the difference.
    """
    growth = exp(z)
    across: list[tuple[float, float]] = []
    short: list[tuple[float, float]] = []
    for share, weight in pulls:
        beyond = share * growth - (1 - share)
        if not beyond:
            continue
        pull = (weight + power * log(abs(beyond)), share * growth / beyond)
        if beyond > 0:
            across.append(pull)
        else:
            short.append(pull)
    if not short:
        return HUGE, 1.0
    (high, rise), (low, fall) = reduce(_log_sum, across), reduce(_log_sum, short)
    return high - low, power * (rise - fall)


def _log_sum(one: tuple[float, float], other: tuple[float, float]) -> tuple[float, float]:
    """Return ln (e^one + e^other) without overflow, and the weighted mean of their slopes."""
    (small, flat), (large, steep) = sorted((one, other))
    part = exp(small - large)
    return large + log1p(part), (steep + part * flat) / (1 + part)


def _root(function: Callable[[float], tuple[float, float]], low: float, high: float) -> float:
    """Return the root of an increasing function that is given with its derivative.

    Newton's method starts from above and is kept between two bounds.
    """
    at, moved = high, inf
    while moved > CLOSE:
        value, slope = function(at)
        if value > 0:
            high = at
        else:
            low = at
        ahead = at - value / slope
        if not low <= ahead <= high or abs(ahead - at) > moved / 2:
            ahead = (low + high) / 2
        at, moved = ahead, abs(ahead - at)
    return at


@readonly
class Outlook:
    """The prospects of `steps` updates from one start.

    `target` is the excess that is within one percent of the lowest loss. `lr_best` is the rate that
    ends lowest, and `left_at_best` is the excess that it leaves. If nothing moves, every rate
    leaves the same, and there is no `lr_best`.
    """

    excess: Excess
    lowest: float
    target: float
    steps: int
    lr_best: float | None
    left_at_best: float

    @property
    def starts_near(self) -> bool:
        """True if the start is within one percent of the lowest loss."""
        return self.excess.start <= self.target

    @property
    def converges(self) -> bool:
        """True if the best rate comes within one percent of the lowest loss."""
        return self.left_at_best <= self.target

    def of(self, steps: int) -> "Outlook":
        """Return the outlook from the same start with another number of steps."""
        if steps == self.steps:
            return self
        return outlook(self.excess, self.lowest, self.target, steps)


def outlook(excess: Excess, lowest: float, target: float, steps: int) -> Outlook:
    """Return the outlook of `steps` updates."""
    lr_best, left_at_best = excess.best(steps), excess.start
    if lr_best is not None:
        left_at_best = excess.at(lr_best).after(steps)
    return Outlook(excess, lowest, target, steps, lr_best, left_at_best)


def target(factor: Factor, excess: Excess, precision: Precision) -> float:
    """Return the excess within one percent of the lowest loss, or of rounding if that is more."""
    lowest, variance = factor.rss / factor.n, factor.variation / factor.n
    mean: float = factor.d[0].item()
    mean_square = variance + mean * mean / factor.n
    return ONE_PERCENT * max(
        lowest, 1e-12 * variance, ROUNDING[precision] * (lowest + excess.start + mean_square)
    )
