"""The directions in which a least-squares loss falls, each by its own factor per step."""

from collections.abc import Sequence
from math import log1p

import numpy as np

from service.descent.arrays import EPS, Array, Integers, mapped
from service.descent.methods.bounds import MAX_POINTS
from service.descent.points.factor import Factor, Factors
from service.descent.readonly import readonly

FEW = 100
"""The number of paces up to which floats take less time than arrays."""
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
        missed = self.triangle @ start - self.factor.d
        return _above(missed @ self.basis, self.factor.rounding)


@readonly
class ModeStack:
    """The modes of B samples of the same size: their fields, with a first axis of length B."""

    triangle: Array
    basis: Array
    directions: Array
    singular: Array
    eigenvalues: Array

    def of_each(self, factors: Sequence[Factor]) -> list[Modes]:
        """Return the modes of each sample, given the factor of each."""
        singular, eigenvalues = self.singular.tolist(), self.eigenvalues.tolist()
        columns = (factors, self.triangle, self.basis, self.directions, singular, eigenvalues)
        return [*map(Modes, *columns)]

    def residual(self, factors: Factors, starts: Array) -> Array:
        """Return the residual (..., B, p) of each mode before the first step from `starts`
        (..., B, p).
        """
        missed = (self.triangle @ starts[..., None])[..., 0] - factors.d
        residual = (missed[..., None, :] @ self.basis)[..., 0, :]
        return _above(residual, factors.rounding[:, None])

    def part(self, rows: Integers) -> "ModeStack":
        """Return the modes of these samples."""
        return ModeStack(
            triangle=self.triangle[rows],
            basis=self.basis[rows],
            directions=self.directions[rows],
            singular=self.singular[rows],
            eigenvalues=self.eigenvalues[rows],
        )


def decompose(triangles: Array, n: int) -> ModeStack:
    """Return the modes in the coordinates in which the factors of n points have the triangles
    (B, p, p) as their r.
    """
    bases, singular, directions = np.linalg.svd(triangles)
    values = determined(singular, n)
    return ModeStack(triangles, bases, directions, values, 2 / n * values * values)


def determined(singular: Array, n: int) -> Array:
    """Return the singular values (..., p) of n points, with 0 for those that are rounding. Factors
    can stand for more points than were decomposed at once.
    """
    rows = min(max(n, singular.shape[-1]), MAX_POINTS)
    negligible = rows * EPS * singular[..., :1]
    return np.where(singular > negligible, singular, 0.0)


def _above(residual: Array, rounding: float | Array) -> Array:
    """Return the residuals (..., p) of the modes, whose squares are n times their losses. A
    residual is 0 if it is not above the rounding of y: the mode is at its minimum, and would
    otherwise grow from rounding at a rate above its limit.
    """
    return np.where(np.abs(residual) > rounding, residual, 0.0)


def log_multiplier(pace: float) -> float:
    """Return ln |1 - lr * eigenvalue| for their product `pace`, to the last digit where it is
    small. The result is finite, so that 0 times it is 0.
    """
    if pace < 1:
        return log1p(-pace)
    if pace > 1:
        return min(log1p(pace - 2), HUGE)
    return -HUGE


def log_multipliers(paces: Array) -> Array:
    """Return the logarithm for each pace, to the last bit that of `log_multiplier`."""
    if paces.size <= FEW:
        return mapped(log_multiplier, paces)
    whole = paces == 1
    arguments = np.where(whole, 0.0, np.where(paces < 1, -paces, paces - 2))
    return np.where(whole, -HUGE, np.minimum(mapped(log1p, arguments), HUGE))
