"""The directions in which a least-squares loss falls, each by its own factor per step, and what
remains of it after a number of steps at one rate, without making them.
"""

from collections.abc import Sequence
from math import ceil, exp, inf, log, log1p

from scipy.linalg.lapack import dgesdd

from service.descent.arrays import EPS, Array
from service.descent.points.factor import Factor
from service.descent.readonly import readonly

HUGE = 1e300
"""The largest magnitude of the logarithm of a multiplier. It is finite, so that 0 times it is 0."""
COUNTABLE = 2**53
"""The number of steps from which on a target counts as never reached."""


@readonly
class Modes:
    """The p modes of descents in one set of coordinates, the steepest first. Plain floats cost less
    than arrays for so few of them.

    `eigenvalues` are the curvatures of the loss, 2 singular^2 / n. Both are 0 if the points do not
    determine a mode. `triangle` (p, p) is the factor's r in these coordinates. `basis` (p, p) has
    its left singular vectors, one column per mode, and `directions` (p, p) its right ones, one row
    per mode.
    """

    factor: Factor
    triangle: Array
    basis: Array
    directions: Array
    singular: list[float]
    eigenvalues: list[float]

    def residual(self, start: Array) -> Array:
        """Return the residual (p,) of each mode before the first step from `start` (p,). Its square
        is n times the loss of the mode.
        """
        # on so few numbers, @ takes twice as long
        held: Array = (self.triangle.dot(start) - self.factor.d).dot(self.basis)
        return held


def decompose(factor: Factor, triangle: Array) -> Modes:
    """Return the modes in the coordinates in which the factor's r is `triangle` (p, p)."""
    basis, singular, directions, _ = dgesdd(triangle)
    values: list[float] = singular.tolist()
    negligible = max(factor.n, len(values)) * EPS * values[0]
    determined = [value if value > negligible else 0.0 for value in values]
    return Modes(
        factor,
        triangle,
        basis,
        directions,
        determined,
        [2 / factor.n * value * value for value in determined],
    )


def log_multiplier(pace: float) -> float:
    """Return ln |1 - lr * eigenvalue| for their product `pace`, to the last digit where it is
    small. The result is finite, so that 0 times it is 0.
    """
    if pace < 1:
        return log1p(-pace)
    if pace > 1:
        return min(log1p(pace - 2), HUGE)
    return -HUGE


@readonly
class PlainDecay:
    """The fall or growth of the excess over the lowest loss.

    `moving` has a pair for each mode that moves: its excess before the first step, and the change
    of the logarithm of that excess per step. `rest` is the excess of modes that the points do not
    determine.
    """

    moving: list[tuple[float, float]]
    rest: float

    def after(self, steps: int) -> float:
        """Return the excess after `steps` updates, or inf if it overflows."""
        left = self.rest
        try:
            for held, change in self.moving:
                left += held * exp(steps * change)
        except OverflowError:
            return inf
        return left

    def steps_to(self, target: float) -> int | None:
        """Return the least number of updates after which the excess is at most `target`, even if it
        grows again later. Return None if there is no such number.
        """
        allowed = target - self.rest
        if sum([held for held, _ in self.moving]) <= allowed:
            return 0
        if allowed <= 0:
            return None
        least = 1.0
        for held, change in self.moving:
            if held > allowed:
                if change >= 0:
                    return None
                least = max(least, log(allowed / held) / change)
        try:
            return _first(self.moving, allowed, ceil(min(least, COUNTABLE)))
        except OverflowError:
            return None


def _first(moving: Sequence[tuple[float, float]], allowed: float, steps: int) -> int | None:
    """Return the first number of updates, from `steps` on, that leaves at most `allowed`, or None.
    Fewer than `steps` updates leave more.

    This is Newton's method. The logarithm of the excess is convex, so the method never goes too
    far, and once the excess rises it never falls again.
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
