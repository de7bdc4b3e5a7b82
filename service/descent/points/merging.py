"""Factors merged into one, and factors taken away again, without the points they replace."""

from collections.abc import Sequence
from itertools import chain
from math import cos, hypot, pi, sqrt

import numpy as np
from scipy.linalg.lapack import dtrtrs

from service.descent.arrays import Array, Times
from service.descent.errors import NotComputableError
from service.descent.methods.option import RuleError
from service.descent.points.dataset import Dataset
from service.descent.points.factor import ROUNDED, factorize_all, independent
from service.descent.points.newton import conversions, newton
from service.descent.points.portable import (
    padded,
    portable,
    rows_from_diagonal,
    sent_times,
    times,
)
from service.descent.points.scaling import Frame, frames
from service.descent.questions.factors import PortableFactor, Positions
from service.descent.questions.points import Points
from service.descent.readonly import readonly

TRUSTED = 1e-9
"""The relative error that rounding may cause in what remains after points are removed."""


@readonly
class Part:
    """A factor, and its positions as numbers."""

    factor: PortableFactor
    positions: Positions


@readonly
class Basis:
    """Newton's polynomials with these nodes (degree,) and the scale of a frame, the first `rank` of
    which the points determine.
    """

    frame: Frame
    nodes: Times
    rank: int


@readonly
class Rows:
    """Rows that replace points: |columns q - y|^2 + left^2 is their sum of squares, with columns
    (m, rank) and y (m,).
    """

    columns: Array
    y: Array
    left: float

    def triangle(self) -> "Rows":
        """Return the same in as many rows as there are columns: by an orthogonal decomposition,
        because X'X would square the condition number. A rest of y that is rounding is 0.
        """
        rows, rank = self.columns.shape
        table = np.zeros((rows + 1, rank + 1))
        table[:rows, :rank], table[:rows, rank], table[rows, rank] = self.columns, self.y, self.left
        r = np.asarray(np.linalg.qr(table, mode="r"), float)
        left = abs(r[rank, rank].item())
        if left <= (rank + 1) * ROUNDED * hypot(*r[:, rank].tolist()):
            left = 0.0
        return Rows(r[:rank, :rank], r[:rank, rank], left)

    def without(self, removed: "Rows", points: int) -> "Rows":
        """Return this triangle R without some of its rows, given the number of points that remain.

        With the rows A = U S V' R, what remains is R'R - A'A = R'V (1 - S^2) V'R, so its triangle
        is that of sqrt(1 - S^2) V'R: G. W. Stewart, The effects of rounding error on an algorithm
        for downdating a Cholesky factorization (1979). 1 - S^2 are the parts of the sum of squares
        that remain. Rounding changes each of them by some p ROUNDED.

        Raises NotComputableError if too few digits of what remains are left.
        """
        rank = len(self.columns)
        least = rank * ROUNDED / TRUSTED
        of_columns = dtrtrs(self.columns, removed.columns.T, trans=1)[0].T
        if points < rank or not np.isfinite(of_columns).all():
            raise _lost()
        u, sines, vt = np.linalg.svd(of_columns)
        s = np.zeros(rank)
        s[: len(sines)] = sines
        remaining = (1 - s) * (1 + s)
        if not remaining.min() >= least:  # also if it is NaN
            raise _lost()
        missed = u.T @ (removed.y - of_columns @ self.y)
        moved = np.zeros(rank)
        moved[: len(sines)] = sines * missed[: len(sines)]
        moved /= np.sqrt(remaining)
        taken = hypot(*missed.tolist(), *moved.tolist(), removed.left)
        left = self._left_without(taken, least if points > rank else 0.0)
        roots = np.sqrt(remaining)[:, None]
        columns, y = roots * (vt @ self.columns), roots[:, 0] * (vt @ self.y) - moved
        return Rows(columns, y, left).triangle()

    def _left_without(self, taken: float, least: float) -> float:
        """Return what is left of y without a part of this length. At least this part of its square
        remains, or nothing if `least` is 0.
        """
        rank = len(self.columns)
        if not self.left or not least:
            if not taken <= self.left + (rank + 1) * ROUNDED * hypot(*self.y.tolist()) / TRUSTED:
                raise _lost()
            return 0.0
        part = (1 - taken / self.left) * (1 + taken / self.left)
        if not part >= least:
            raise _lost()
        return self.left * sqrt(part)


def _lost() -> NotComputableError:
    return NotComputableError(
        "The points to remove are not among the others, or so little is left without them that its "
        "digits are lost: merge the factors of the points that remain."
    )


def merged_with(points: Dataset, sent: Points, degree: int, unit: float) -> PortableFactor:
    """Return the factor of the factors that are sent, and of the points that are sent with them,
    given the caller's unit of t.

    Raises NotComputableError as `merged` does.
    """
    factors = [*sent.factors]
    if len(points.t):
        seen = frames(points.t[None], unit)
        roots = None if points.roots is None else points.roots[None]
        found = factorize_all(points.t[None], points.y[None], degree, seen, roots)
        (factor,) = found.of_each(seen.of_each(), [points.deviation])
        factors.append(portable(factor, points, sent))
    return merged(factors, sent.remove, degree)


