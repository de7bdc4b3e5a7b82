"""The points in compressed form: a triangle that gives the loss of any coefficients, at a cost that
does not depend on the number of points, and the least-squares optimum with its uncertainty.
"""

from functools import cache
from itertools import chain
from math import hypot, isfinite, sqrt

import numpy as np
from scipy.linalg.lapack import dgeqrf, dtrtrs
from scipy.special import stdtrit

from service.descent.answers.results import Optimum
from service.descent.arrays import EPS, Array
from service.descent.errors import finite
from service.descent.readonly import readonly

# Together they cost a fit 14 microseconds, and they have few different arguments.
TRIANGLE, EYE, STUDENT = cache(np.tri), cache(np.eye), cache(stdtrit)


@readonly
class Factor:
    """The factor of n points: |X q - y|^2 = |r q - d|^2 + rss, with X = [1, x, x^2, ...].

    Powers ascend here, so that r also contains the lower degrees. r (p, p) is upper triangular, and
    d has shape (p,). Rows of r from `rank` on are zero: the points do not determine more
    coefficients.
    """

    r: Array
    d: Array
    rss: float
    n: int
    rank: int

    @property
    def variation(self) -> float:
        """The sum of squares of y about its mean. The first entry of d belongs to the mean."""
        varying: list[float] = self.d[1:].tolist()
        return self.rss + sum([part * part for part in varying])

    @property
    def invertible(self) -> Array:
        """The matrix r with 1 on the diagonal of the undetermined rows."""
        if self.rank == len(self.d):
            return self.r
        return self.r + np.diag((np.arange(len(self.d)) >= self.rank).astype(float))


def factorize(x: Array, y: Array, degree: int) -> Factor:
    """Return the factor of x (n,) and y (n,) from the thin QR decomposition of [X | y].

    X'X is never formed, because it squares the condition number.
    """
    n, p = len(x), degree + 1
    columns = np.zeros((max(n, p + 1), p + 1), order="F")
    columns[:n, 0] = 1
    for power in range(1, p):
        np.multiply(columns[:n, power - 1], x, out=columns[:n, power])
    columns[:n, p] = y
    triangle = dgeqrf(columns, overwrite_a=True)[0][: p + 1] * TRIANGLE(p + 1).T
    return _determined(triangle[:p, :p], triangle[:p, p], triangle[p, p].item() ** 2, n)


def _determined(r: Array, d: Array, rss: float, n: int) -> Factor:
    """Return the factor, after moving what rounding left in undetermined rows to the residual."""
    p = len(d)
    rank = _rank(r.T.tolist(), max(n, p) * EPS)
    if rank == p:
        return Factor(r, d, rss, n, p)
    determined = (np.arange(p) < rank).astype(float)
    return Factor(
        r * determined[:, None], d * determined, rss + np.square(d[rank:]).sum().item(), n, rank
    )


def _rank(columns: list[list[float]], tolerance: float) -> int:
    """Return the index of the first column whose diagonal entry is negligible relative to its norm.
    From there on, all higher powers are undetermined.
    """
    for i, column in enumerate(columns):
        if abs(column[i]) <= tolerance * hypot(*column):
            return i
    return len(columns)


def least_squares_optimum(
    factor: Factor, scaled_to_caller: Array, names: tuple[str, ...]
) -> Optimum:
    """Return the least-squares optimum, computed in the scaled coordinate and converted to the
    caller's units. Degrees that the points do not determine are left out.
    """
    p = len(names)
    right = EYE(p, p + 1, 1).copy()
    right[:, 0] = factor.d
    solution, *inverse = (scaled_to_caller @ dtrtrs(factor.invertible, right)[0][::-1]).T.tolist()
    errors = standard_errors(factor, inverse)
    named_errors = named_intervals = None
    if errors:
        named_errors = dict(zip(names, errors, strict=True))
        intervals = interval95(factor.n - p, solution, errors)
        if intervals:
            named_intervals = dict(zip(names, intervals, strict=True))
    return Optimum(
        params=dict(zip(names, finite(solution, "coefficients of the optimum"), strict=True)),
        loss=factor.rss / factor.n,
        r2=r2(factor),
        standard_errors=named_errors,
        interval95=named_intervals,
        unique=factor.rank == p,
    )


def r2(factor: Factor) -> float | None:
    """Return 1 - residual / total sum of squares, or None if y does not vary."""
    total = factor.variation
    if total <= (factor.n * EPS * factor.d[0].item()) ** 2:
        return None
    return 1 - factor.rss / total


def standard_errors(factor: Factor, inverse: list[list[float]]) -> list[float] | None:
    """Return the square roots of the diagonal of s^2 (X'X)^-1, where s^2 = rss / (n - p). `inverse`
    has the columns of the inverse triangle in the caller's units.

    Return None if there are no degrees of freedom, the optimum is not unique, or an error is too
    large for a double.
    """
    freedom = factor.n - len(factor.d)
    if freedom <= 0 or factor.rank < len(factor.d):
        return None
    deviation = sqrt(factor.rss / freedom)
    errors = [deviation * hypot(*row) for row in zip(*inverse, strict=True)]
    if not all(map(isfinite, errors)):
        return None
    return errors


def interval95(
    freedom: int, params: list[float], errors: list[float]
) -> list[tuple[float, float]] | None:
    """Return params -+ Student's quantile * error, or None if a bound overflows."""
    quantile = STUDENT(freedom, 0.975).item()
    bounds = [
        (value - quantile * error, value + quantile * error)
        for value, error in zip(params, errors, strict=True)
    ]
    if not all(map(isfinite, chain(*bounds))):
        return None
    return bounds
