"""The scaled coordinate of the points, and its conversion from and to the caller's."""

from functools import cache
from math import comb, sqrt

import numpy as np

from service.descent.arrays import Array, Integers, Times
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
SMALLEST = float(np.finfo(float).tiny)
"""The smallest number with all digits."""


def frame(t: Times) -> Frame:
    """Return the frame of t (n,)."""
    centers, scales = frames(t[None])
    return Frame(centers.item(), scales.item())


def frames(t: Times) -> tuple[Times, Array]:
    """Return the center and the scale (B,) of each row of t (B, n): its mean and its population
    deviation, or 1 if that is 0.
    """
    means = t[:, 0] + (t - t[:, :1]).sum(axis=1, dtype=float) / t.shape[1]
    centers = means.astype(t.dtype)
    away = np.abs(t - centers[:, None])
    # squares of very small numbers would be 0
    largest = np.maximum(away.max(axis=1), SMALLEST)
    scales = largest * np.sqrt(np.square(away / largest[:, None]).mean(axis=1))
    return centers, np.where(scales > 0, scales, 1.0)


def substitution(degree: int, offset: float, slope: float) -> Array:
    """Return the matrix (p, p) of one offset and slope. Raises NotComputableError."""
    matrix: Array = substitutions(degree, np.array([offset]), np.array([slope]))[0]
    return matrix


def substitutions(degree: int, offset: Array, slope: Array) -> Array:
    """Return the matrices (B, p, p) that turn the coefficients of p(u) into those of
    p(offset + slope v) as a polynomial in v, given offset and slope (B,). Their entries follow from
    the binomial theorem.

    Raises NotComputableError if a power overflows.
    """
    offsets, slopes = (np.vander(each, degree + 1, increasing=True) for each in (offset, slope))
    if not (np.isfinite(offsets).all() and np.isfinite(slopes).all()):
        raise NotComputableError(
            "t lies too far from 0, or varies too little, for this degree: shift and rescale it."
        )
    chosen, missing, of_slope = _binomial(degree)
    matrices: Array = chosen * offsets[:, missing] * slopes[:, of_slope]
    return matrices


@cache
def _binomial(degree: int) -> tuple[Array, Integers, Integers]:
    """Return the binomial coefficients (p, p) of u^k for v^j, with both powers descending, and the
    powers of the offset and of the slope in each entry. Entries with k < j are 0.
    """
    powers = range(degree, -1, -1)
    chosen = [[float(comb(k, j)) for k in powers] for j in powers]
    missing = [[max(k - j, 0) for k in powers] for j in powers]
    of_slope = [[j] * len(powers) for j in powers]
    return np.array(chosen), np.array(missing), np.array(of_slope)


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
