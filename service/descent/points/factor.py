"""The points in compressed form: a triangle that gives the loss of any coefficients, at a cost that
does not depend on the number of points, and the least-squares optimum with its uncertainty.
"""

from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from itertools import chain
from math import hypot, inf, isfinite, sqrt
from typing import TypeVar, cast

import numpy as np
from scipy.special import stdtrit

from service.descent.answers.results import Optimum
from service.descent.arrays import EPS, Array, Integers, Mask, Times
from service.descent.errors import finite
from service.descent.points.newton import Newton, newton, powers, powers_of_nodes
from service.descent.points.scaling import Frame, Frames
from service.descent.readonly import readonly

AnyArray = TypeVar("AnyArray", Array, Integers, Times)
STUDENT = lru_cache(1000)(stdtrit)
"""Student's quantiles, of few different degrees of freedom."""

INDEPENDENT = 0.1
"""The part of its length that each power of x keeps if the lower ones are subtracted from it. If it
keeps less, because points are crowded or the degree is above 5, powers lose digits.
"""
BLOCK_ROWS = 16_384
"""The number of rows that are decomposed at once. Of a million rows of four numbers, other sizes
take longer.
"""
ROUNDED = 10 * EPS
"""Times p, the fraction of its length that rounding leaves of y in a direction in which it has no
part. The decomposition is backward stable: on 500 polynomials with exact values, of degrees 1 to 10
at up to 50,000 points, it left at most 6 p eps.
"""


@cache
def identity(p: int) -> Array:
    """Return the identity (p, p). It cannot be changed."""
    return _shared(np.eye(p))


@cache
def upper(p: int) -> Array:
    """Return the matrix (p, p) with 1 on and above the diagonal. It cannot be changed."""
    return _shared(np.tri(p).T)


def _shared(matrix: Array) -> Array:
    matrix.setflags(write=False)
    return matrix


