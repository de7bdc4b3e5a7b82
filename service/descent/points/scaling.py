"""The scaled coordinate of the points, and its conversion from and to the caller's."""

from collections.abc import Sequence
from functools import cache
from math import comb, hypot, sqrt
from typing import Self

import numpy as np

from service.descent.arrays import Array, Integers, Mask, Times
from service.descent.errors import NotComputableError
from service.descent.methods.bounds import MAX_NUMBER
from service.descent.readonly import readonly

SMALLEST_SCALE = 1e-140
"""The smallest deviation whose square has all digits, also where some points are much closer."""


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


AS_IT_IS = Frame(0.0, 1.0)
"""The identity frame: x is t itself."""


@readonly
class Frames:
    """The centers and the scales (B,) of B samples."""

    centers: Times
    scales: Array

    @classmethod
    def of(cls, frames: Sequence[Frame]) -> Self:
        """Return the frames as a stack. Centers become float64."""
        centers = np.array([float(frame.center) for frame in frames])
        return cls(centers, np.array([frame.scale for frame in frames]))

    def of_each(self) -> list[Frame]:
        """Return the frame of each sample."""
        return [*map(Frame, self.centers.tolist(), self.scales.tolist())]

    @property
    def identity(self) -> bool:
        """True if x is t itself in each sample."""
        return bool((self.centers == 0).all() and (self.scales == 1).all())

    def part(self, rows: Integers) -> "Frames":
        """Return the frames of these samples."""
        return Frames(self.centers[rows], self.scales[rows])

    def x(self, t: Times) -> Array:
        """Return t (B, n) in the scaled coordinates."""
        scaled: Array = (t - self.centers[:, None]) / self.scales[:, None]
        return scaled

    def to_caller(self, degree: int) -> Array:
        """Return the matrices (B, p, p) that turn coefficients of x into coefficients of t.

        Raises NotComputableError if a number overflows.
        """
        return substitutions(degree, -self.centers / self.scales, 1 / self.scales)

    def can_go_back(self, degree: int) -> Mask:
        """Return for which samples every entry of the matrix from x to t is at most 1e150.

        By the binomial theorem, the entries are at most ((|center| + 1) / scale)^degree, or 1.
        """
        largest: float = MAX_NUMBER ** (1 / degree)
        possible: Mask = (np.abs(self.centers) + 1) / self.scales <= largest
        return possible

    def from_frames(self, degree: int, others: "Frames") -> Array:
        """Return the matrices (B, p, p) that turn coefficients in the other frames into
        coefficients in these. For equal frames they are exactly the identity.

        Raises NotComputableError if a number overflows.
        """
        offsets = (self.centers - others.centers) / others.scales
        return substitutions(degree, offsets, self.scales / others.scales)

    def have_powers(self, t: Times, degree: int) -> Mask:
        """Return for which samples t (B, n) the powers |t|^degree are at most 1e150, small enough
        to be squared.
        """
        largest: float = MAX_NUMBER ** (1 / degree)
        can_be_squared: Mask = np.abs(t).max(axis=1) <= largest
        return can_be_squared


def frame(t: Times) -> Frame:
    """Return the frame of t (n,)."""
    return frames(t[None]).of_each()[0]


def frames(t: Times) -> Frames:
    """Return the center and the scale of each row of t (B, n): its mean and its population
    deviation, or 1 if that is 0.
    """
    n = t.shape[1]
    means = (t - t[:, :1]).sum(axis=1, dtype=float) / n
    if t.dtype == np.int64:
        means = np.rint(means).astype(np.int64)
    centers = t[:, 0] + means
    away = (t - centers[:, None]).astype(float)
    scales = np.sqrt((away * away).sum(axis=1) / n)
    for row in np.flatnonzero(scales < SMALLEST_SCALE).tolist():
        # squares of such numbers lose digits, or are 0
        scales[row] = hypot(*away[row].tolist()) / sqrt(n) or 1.0
    return Frames(centers, scales)


def substitutions(degree: int, offset: Array, slope: Array) -> Array:
    """Return the matrices (B, p, p) that turn the coefficients of p(u) into those of
    p(offset + slope v) as a polynomial in v, given offset and slope (B,). Their entries follow from
    the binomial theorem.

    Raises NotComputableError if a power overflows.
    """
    offsets, slopes = _powers(offset, degree), _powers(slope, degree)
    if not (np.isfinite(offsets[:, degree]) & np.isfinite(slopes[:, degree])).all():
        raise NotComputableError(
            "t lies too far from 0, or varies too little, for this degree: shift and rescale it."
        )
    chosen, missing, of_slope = _binomial(degree)
    # in the order of memory in which each matrix takes the same path through BLAS as alone
    return np.ascontiguousarray(chosen * offsets[:, missing] * slopes[:, of_slope])


def _powers(values: Array, degree: int) -> Array:
    """Return the powers 1, v, v^2, ... (B, p) of the values (B,)."""
    found = np.ones((len(values), degree + 1))
    for power in range(degree):
        np.multiply(found[:, power], values, out=found[:, power + 1])
    return found


@cache
def _binomial(degree: int) -> tuple[Array, Integers, Integers]:
    """Return the binomial coefficients (p, p) of u^k for v^j, with both powers descending, and the
    powers of the offset and of the slope in each entry. Entries with k < j are 0.
    """
    exponents = range(degree, -1, -1)
    chosen = [[float(comb(k, j)) for k in exponents] for j in exponents]
    missing = [[max(k - j, 0) for k in exponents] for j in exponents]
    of_slope = [[j] * len(exponents) for j in exponents]
    return np.array(chosen), np.array(missing), np.array(of_slope)
