"""The coordinates stepped in, and the way back to the caller's."""

from functools import cache
from math import comb, sqrt

import numpy as np
from scipy.linalg.blas import dnrm2
from scipy.linalg.lapack import dtrtrs

from service.descent.arrays import Array
from service.descent.errors import NotComputableError
from service.descent.frozen import frozen
from service.descent.points.factor import Factor
from service.descent.points.powers import design
from service.descent.questions.options import Scale, Scaled

LARGEST = 1e150


@frozen
class Frame:
    """The scaled coordinate x = (t - center) / scale."""

    center: float
    scale: float

    def x(self, t: Array) -> Array:
        """t in the scaled coordinate."""
        return (t - self.center) / self.scale

    def from_caller(self, degree: int) -> Array:
        """The matrix from coefficients of t to coefficients of x."""
        return substitution(degree, self.center, self.scale)

    def to_caller(self, degree: int) -> Array:
        """The matrix from coefficients of x to coefficients of t."""
        return substitution(degree, -self.center / self.scale, 1 / self.scale)

    def can_go_back(self, degree: int) -> bool:
        """Whether no entry of the way from x to t is above 1e150: by the binomial theorem none
        exceeds this power.
        """
        largest: float = LARGEST ** (1 / degree)
        return (abs(self.center) + 1) / self.scale <= largest

    def from_frame(self, degree: int, other: Scaled) -> Array:
        """The matrix from coefficients in another frame; the identity, to the bit, if it is the
        same.
        """
        return substitution(
            degree, (self.center - other.center) / other.scale, self.scale / other.scale
        )


@frozen
class Coordinates:
    """What is stepped in: combinations of the powers of x, or of t itself.

    The matrices (p, p) act on coefficients in the order a, b, c, ...
    """

    kind: Scale
    frame: Frame
    to_scaled: Array
    from_scaled: Array
    to_caller: Array
    scaled_to_caller: Array

    def design(self, t: Array) -> Array:
        """The design matrix (n, p) stepped in."""
        degree = len(self.to_scaled) - 1
        if self.kind == "none":
            return design(t, degree)
        return self._trued(design(self.frame.x(t), degree) @ self.to_scaled, len(t))

    def triangle(self, factor: Factor) -> Array:
        """The factor's r (p, p) for the coefficients stepped in."""
        return self._trued(factor.r @ self.to_scaled[::-1], factor.n)

    def _trued(self, columns: Array, n: int) -> Array:
        """Orthonormal columns once more, by a step of Newton and Schulz: on crowded points the
        product has lost digits.
        """
        if self.kind != "orthonormal":
            return columns
        return 1.5 * columns - columns @ (columns.T @ columns) / (2 * n)


def frame(t: Array) -> Frame:
    """Mean and standard deviation (of the population) of t; scale 1 where t does not vary."""
    center = (t[0] + (t - t[0]).sum() / len(t)).item()
    return Frame(center, dnrm2(t - center) / sqrt(len(t)) or 1.0)


def coordinates(kind: Scale, frame: Frame, factor: Factor, back: Array) -> Coordinates:
    """The coordinates of one kind for these points; `back` is the way from x to t.

    Raises NotComputableError where finite parameters could overflow on the way to the caller's
    units.
    """
    degree = len(factor.d) - 1
    same = _identity(degree + 1)
    if kind == "none":
        return Coordinates(kind, frame, frame.from_caller(degree), back, same, back)
    if not frame.can_go_back(degree):
        raise NotComputableError(
            "t varies too little, or lies too far from 0, for this degree: shift and rescale it."
        )
    if kind == "standardize":
        return Coordinates(kind, frame, same, same, back, back)
    triangle = orthonormal(factor)
    to_scaled = dtrtrs(triangle, same, lower=True)[0]
    return Coordinates(kind, frame, to_scaled, triangle, back @ to_scaled, back)


@cache
def _identity(p: int) -> Array:
    return np.eye(p)


def orthonormal(factor: Factor) -> Array:
    """The triangle (p, p) from coefficients of powers of x to coefficients of polynomials of mean
    square 1 on the points.

    Each grows with x. Degrees that the points do not determine keep a polynomial that is zero on
    them.
    """
    signed = factor.invertible * np.sign(factor.invertible.diagonal())[:, None]
    return np.ascontiguousarray(signed[::-1, ::-1]) / sqrt(factor.n)


def substitution(degree: int, offset: float, slope: float) -> Array:
    """The matrix that turns the coefficients of p(u) into those of p(offset + slope v) as a
    polynomial in v: the binomial theorem.

    Raises NotComputableError where a power overflows.
    """
    try:
        offsets, slopes = (
            [value**power for power in range(degree + 1)] for value in (offset, slope)
        )
    except OverflowError:
        raise NotComputableError(
            "t lies too far from 0, or varies too little, for this degree: shift and rescale it."
        ) from None
    rows = [
        [count * offsets[gap] * slopes[j] for count, gap in row] + [0.0] * j
        for j, row in _binomials(degree)
    ]
    return np.array(rows)


@cache
def _binomials(degree: int) -> list[tuple[int, list[tuple[int, int]]]]:
    """j, and for each k from the degree down to j the binomial coefficient C(k, j) and k - j."""
    return [
        (j, [(comb(k, j), k - j) for k in range(degree, j - 1, -1)]) for j in range(degree, -1, -1)
    ]


def check_powers(t: Array, frame: Frame, degree: int) -> None:
    """Raises NotComputableError where |t|^degree is too large to be squared. No t is further from
    the mean than sqrt(n) deviations.
    """
    largest = LARGEST ** (1 / degree)
    if abs(frame.center) + sqrt(len(t)) * frame.scale > largest and np.abs(t).max() > largest:
        raise NotComputableError(
            f'|t|^{degree} exceeds 1e150: set `scale` to "standardize", or a lower degree.'
        )