@readonly
class Factor:
    """The factor of n points: |X q - y|^2 = |r q - d|^2 + rss, with X = [1, x, x^2, ...].

    Powers ascend here, so that r also contains the lower degrees. r (p, p) is upper triangular, and
    d has shape (p,). Rows of r from `rank` on are zero: the points do not determine more
    coefficients. `invertible` (p, p) is r with other rows there.

    If the points have weights, whose mean is 1, each row of X and y is times the root of its
    weight. `deviation` is the standard deviation of the error of a point with the weight 1, or None
    if the residuals show it.

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
    deviation: float | None = None

    @property
    def variation(self) -> float:
        """The sum of squares of y about its mean. The first entry of d belongs to the mean."""
        varying: list[float] = self.d[1:].tolist()
        return self.rss + sum([part * part for part in varying])

    @property
    def freedom(self) -> float:
        """The degrees of freedom of the deviation of the points: inf if it is known."""
        return self.n - len(self.d) if self.deviation is None else inf


@readonly
class Factors:
    """The factors of B samples of n points: each field of a factor, with a first axis of length B.

    `nodes` (B, degree) are those of the polynomials that were decomposed.
    """

    r: Array
    d: Array
    rss: Array
    n: int
    rank: Integers
    invertible: Array
    nodes: Times
    triangle: Array
    rounding: Array

    def replaced(self, rows: Integers, others: "Factors") -> "Factors":
        """Return the factors of the same samples, with others for those of these rows."""

        def merged(kept: AnyArray, new: AnyArray) -> AnyArray:
            kept = kept.copy()
            kept[rows] = new
            return kept

        return Factors(
            r=merged(self.r, others.r),
            d=merged(self.d, others.d),
            rss=merged(self.rss, others.rss),
            n=self.n,
            rank=merged(self.rank, others.rank),
            invertible=merged(self.invertible, others.invertible),
            nodes=merged(self.nodes, others.nodes),
            triangle=merged(self.triangle, others.triangle),
            rounding=merged(self.rounding, others.rounding),
        )

    def part(self, rows: Integers) -> "Factors":
        """Return the factors of these samples."""
        return Factors(
            r=self.r[rows],
            d=self.d[rows],
            rss=self.rss[rows],
            n=self.n,
            rank=self.rank[rows],
            invertible=self.invertible[rows],
            nodes=self.nodes[rows],
            triangle=self.triangle[rows],
            rounding=self.rounding[rows],
        )

    def of_each(self, frames: Sequence[Frame], deviations: Sequence[float | None]) -> list[Factor]:
        """Return the factor of each sample, given its frame and its deviation, if that is known."""
        rss, rank, rounding = self.rss.tolist(), self.rank.tolist(), self.rounding.tolist()
        return [
            Factor(
                r=self.r[i],
                d=self.d[i],
                rss=rss[i],
                n=self.n,
                rank=rank[i],
                invertible=self.invertible[i],
                polynomials=Newton(frame, self.nodes[i]),
                triangle=self.triangle[i],
                rounding=rounding[i],
                deviation=deviation,
            )
            for i, (frame, deviation) in enumerate(zip(frames, deviations, strict=True))
        ]


def factorize(t: Times, y: Array, degree: int, frame: Frame) -> Factor:
    """Return the factor of t (n,) and y (n,) for powers of the x of the frame."""
    centers = cast(Times, np.array([frame.center], t.dtype))
    found = factorize_all(t[None], y[None], degree, Frames(centers, np.array([frame.scale])))
    return found.of_each([frame], [None])[0]


def factorize_all(
    t: Times, y: Array, degree: int, frames: Frames, roots: Array | None = None
) -> Factors:
    """Return the factors of samples t (B, n) and y (B, n), for powers of the x of the frames. If
    the points have weights, their roots (B, n) are given.
    """
    count, n = t.shape
    ranks = np.full(count, degree + 1)
    r, d, rss = compress(
        lambda block: powers(frames.x(t[:, block]), degree), y, ranks, degree, roots
    )
    nodes = cast(Times, np.repeat(frames.centers[:, None], degree, axis=1))
    factors = Factors(r, d, rss, n, ranks, r, nodes, r, rounding_of(d))
    rows = np.flatnonzero(~independent(r))
    if len(rows):
        part = None if roots is None else roots[rows]
        others = _from_newton(t[rows], y[rows], degree, frames.part(rows), part)
        return factors.replaced(rows, others)
    return factors


def independent(r: Array) -> Mask:
    """Return in which of r (B, p, p) each column keeps enough of its length if those before are
    subtracted.
    """
    lengths = np.sqrt(np.square(r).sum(axis=1))
    enough: Mask = (np.abs(_diagonals(r)) > INDEPENDENT * lengths).all(axis=1)
    return enough


def _diagonals(matrices: Array) -> Array:
    """Return the diagonals (B, p) of matrices (B, p, p)."""
    return np.diagonal(matrices, axis1=1, axis2=2)


def _from_newton(t: Times, y: Array, degree: int, frames: Frames, roots: Array | None) -> Factors:
    """Return the factors of samples whose powers of x are close to dependent."""
    nodes, columns, ranks = newton(t, frames.scales, degree)
    triangle, d, rss = compress(lambda block: columns[:, :, block], y, ranks, degree, roots)
    undetermined = np.arange(degree + 1) >= ranks[:, None]
    invertible = triangle + undetermined[:, None] * identity(degree + 1)
    of_powers = powers_of_nodes(frames.x(nodes))
    return Factors(
        r=triangle @ of_powers,
        d=d,
        rss=rss,
        n=t.shape[1],
        rank=ranks,
        invertible=invertible @ of_powers,
        nodes=nodes,
        triangle=invertible,
        rounding=rounding_of(d),
    )


def rounding_of(d: Array) -> Array:
    """Return the lengths (B,) up to which a part of y, whose parts are d (B, p), is rounding."""
    return np.array([len(parts) * ROUNDED * hypot(*parts) for parts in d.tolist()])


def compress(
    columns: Callable[[slice], Array],
    y: Array,
    ranks: Integers,
    degree: int,
    roots: Array | None = None,
) -> tuple[Array, Array, Array]:
    """Return r (B, p, p), d (B, p) and rss (B,) of columns X (B, p, n), the first of which is 1,
    and of y (B, n), from the thin QR decompositions of [X | y]. `columns` returns those of the
    points of a slice. The columns from `ranks` (B,) on are 0. If the points have weights, each row
    of [X | y] is times their roots (B, n).

    X'X is never formed, because it squares the condition number. Blocks of rows are made and
    decomposed one after the other, each below the triangle of those before, so that they stay in
    the cache. The first y is subtracted from all of them before, so that they keep their digits if
    they lie far from 0.
    """
    (count, n), p = y.shape, degree + 1
    triangles = np.empty((count, 0, p + 1))
    for first in range(0, n, BLOCK_ROWS):
        block = slice(first, first + BLOCK_ROWS)
        above, end = triangles.shape[1], triangles.shape[1] + y[:, block].shape[1]
        table = np.zeros((count, p + 1, max(end, p + 1)))
        table[:, :, :above] = triangles.swapaxes(1, 2)
        table[:, :p, above:end] = columns(block)
        np.subtract(y[:, block], y[:, :1], out=table[:, p, above:end])
        if roots is not None:
            table[:, :, above:end] *= roots[:, None, block]
        decomposed = np.linalg.qr(table.swapaxes(1, 2), mode="raw")[0][:, :, : p + 1]
        triangles = decomposed.swapaxes(1, 2) * upper(p + 1)
    r, d = triangles[:, :p, :p], triangles[:, :p, p].copy()
    parts = zip(triangles[:, :, p].tolist(), ranks.tolist(), strict=True)
    rss = np.array([_residual_square(part, rank) for part, rank in parts])
    if ranks.min() < p:
        d[np.arange(p) >= ranks[:, None]] = 0
    d[:, 0] += y[:, 0] * r[:, 0, 0]
    return r, d, rss


def _residual_square(parts: list[float], rank: int) -> float:
    """Return the residual sum of squares of y, whose parts in the columns and in what is left have
    this length: (p + 1,).
    """
    left = hypot(*parts[rank:])
    if left <= (len(parts) - 1) * ROUNDED * hypot(*parts):
        return 0.0
    return left * left


def least_squares_optima(
    factors: Sequence[Factor], backs: Sequence[Array], names: tuple[str, ...]
) -> list[Optimum]:
    """Return the least-squares optimum of each factor, computed in the scaled coordinate and
    converted by `backs` (p, p) to the caller's units. Degrees that the points do not determine are
    left out.
    """
    p = len(names)
    right = np.empty((len(factors), p, p + 1))
    right[:, :, 0] = [factor.d for factor in factors]
    right[:, :, 1:] = identity(p)
    solved = np.linalg.solve(np.array([factor.invertible for factor in factors]), right)
    in_units = (np.array(backs) @ solved[:, ::-1]).swapaxes(1, 2).tolist()
    return [
        _optimum(factor, columns, names) for factor, columns in zip(factors, in_units, strict=True)
    ]


def _optimum(factor: Factor, columns: list[list[float]], names: tuple[str, ...]) -> Optimum:
    """Return the optimum, given the solution and the columns of the inverse triangle, both in the
    caller's units.
    """
    solution, *inverse = columns
    errors = standard_errors(factor, inverse)
    named_errors = named_intervals = None
    if errors:
        named_errors = dict(zip(names, errors, strict=True))
        intervals = interval95(factor.freedom, solution, errors)
        if intervals:
            named_intervals = dict(zip(names, intervals, strict=True))
    return Optimum(
        params=dict(zip(names, finite(solution, "coefficients of the optimum"), strict=True)),
        loss=factor.rss / factor.n,
        r2=r2(factor),
        standard_errors=named_errors,
        interval95=named_intervals,
        unique=factor.rank == len(names),
    )


def r2(factor: Factor) -> float | None:
    """Return 1 - residual / total sum of squares, or None if y does not vary."""
    total = factor.variation
    if not total:
        return None
    return 1 - factor.rss / total


def standard_errors(factor: Factor, inverse: list[list[float]]) -> list[float] | None:
    """Return the square roots of the diagonal of s^2 (X'X)^-1, where s is the known deviation, or
    s^2 = rss / (n - p). `inverse` has the columns of the inverse triangle in the caller's units.

    Return None if there are no degrees of freedom, the optimum is not unique, or an error is too
    large for a double.
    """
    freedom, deviation = factor.freedom, factor.deviation
    if freedom <= 0 or factor.rank < len(factor.d):
        return None
    if deviation is None:
        deviation = sqrt(factor.rss / freedom)
    errors = [deviation * hypot(*row) for row in zip(*inverse, strict=True)]
    if not all(map(isfinite, errors)):
        return None
    return errors


def interval95(
    freedom: float, params: list[float], errors: list[float]
) -> list[tuple[float, float]] | None:
    """Return params -+ Student's quantile * error, which is the normal quantile if the degrees of
    freedom are infinite, or None if a bound overflows, or if the errors
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