def merged(
    factors: Sequence[PortableFactor], removed: Sequence[PortableFactor], degree: int
) -> PortableFactor:
    """Return the factor of the points of `factors` without those of `removed`, for polynomials up
    to this degree, which all of them have.

    Each triangle is rows of points, whose columns are polynomials. The rows of all of them in
    common polynomials are decomposed as one matrix, like blocks of points.

    Raises NotComputableError if a number is too large, if the removed points are not among the
    others, or if too few digits are left without them.
    """
    if len(factors) == 1 and not removed and factors[0].degree == degree:
        return factors[0]
    points = sum(each.points for each in factors) - sum(each.points for each in removed)
    added = [Part(factor, factor.positions) for factor in factors]
    taken = [Part(factor, factor.positions) for factor in removed]
    frame, mean = _spread(added, taken, points)
    level = _level(factors)
    basis = Basis(frame, times([frame.center] * degree), degree + 1)
    triangle = _rows(added, basis, level).triangle()
    if not independent(triangle.columns[None])[0]:
        basis = _crowded(added, frame, degree)
        triangle = _rows(added, basis, level).triangle()
    if removed:
        triangle = triangle.without(_rows(taken, basis, level), points)
    kept = basis.nodes[: min(basis.rank, degree)].tolist()
    ends = times(chain(*[part.positions.extent for part in added]))
    missing = sum(each.missing for each in factors) - sum(each.missing for each in removed)
    weightless = sum(each.weightless for each in factors) - sum(each.weightless for each in removed)
    try:
        return PortableFactor(
            points=points,
            missing=max(missing, 0),
            weightless=max(weightless, 0),
            sigma_is=factors[0].sigma_is,
            degree=degree,
            extent=sent_times([ends.min().item(), ends.max().item()], frame.unit),
            mean=(frame.center - kept[0] + mean) / frame.unit,
            scale=frame.scale / frame.unit,
            nodes=sent_times(kept, frame.unit),
            level=level,
            triangle=rows_from_diagonal(triangle.columns, triangle.y, triangle.left),
        )
    except RuleError:  # the mean and the scale of the points that remain are impossible
        raise _lost() from None


def _spread(added: Sequence[Part], removed: Sequence[Part], points: int) -> tuple[Frame, float]:
    """Return the frame of the points, and the mean of t minus its center. The variances of the
    parts, and those of their means, add up to that of all points.
    """
    factors = [part.factor for part in (*added, *removed)]
    each = [part.positions for part in (*added, *removed)]
    firsts = [positions.nodes[0] for positions in each]
    first = next((node for node in firsts if isinstance(node, int)), firsts[0])
    shares = np.array([factor.points for factor in factors]) / points
    shares[len(added) :] *= -1
    means = np.array([positions.nodes[0] - first + positions.mean for positions in each])
    mean = float(shares @ means)
    ends = [end for part in added for end in part.positions.extent]
    seen = first + (round(mean) if isinstance(first, int) else mean)
    seen = min(max(seen, min(ends)), max(ends))  # points that cannot be removed move it out
    offset = mean - (seen - first)
    spreads = [
        positions.scale if factor.rank > 1 else 0.0
        for factor, positions in zip(factors, each, strict=True)
    ]
    largest = max(*spreads, np.abs(means - mean).max().item(), abs(offset)) or 1.0
    around = [positions.mean - (positions.center - positions.nodes[0]) for positions in each]
    squares = (
        np.square(np.array(spreads) / largest)
        - np.square(np.array(around) / largest)
        + np.square((means - mean) / largest)
        + (offset / largest) ** 2
    )
    scale, unit = largest * sqrt(max(float(shares @ squares), 0.0)), each[0].unit
    return Frame(seen, scale or unit, unit), offset


def _level(factors: Sequence[PortableFactor]) -> float:
    """Return the weighted mean of y."""
    level, rows = factors[0].level, [factor.triangle[0] for factor in factors]
    total = hypot(*[row[0] for row in rows])
    away = [
        (row[0] / total) * ((factor.level - level) * (row[0] / total) + row[-1] / total)
        for factor, row in zip(factors, rows, strict=True)
    ]
    return level + sum(away)


def _crowded(parts: Sequence[Part], frame: Frame, degree: int) -> Basis:
    """Return polynomials that are far from dependent on points whose powers of x are not."""
    t = times(chain(*[_typical(part, degree) for part in parts]))
    nodes, _, ranks = newton(t[None], np.array([frame.scale]), degree)
    full = any(part.factor.rank > degree for part in parts)
    return Basis(frame, nodes[0], degree + 1 if full else ranks.item())


def _typical(part: Part, degree: int) -> list[float]:
    """Return values of t that lie as the points do. These are the nodes, which are points, or if
    the columns are powers of x, and the points therefore not crowded, the extrema of a polynomial
    of Chebyshev in their extent.
    """
    nodes = part.positions.nodes
    if part.factor.rank <= degree or len({*nodes}) > 1:
        return [*nodes]
    first, last = part.positions.extent
    steps = [(last - first) * (1 - cos(pi * i / degree)) / 2 for i in range(degree + 1)]
    if isinstance(first, int):
        return [first + round(step) for step in steps]
    return [first + step for step in steps]


def _rows(parts: Sequence[Part], basis: Basis, level: float) -> Rows:
    """Return the rows of factors in this basis, with y minus the level."""
    degree = len(basis.nodes)
    padding = [padded(part.factor, degree + 1) for part in parts]
    nodes = times(chain(*[_filled(part.positions.nodes, degree) for part in parts]))
    scales = np.array([part.positions.scale for part in parts])
    substituted = conversions(nodes.reshape(-1, degree), scales, basis.nodes, basis.frame.scale)
    triangles = np.array([triangle for triangle, _, _ in padding])
    columns = (triangles @ substituted).reshape(-1, degree + 1)[:, : basis.rank]
    lifts = np.array([part.factor.level - level for part in parts])
    y = np.array([y for _, y, _ in padding]) + lifts[:, None] * triangles[:, :, 0]
    return Rows(columns, y.ravel(), hypot(*[left for _, _, left in padding]))


def _filled(nodes: Sequence[float], degree: int) -> list[float]:
    """Return the first `degree` nodes, with the last one repeated if there are fewer."""
    return [*nodes[:degree], *[nodes[-1]] * (degree - len(nodes))]
