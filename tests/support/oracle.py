"""Least squares in exact rational arithmetic, from the normal equations of the points as they
are.
"""

from collections.abc import Sequence
from fractions import Fraction


def least_squares(
    t: Sequence[float], y: Sequence[float], degree: int, weights: Sequence[float] | None = None
) -> list[Fraction]:
    """The coefficients a, b, c, ...; the points must determine them."""
    ts, ys = [Fraction(value) for value in t], [Fraction(value) for value in y]
    ws = [Fraction(value) for value in weights or [1] * len(t)]
    points = [*zip(ts, ys, ws, strict=True)]
    powers = [sum((w * a**k for a, _, w in points), Fraction(0)) for k in range(2 * degree + 1)]
    rows = [
        [powers[i + j] for j in range(degree + 1)]
        + [sum((w * a**i * b for a, b, w in points), Fraction(0))]
        for i in range(degree + 1)
    ]
    for i in range(degree + 1):
        pivot = next(k for k in range(i, degree + 1) if rows[k][i])
        rows[i], rows[pivot] = rows[pivot], rows[i]
        rows[i] = [value / rows[i][i] for value in rows[i]]
        for k in range(degree + 1):
            if k != i:
                rows[k] = [
                    value - rows[k][i] * own for value, own in zip(rows[k], rows[i], strict=True)
                ]
    return [row[-1] for row in reversed(rows)]


def loss(t: Sequence[float], y: Sequence[float], params: Sequence[Fraction]) -> Fraction:
    """The mean squared error, exactly."""
    return sum(
        ((predict(Fraction(a), params) - Fraction(b)) ** 2 for a, b in zip(t, y, strict=True)),
        Fraction(0),
    ) / len(t)


def predict(t: Fraction, params: Sequence[Fraction]) -> Fraction:
    """The curve at t, exactly."""
    value = Fraction(0)
    for coefficient in params:
        value = value * t + coefficient
    return value
