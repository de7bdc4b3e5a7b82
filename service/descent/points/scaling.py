"""The coordinates of a descent, and the conversion back to the caller's."""

from math import comb, sqrt

import numpy as np
from scipy.linalg.blas import dnrm2
from scipy.linalg.lapack import dtrtrs

from service.descent.arrays import Array
from service.descent.errors import NotComputableError
from service.descent.methods.bounds import MAX_NUMBER
from service.descent.points.factor import EYE, Factor
from service.descent.questions.options import Scale
from service.descent.readonly import readonly


@readonly
class Frame:
    """The scaled coordinate x = (t - center) / scale."""

    center: float
    scale: float

    def x(self, t: Array) -> Array:
        """Return t (n,) in the scaled coordinate."""
        return (t - self.center) / self.scale

    def to_caller(self, degree: int) -> Array:
        """Return the matrix that turns coefficients of x into coefficients of t."""
        return substitution(degree, -self.center / self.scale, 1 / self.scale)

    def can_go_back(self, degree: int) -> bool:
        """Return whether every entry of the matrix from x to t is at most 1e150.

        By the binomial theorem, the entries are at most ((|center| + 1) / scale)^degree, or 1.
        """
        largest: float = MAX_NUMBER ** (1 / degree)
        return (abs(self.center) + 1) / self.scale <= largest

    def from_frame(self, degree: int, other: "Frame") -> Array:
        """Return the matrix that turns coefficients in another frame into coefficients in this one.
        For equal frames it is exactly the identity.
        """
        return substitution(
            degree, (self.center - other.center) / other.scale, self.scale / other.scale
        )


AS_IT_IS = Frame(0.0, 1.0)
"""The identity frame: x is t itself."""


@readonly
class Coordinates:
    """The coordinates of a descent: combinations of the powers of x, or the powers of t.

    The matrices (p, p) act on coefficients in the order a, b, c, ...
    """

    kind: Scale
    frame: Frame
    to_scaled: Array
    from_scaled: Array
    to_caller: Array

    def design(self, t: Array) -> Array:
        """Return the design matrix (n, p) in these coordinates."""
        degree = len(self.to_scaled) - 1
        if self.kind == "none":
            return np.vander(t, degree + 1)
        return self._trued(np.vander(self.frame.x(t), degree + 1) @ self.to_scaled, len(t))

    def triangle(self, factor: Factor) -> Array:
        """Return the factor's r (p, p) for coefficients in these coordinates."""
        return self._trued(factor.r @ self.to_scaled[::-1], factor.n)

    def _trued(self, columns: Array, n: int) -> Array:
        """Make orthonormal columns orthonormal again by a Newton-Schulz step: on crowded points the
        product has lost digits. Columns of another kind are returned unchanged.
        """
        if self.kind != "orthonormal":
            return columns
        return 1.5 * columns - columns @ (columns.T @ columns) / (2 * n)


def frame(t: Array) -> Frame:
    """Return the frame of t (n,): its mean and its population deviation, or 1 if that is 0."""
    center = (t[0] + (t - t[0]).sum() / len(t)).item()
    return Frame(center, dnrm2(t - center) / sqrt(len(t)) or 1.0)


def coordinates(kind: Scale, frame: Frame, factor: Factor, back: Array) -> Coordinates:
    """Return the coordinates of one kind for these points. `back` is the matrix from x to t.

    Raises NotComputableError if finite parameters could overflow in the caller's units.
    """
    degree = len(factor.d) - 1
    same = EYE(degree + 1)
    if kind == "none":
        return Coordinates(kind, frame, frame.from_frame(degree, AS_IT_IS), back, same)
    if not frame.can_go_back(degree):
        raise NotComputableError(
            "t varies too little, or lies too far from 0, for this degree: shift and rescale it."
        )
    if kind == "standardize":
        return Coordinates(kind, frame, same, same, back)
    triangle = orthonormal(factor)
    to_scaled = dtrtrs(triangle, same, lower=True)[0]
    return Coordinates(kind, frame, to_scaled, triangle, back @ to_scaled)


def orthonormal(factor: Factor) -> Array:
    """Return the triangle (p, p) that turns coefficients of powers of x into coefficients of
    polynomials with mean square 1 on the points.

    Each polynomial has a positive leading coefficient. Degrees that the points do not determine
    keep a polynomial that is zero on the points.
    """
    signed = factor.invertible * np.sign(factor.invertible.diagonal())[:, None]
    return np.ascontiguousarray(signed[::-1, ::-1]) / sqrt(factor.n)


def substitution(degree: int, offset: float, slope: float) -> Array:
    """Return the matrix that turns the coefficients of p(u) into those of p(offset + slope v) as a
    polynomial in v. Its entries follow from the binomial theorem.

    Raises NotComputableError if a power overflows.
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
        [comb(k, j) * offsets[k - j] * slopes[j] for k in range(degree, j - 1, -1)] + [0.0] * j
        for j in range(degree, -1, -1)
    ]
    return np.array(rows)


def check_powers(t: Array, frame: Frame, degree: int) -> None:
    """Check that |t|^degree is small enough to be squared.

    No t is further from the mean than sqrt(n) standard deviations, so the points are examined only
    if that bound is too large.

    Raises NotComputableError if |t|^degree exceeds 1e150.
    """
    largest = MAX_NUMBER ** (1 / degree)
    if abs(frame.center) + sqrt(len(t)) * frame.scale > largest and np.abs(t).max() > largest:
        raise NotComputableError(
            f'|t|^{degree} exceeds 1e150: set `scale` to "standardize", or lower the degree.'
        )
