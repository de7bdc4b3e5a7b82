"""The directions in which a least-squares loss falls, each by its own factor per step."""

from math import log1p

import numpy as np
from scipy.linalg.lapack import dgesdd

from service.descent.arrays import EPS, Array
from service.descent.points.factor import Factor
from service.descent.readonly import readonly

HUGE = 1e300
"""The largest magnitude of the logarithm of a multiplier. It is finite, so that 0 times it is 0."""


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

    @property
    def lowest(self) -> float:
        """The loss at the minimum."""
        return self.factor.rss / self.factor.n

    def residual(self, start: Array) -> Array:
        """Return the residual (p,) of each mode before the first step from `start` (p,). Its square
        is n times the loss of the mode. It is 0 if it is not above the rounding of y: the mode is
        at its minimum, and would otherwise grow from rounding at a rate above its limit.
        """
        # on so few numbers, @ takes twice as long
        held: Array = (self.triangle.dot(start) - self.factor.d).dot(self.basis)
        if min(map(abs, held.tolist())) <= self.factor.rounding:
            held[np.abs(held) <= self.factor.rounding] = 0
        return held


def decompose(factor: Factor, triangle: Array) -> Modes:
    """Return the modes in the coordinates in which the factor's r is `triangle` (p, p)."""
    basis, singular, directions, _ = dgesdd(triangle)
    values = determined(singular.tolist(), factor.n)
    eigenvalues = [2 / factor.n * value * value for value in values]
    return Modes(factor, triangle, basis, directions, values, eigenvalues)


def determined(singular: list[float], n: int) -> list[float]:
    """Return the singular values of n points, with 0 for those that are rounding."""
    negligible = max(n, len(singular)) * EPS * singular[0]
    return [value if value > negligible else 0.0 for value in singular]


def log_multiplier(pace: float) -> float:
    """Return ln |1 - lr * eigenvalue| for their product `pace`, to the last digit where it is
    small. The result is finite, so that 0 times it is 0.
    """
    if pace < 1:
        return log1p(-pace)
    if pace > 1:
        return min(log1p(pace - 2), HUGE)
    return -HUGE
