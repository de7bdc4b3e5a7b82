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
from service.descent.arrays import EPS, Array, Times
from service.descent.errors import finite
from service.descent.points.newton import Newton, newton, powers
from service.descent.points.scaling import Frame
from service.descent.readonly import readonly

# Together they cost a fit 14 microseconds, and they have few different arguments.
TRIANGLE, EYE, STUDENT = cache(np.tri), cache(np.eye), cache(stdtrit)

INDEPENDENT = 0.1
"""The part of its length that each power of x keeps if the lower ones are subtracted from it. If it
keeps less, because points are crowded or the degree is above 5, powers lose digits.
"""
ROUNDED = 10 * EPS
"""Times p, the fraction of its length that rounding leaves of y in a direction in which it has no
part. The decomposition is backward stable: on 500 polynomials with exact values, of degrees 1 to 10
at up to 50,000 points, it left at most 6 p eps.
"""


@readonly
class Factor:
    """The factor of n points: |X q - y|^2 = |r q - d|^2 + rss, with X = [1, x, x^2, ...].

    Powers ascend here, so that r also contains the lower degrees. r (p, p) is upper triangular, and
    d has shape (p,). Rows of r from `rank` on are zero: the points do not determine more
    coefficients. `invertible` (p, p) is r with other rows there.

    r is a product: `polynomials` are the columns that were decomposed, and `triangle` (p, p) is
    their factor, with 1 on the diagonal of undetermined rows. If powers of x lose digits, these two
    keep them. A part of y that is not longer than `rounding` is rounding.
    """

    r: Array
    d: Array
    rss: float
    n: int
    rank: int
    invertible: Array
    polynomials: Newton
    triangle: Array
    rounding: float

    @property
    def variation(self) -> float:
        """The sum of squares of y about its mean. The first entry of d belongs to the mean."""
        varying: list[float] = self.d[1:].tolist()
        return self.rss + sum([part * part for part in varying])


def factorize(t: Times, y: Array, degree: int, frame: Frame) -> Factor:
    """Return the factor of t (n,) and y (n,) for powers of the x of the frame."""
    p = degree + 1
    r, d, rss = compress(powers(frame.x(t), degree), y, p)
    if _independent(r.T.tolist()):
        same = Newton(frame, [frame.center] * degree)
        return Factor(r, d, rss, len(t), p, r, same, r, _rounding(d))
    return _from_newton(t, y, degree, frame)


def _independent(columns: list[list[float]]) -> bool:
    """Return whether each column keeps enough of its length if those before are subtracted."""
    return all(abs(column[i]) > INDEPENDENT * hypot(*column) for i, column in enumerate(columns))


def _from_newton(t: Times, y: Array, degree: int, frame: Frame) -> Factor:
    """Return the factor of points whose powers of x are close to dependent."""
    polynomials, columns, rank = newton(t, frame, degree)
    triangle, d, rss = compress(columns, y, rank)
    powers_of_x = polynomials.powers()
    invertible = triangle + np.diag((np.arange(degree + 1) >= rank).astype(float))
    return Factor(
        r=triangle @ powers_of_x,
        d=d,
        rss=rss,
        n=len(t),
        rank=rank,
        invertible=invertible @ powers_of_x,
        polynomials=polynomials,
        triangle=invertible,
        rounding=_rounding(d),
    )


def _rounding(d: Array) -> float:
    """Return the length up to which a part of y, whose parts are d (p,), is rounding."""
    return len(d) * ROUNDED * hypot(*d.tolist())


def compress(columns: Array, y: Array, rank: int) -> tuple[Array, Array, float]:
    """Return r (p, p), d (p,) and rss of columns X (n, p), the first of which is 1, and of y (n,),
    from the thin QR decomposition of [X | y]. The columns from `rank` on are 0.

    X'X is never formed, because it squares the condition number. The first y is subtracted from all
    of them before, so that they keep their digits if they lie far from 0.
    """
    n, p = columns.shape
    table = np.zeros((max(n, p + 1), p + 1), order="F")
    table[:n, :p] = columns
    np.subtract(y, y[0], out=table[:n, p])
    triangle = dgeqrf(table, overwrite_a=True)[0][: p + 1] * TRIANGLE(p + 1).T
    r, d = triangle[:p, :p], triangle[:p, p]
    parts = triangle[:, p].tolist()
    left = hypot(*parts[rank:])
    if left <= p * ROUNDED * hypot(*parts):
        left = 0.0
    if rank < p:
        d[rank:] = 0
    d[0] += y[0] * r[0, 0]
    return r, d, left * left


def least_squares_optimum(
    factor: Factor, scaled_to_caller: Array, names: tuple[str, ...]
) -> Optimum:
    """Return the least-squares optimum, computed in the scaled coordinate and converted to the
    caller's units. Degrees that the points do not determine are left out.
    """
    p = len(names)
    right = EYE(p, p + 1, 1).copy(order="F")
    right[:, 0] = factor.d
    solved = dtrtrs(factor.invertible, right, overwrite_b=True)[0]
    solution, *inverse = scaled_to_caller.dot(solved[::-1]).T.tolist()
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
    if not total:
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
    """Return params -+ Student's quantile * error, or None if a bound overflows, or if the errors
    are 0 and only the rounding of the params is left.
    """
    if not any(errors):
        return None
    quantile = STUDENT(freedom, 0.975).item()
    bounds = [
        (value - quantile * error, value + quantile * error)
        for value, error in zip(params, errors, strict=True)
    ]
    if not all(map(isfinite, chain(*bounds))):
        return None
    return bounds
