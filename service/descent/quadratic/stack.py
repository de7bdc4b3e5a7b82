"""Descents of the same size as one stack of arrays: B samples of n points, and p coefficients."""

import numpy as np

from service.descent.arrays import Array, Integers, Mask, Times
from service.descent.errors import NotComputableError
from service.descent.points.coordinates import CoordinateStack, coordinates
from service.descent.points.factor import Factors, factorize_all
from service.descent.points.portable import opened
from service.descent.points.scaling import Frames
from service.descent.quadratic.modes import ModeStack, decompose
from service.descent.questions.factors import PortableFactor
from service.descent.questions.options import Scale
from service.descent.readonly import readonly


@readonly
class SampleStack:
    """The points of B samples in compressed form, for any coordinates.

    `frames` give x, and `modes` are those of the powers of x. `backs` (B, p, p) turn coefficients
    of x into coefficients of t. `have_powers` (B,) says whether the powers of t can be squared.
    """

    frames: Frames
    factors: Factors
    modes: ModeStack
    degree: int
    backs: Array
    have_powers: Mask

    def part(self, rows: Integers) -> "SampleStack":
        """Return these samples."""
        return SampleStack(
            frames=self.frames.part(rows),
            factors=self.factors.part(rows),
            modes=self.modes.part(rows),
            degree=self.degree,
            backs=self.backs[rows],
            have_powers=self.have_powers[rows],
        )


@readonly
class DescentStack:
    """B descents in one kind of coordinates, from `start` (B, p), where the modes have `residual`
    (B, p).
    """

    samples: SampleStack
    coordinates: CoordinateStack
    start: Array
    modes: ModeStack
    residual: Array

    def part(self, rows: Integers) -> "DescentStack":
        """Return these descents."""
        return DescentStack(
            samples=self.samples.part(rows),
            coordinates=self.coordinates.part(rows),
            start=self.start[rows],
            modes=self.modes.part(rows),
            residual=self.residual[rows],
        )


def compress_samples(
    t: Times, y: Array, degree: int, seen: Frames, roots: Array | None = None
) -> SampleStack:
    """Return the samples t (B, n) and y (B, n), whose frames are given, in compressed form. If the
    points have weights, their roots (B, n) are given.

    Raises NotComputableError if t cannot be rescaled.
    """
    factors = factorize_all(t, y, degree, seen, roots)
    return SampleStack(
        frames=seen,
        factors=factors,
        modes=decompose(factors.r[:, :, ::-1], factors.n),
        degree=degree,
        backs=seen.to_caller(degree),
        have_powers=seen.have_powers(t, degree),
    )


def opened_sample(factor: PortableFactor) -> tuple[SampleStack, list[float | None]]:
    """Return a stack of one sample, that of a factor, and the standard deviation of the error of
    a point of the mean weight, if it is known.

    Raises NotComputableError if t cannot be rescaled.
    """
    seen, factors, deviation = opened(factor)
    ends = np.array([factor.positions.extent], float)
    sample = SampleStack(
        frames=seen,
        factors=factors,
        modes=decompose(factors.r[:, :, ::-1], factors.n),
        degree=factor.degree,
        backs=seen.to_caller(factor.degree),
        have_powers=seen.have_powers(ends, factor.degree),
    )
    return sample, [deviation]


def descents(
    scale: Scale, samples: SampleStack, starts: Array, given: Frames | None
) -> DescentStack:
    """Return the descents of the samples in one kind of coordinates. The starts (B, p) are in these
    coordinates or, if frames are `given`, in those.

    Raises NotComputableError if numbers in these coordinates are too large.
    """
    factors, modes = samples.factors, samples.modes
    if scale == "none" and not samples.have_powers.all():
        raise NotComputableError(
            f'|t|^{samples.degree} exceeds 1e150: set `scale` to "standardize", or lower the '
            "degree."
        )
    stepped = coordinates(scale, factors, samples.frames, samples.backs)
    if given is not None and not (scale == "none" and given.identity):
        to_scaled = samples.frames.from_frames(samples.degree, given)
        starts = (stepped.from_scaled @ (to_scaled @ starts[:, :, None]))[:, :, 0]
    if scale != "standardize":
        modes = decompose(stepped.triangle, factors.n)
    return DescentStack(samples, stepped, starts, modes, modes.residual(factors, starts))
