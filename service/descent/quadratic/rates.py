"""The learning rates of a descent, from sums over at most eleven modes in plain floats."""

from collections.abc import Callable, Sequence
from functools import partial, reduce
from math import exp, inf, log, log1p

from service.descent.arrays import Array
from service.descent.frozen import readonly
from service.descent.quadratic.decay import PlainDecay
from service.descent.quadratic.modes import HUGE, Modes, log_multiplier

EDGE = 1e-6
"""The relative distance from the limit within which a descent neither falls nor grows."""
SAME = 1e-9
"""The relative difference below which all eigenvalues count as equal."""
CLOSE = 1e-7
"""A step of Newton's method that is so small that the next one would be below rounding."""


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
    n = modes.factor.n
    shares = [left * left / n for left in residual.tolist()]
    if all(shares) and all(modes.eigenvalues):
        return Excess(modes.eigenvalues, shares, 0.0)
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
    """Return ln (e^one + e^other) without overflow, and the mean of their slopes, weighted by their
    shares of the sum.
    """
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
