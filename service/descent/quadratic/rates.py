"""Which learning rates there are for a descent: sums over at most eleven modes, in plain floats."""

from collections.abc import Callable, Sequence
from functools import partial, reduce
from math import exp, inf, log, log1p

from service.descent.arrays import Array
from service.descent.frozen import frozen
from service.descent.quadratic.decay import Decay
from service.descent.quadratic.modes import HUGE, Modes, log_multiplier

EDGE = 1e-6
"""Relative distance from the limit within which a descent neither falls nor grows."""
SAME = 1e-9
"""Relative difference below which all eigenvalues are one."""
CLOSE = 1e-7
"""A step of Newton's method so small that the next would be below rounding."""


@frozen
class Excess:
    """How far a descent stands above the lowest loss: what each moving mode holds of it before the
    first step, steepest first.

    A mode moves if the points determine it and it is not at its end. `rest` is held by modes that
    the points do not determine.
    """

    eigenvalues: list[float]
    held: list[float]
    rest: float

    @property
    def start(self) -> float:
        """All of it."""
        return self.rest + sum(self.held)

    def at(self, lr: float) -> Decay:
        """How it falls at this rate."""
        pairs = zip(self.eigenvalues, self.held, strict=True)
        return Decay(
            [(held, 2 * log_multiplier(lr * eigenvalue)) for eigenvalue, held in pairs], self.rest
        )

    @property
    def at_fastest(self) -> Decay:
        """How it falls at the fastest rate."""
        return self.at(self.fastest or 0.0)

    def change(self, pace: float) -> float:
        """By how much a step changes the logarithm of what is left of the way in a mode whose
        eigenvalue is so large.
        """
        return log_multiplier(pace)

    def pace(self, lr: float) -> float:
        """The rate times the largest eigenvalue: a descent falls below 2 and jumps across the
        valley above 1; 0 where nothing moves.
        """
        return lr * self.eigenvalues[0] if self.held else 0.0

    def on_one_slope(self, target: float) -> int | None:
        """The least number of updates that leave at most `target`, were all directions equally
        steep.
        """
        return int(self.start > target)

    @property
    def limit(self) -> float | None:
        """The rate from which on a descent grows; None where nothing moves."""
        return 2 / self.eigenvalues[0] if self.held else None

    @property
    def no_bounce(self) -> float | None:
        """The rate up to which no mode jumps across the valley."""
        return 1 / self.eigenvalues[0] if self.held else None

    @property
    def condition(self) -> float | None:
        """The largest eigenvalue by the smallest."""
        return self.eigenvalues[0] / self.eigenvalues[-1] if self.held else None

    @property
    def fastest(self) -> float | None:
        """The best rate in the long run: it leaves as much of the steepest mode as of the
        flattest.
        """
        return 2 / (self.eigenvalues[0] + self.eigenvalues[-1]) if self.held else None

    def best(self, steps: int) -> float | None:
        """The rate below the limit that ends lowest after `steps` updates. What is left is convex
        in the rate, so there is one.

        There the modes that jump across the valley pull as much as those that do not: solved for z
        = ln(rate * largest - 1), in which the balance of their logarithms is nearly linear.
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
    """The excess of a descent on these modes that begins with `residual` (p,)."""
    n = modes.factor.n
    shares = [left * left / n for left in residual.tolist()]
    if all(shares) and all(modes.eigenvalues):
        return Excess(modes.eigenvalues, shares, 0.0)
    pairs = list(zip(modes.eigenvalues, shares, strict=True))
    moves = [pair for pair in pairs if all(pair)]
    rest = sum([share for eigenvalue, share in pairs if not eigenvalue])
    return Excess([eigenvalue for eigenvalue, _ in moves], [share for _, share in moves], rest)


def _balance(pulls: Sequence[tuple[float, float]], power: int, z: float) -> tuple[float, float]:
    """ln of the pull of the modes that jump across, minus ln of that of the others; and its
    derivative.
    """
    growth = exp(z)
    across: list[tuple[float, float]] = []
    short: list[tuple[float, float]] = []
    for share, weight in pulls:
        beyond = share * growth - (1 - share)
        if beyond:
            side = across if beyond > 0 else short
            side.append((weight + power * log(abs(beyond)), share * growth / beyond))
    if not short:
        return HUGE, 1.0
    (high, rise), (low, fall) = reduce(_log_sum, across), reduce(_log_sum, short)
    return high - low, power * (rise - fall)


def _log_sum(one: tuple[float, float], other: tuple[float, float]) -> tuple[float, float]:
    """ln (e^one + e^other) without overflow, and the mean of their slopes, weighted by what each
    has in the sum.
    """
    (large, steep), (small, flat) = (one, other) if one > other else (other, one)
    part = exp(small - large)
    return large + log1p(part), (steep + part * flat) / (1 + part)


def _root(function: Callable[[float], tuple[float, float]], low: float, high: float) -> float:
    """Where an increasing function, given with its derivative, is 0: Newton's method from above,
    kept between two bounds.
    """
    at, moved = high, inf
    while moved > CLOSE:
        value, slope = function(at)
        low, high = (low, at) if value > 0 else (at, high)
        newton = at - value / slope
        closer = low <= newton <= high and abs(newton - at) <= moved / 2
        ahead = newton if closer else (low + high) / 2
        at, moved = ahead, abs(ahead - at)
    return at
