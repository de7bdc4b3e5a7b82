"""The directions in which a least-squares loss falls, each by its own factor a step."""

from math import log1p

from scipy.linalg.lapack import dgesdd

from service.descent.arrays import EPS, Array
from service.descent.frozen import frozen
from service.descent.points.factor import Factor

HUGE = 1e300


@frozen
class Modes:
    """p modes of descents in one set of coordinates, the steepest first; plain floats, as on p of
    them they cost less than arrays.

    `eigenvalues` are the curvatures of the loss, 2 singular^2 / n; both are 0 where the points do
    not determine a mode. `triangle` (p, p) is the factor's r in these coordinates, `basis` (p, p)
    its left vectors and `directions` (p, p) its right ones, a row a mode.
    """

    factor: Factor
    triangle: Array
    basis: Array
    directions: Array
    singular: list[float]
    eigenvalues: list[float]

    def residual(self, start: Array) -> Array:
        """How far each mode (p,) is from its end before the first step from `start` (p,); squared,
        n times the loss that it holds.
        """
        # on so few numbers @ costs twice as much
        held: Array = (self.triangle.dot(start) - self.factor.d).dot(self.basis)
        return held


def decompose(factor: Factor, triangle: Array) -> Modes:
    """The modes in the coordinates in which the factor's r is `triangle` (p, p)."""
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
    """ln |1 - lr * eigenvalue| for their product, to the last digit where it is small; finite, so
    that step 0 times it is 0.
    """
    if pace < 1:
        return log1p(-pace)
    return min(log1p(pace - 2), HUGE) if pace > 1 else -HUGE
