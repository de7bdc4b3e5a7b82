"""The scaled coordinate of the points, and its conversion from and to the caller's."""

from math import comb, sqrt

import numpy as np
from scipy.linalg.blas import dnrm2

from service.descent.arrays import Array, Times
from service.descent.errors import NotComputableError
from service.descent.methods.bounds import MAX_NUMBER
from service.descent.readonly import readonly


@readonly
class Frame:
    """The scaled coordinate x = (t - center) / scale. The center of integers is an integer, so that
    their differences from it are exact.
    """

    center: float
    scale: float

    def x(self, t: Times) -> Array:
        """Return t (n,) in the scaled coordinate."""
        scaled: Array = np.subtract(t, self.center) / self.scale
        return scaled

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


def frame(t: Times) -> Frame:
    """Return the frame of t (n,): its mean and its population deviation, or 1 if that is 0."""
    center = t.dtype.type(t[0] + (t - t[0]).sum(dtype=float) / len(t)).item()
    return Frame(center, dnrm2(t - center) / sqrt(len(t)) or 1.0)


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


def check_powers(t: Times, frame: Frame, degree: int) -> None:
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
