"""The scaled coordinate of the points, and its conversion from and to the caller's."""

from collections.abc import Sequence
from functools import cache
from math import comb, hypot, sqrt
from typing import Self

import numpy as np

from service.descent.arrays import Array, Integers, Mask, Times, difference
from service.descent.errors import NotComputableError
from service.descent.methods.bounds import MAX_NUMBER
from service.descent.methods.stamps import write_stamp
from service.descent.readonly import readonly

SMALLEST_SCALE = 1e-140
"""The smallest deviation whose square has all digits, also where some points are much closer."""


@readonly
class Frame:
    """The scaled coordinate x = (t - center) / scale. The center of integers is an integer, so that
    their differences from it are exact.

    `unit` is the caller's unit of t: 1, or the nanoseconds of a second for time stamps.
    """

    center: float
    scale: float
    unit: float = 1.0

    def x(self, t: Times) -> Array:
        """Return t (n,) in the scaled coordinate."""
        return difference(t, self.center) / self.scale

    @property
    def as_it_is(self) -> "Frame":
        """The frame whose x is t itself, in the caller's unit."""
        return Frame(0.0, self.unit, self.unit)

    def in_units(self) -> tuple[float | str, float]:
        """Return the center and the scale as they are sent and returned: those of time stamps are a
        stamp and seconds.
        """
        if self.unit == 1:
            return self.center, self.scale
        return write_stamp(int(self.center)), self.scale / self.unit


@readonly
class Frames:
    """The centers and the scales (B,) of B samples, and their common unit."""

    centers: Times
    scales: Array
    unit: float = 1.0

    @classmethod
    def of(cls, frames: Sequence[Frame]) -> Self:
        """Return the frames, which have the same unit, as a stack."""
        centers = np.array([frame.center for frame in frames])
        return cls(centers, np.array([frame.scale for frame in frames]), frames[0].unit)

    def of_each(self) -> list[Frame]:
        """Return the frame of each sample."""
        each = zip(self.centers.tolist(), self.scales.tolist(), strict=True)
        return [Frame(center, scale, self.unit) for center, scale in each]

    @property
    def identity(self) -> bool:
        """True if x is t itself, in the caller's unit, in each sample."""
        return bool((self.centers == 0).all() and (self.scales == self.unit).all())

    def part(self, rows: Integers) -> "Frames":
        """Return the frames of these samples."""
        return Frames(self.centers[rows], self.scales[rows], self.unit)

    def x(self, t: Times) -> Array:
        """Return t (B, n) in the scaled coordinates."""
        return difference(t, self.centers[:, None]) / self.scales[:, None]

    def to_caller(self, degree: int) -> Array:
        """Return the matrices (B, p, p) that turn coefficients of x into coefficients of t.

        Raises NotComputableError if a number overflows.
        """
        return substitutions(degree, -self.centers / self.scales, self.unit / self.scales)

    def from_caller(self, degree: int) -> Array:
        """Return the matrices (B, p, p) that turn coefficients of t into coefficients of x.

        Raises NotComputableError if a number overflows.
        """
        return substitutions(degree, self.centers / self.unit, self.scales / self.unit)

    def can_go_back(self, degree: int) -> Mask:
        """Return for which samples every entry of the matrix from x to t is at most 1e150.

        By the binomial theorem, the entries are at most ((|center| + unit) / scale)^degree, or 1.
        """
        largest: float = MAX_NUMBER ** (1 / degree)
        possible: Mask = (np.abs(self.centers) + self.unit) / self.scales <= largest
        return possible

    def from_frames(self, degree: int, others: "Frames") -> Array:
        """Return the matrices (B, p, p) that turn coefficients in the other frames into
        coefficients in these. For equal frames they are exactly the identity.

        Raises NotComputableError if a number overflows.
        """
        offsets = difference(self.centers, others.centers) / others.scales
        return substitutions(degree, offsets, self.scales / others.scales)

    def have_powers(self, t: Times, degree: int) -> Mask:
        """Return for which samples t (B, n) the powers |t|^degree are at most 1e150, small enough
        to be squared.
        """
        largest: float = MAX_NUMBER ** (1 / degree)
        farthest = np.maximum(t.max(axis=1), -t.min(axis=1))
        can_be_squared: Mask = farthest / self.unit <= largest
        return can_be_squared


def frame(t: Times, unit: float = 1.0) -> Frame:
    """Return the frame of t (n,)."""
    return frames(t[None], unit).of_each()[0]


def frames(t: Times, unit: float = 1.0) -> Frames:
    """Return the center and the scale of each row of t (B, n): its mean and its population
    deviation, or the unit if that is 0.
    """
    n = t.shape[1]
    means = difference(t, t[:, :1]).sum(axis=1) / n
    if t.dtype == np.int64:
        means = np.rint(means).astype(np.int64)
    centers = t[:, 0] + means
    away = difference(t, centers[:, None])
    scales = np.sqrt(np.square(away, out=away).sum(axis=1) / n)
    for row in np.flatnonzero(scales < SMALLEST_SCALE).tolist():
        # squares of such numbers lose digits, or are 0
        scales[row] = hypot(*difference(t[row], centers[row]).tolist()) / sqrt(n) or unit
    return Frames(centers, scales, unit)


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
