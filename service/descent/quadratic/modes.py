"""The directions in which a least-squares loss falls, each by its own factor per step."""

from collections.abc import Sequence
from math import log1p

import numpy as np

from service.descent.arrays import EPS, Array, applied, product
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
        """Return the residual (p,) of each mode before the first step from `start` (p,)."""
        residual: Array = residuals([self], start[None])[0]
        return residual


def decompose(factors: Sequence[Factor], triangles: Array) -> list[Modes]:
    """Return the modes in the coordinates in which the r of each factor is one of the triangles
    (B, p, p). The factors have the same number of points.
    """
    n = factors[0].n
    bases, singular, directions = np.linalg.svd(triangles)
    values = determined(singular, n)
    eigenvalues = 2 / n * values * values
    return [
        *map(
            Modes,
            factors,
            triangles,
            bases,
            directions,
            values.tolist(),
            eigenvalues.tolist(),
        )
    ]


def determined(singular: Array, n: int) -> Array:
    """Return the singular values (..., p) of n points, with 0 for those that are rounding."""
    negligible = max(n, singular.shape[-1]) * EPS * singular[..., :1]
    return np.where(singular > negligible, singular, 0.0)


def residuals(modes: Sequence[Modes], starts: Array) -> Array:
    """Return the residual (B, p) of each mode before the first step from `starts` (B, p). Its
    square is n times the loss of the mode. It is 0 if it is not above the rounding of y: the mode
    is at its minimum, and would otherwise grow from rounding at a rate above its limit.
    """
    factors = [each.factor for each in modes]
    missed = applied(np.array([each.triangle for each in modes]), starts)
    missed -= np.array([factor.d for factor in factors])
    held = product(missed[:, None], np.array([each.basis for each in modes]))[:, 0]
    held[np.abs(held) <= np.array([[factor.rounding] for factor in factors])] = 0
    return held


def log_multiplier(pace: float) -> float:
    """Return ln |1 - lr * eigenvalue| for their product `pace`, to the last digit where it is
    small. The result is finite, so that 0 times it is 0.
    """
    if pace < 1:
        return log1p(-pace)
    if pace > 1:
        return min(log1p(pace - 2), HUGE)
    return -HUGE
