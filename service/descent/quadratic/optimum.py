"""The optimum of every descent on these points: least squares, with its uncertainty."""

from collections.abc import Sequence
from functools import cache
from math import hypot, isfinite, sqrt
from typing import TypeVar

import numpy as np
from scipy.linalg.lapack import dtrtrs
from scipy.special import stdtrit

from service.descent.answers.results import Optimum
from service.descent.arrays import EPS, Array
from service.descent.errors import finite
from service.descent.points.factor import Factor

Value = TypeVar("Value")


def least_squares_optimum(
    factor: Factor, scaled_to_caller: Array, names: tuple[str, ...]
) -> Optimum:
    """Return the least-squares optimum, computed in the scaled coordinate and converted to the
    caller's units. Degrees that the points do not determine are left out.
    """
    p = len(names)
    right = _zeros_and_identity(p).copy()
    right[:, 0] = factor.d
    solution, *inverse = (scaled_to_caller @ dtrtrs(factor.invertible, right)[0][::-1]).T.tolist()
    errors = standard_errors(factor, inverse)
    intervals = None
    if errors:
        intervals = interval95(factor.n - p, solution, errors)
    return Optimum(
        params=dict(zip(names, finite(solution, "coefficients of the optimum"), strict=True)),
        loss=factor.rss / factor.n,
        r2=r2(factor),
        standard_errors=_named(names, errors),
        interval95=_named(names, intervals),
        unique=factor.rank == p,
    )


def _named(names: tuple[str, ...], values: Sequence[Value] | None) -> dict[str, Value] | None:
    if values is None:
        return None
    return dict(zip(names, values, strict=True))


@cache
def _zeros_and_identity(p: int) -> Array:
    """Return a column of zeros followed by the identity, (p, p + 1)."""
    return np.eye(p, p + 1, 1)


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
    """Return the intervals params -+ q * error, where q is Student's quantile. Return None if a
    bound is too large for a double.
    """
    quantile = student(freedom)
    bounds = [
        (value - quantile * error, value + quantile * error)
        for value, error in zip(params, errors, strict=True)
    ]
    if not all(isfinite(bound) for pair in bounds for bound in pair):
        return None
    return bounds


@cache
def student(freedom: int) -> float:
    """Return the 97.5 % quantile of Student's t distribution."""
    quantile: float = stdtrit(freedom, 0.975).item()
    return quantile
