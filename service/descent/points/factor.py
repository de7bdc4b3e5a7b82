"""The points in compressed form: a triangle that gives the loss of any coefficients, at a cost that
does not depend on the number of points.
"""

from functools import cache
from math import hypot

import numpy as np
from scipy.linalg.lapack import dgeqrf

from service.descent.arrays import EPS, Array
from service.descent.frozen import readonly


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
    triangle = dgeqrf(columns, overwrite_a=True)[0][: p + 1] * _upper(p + 1)
    return _determined(triangle[:p, :p], triangle[:p, p], triangle[p, p].item() ** 2, n)


@cache
def _upper(p: int) -> Array:
    """Return a matrix (p, p) with 1 on and above the diagonal, and 0 below."""
    return np.tri(p).T


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
