"""The coordinates of a descent, and the conversion back to the caller's."""

from collections.abc import Sequence
from math import sqrt

import numpy as np

from service.descent.arrays import Array, Integers, Times, product
from service.descent.errors import NotComputableError
from service.descent.points.factor import Factor, Factors, identity
from service.descent.points.newton import Newton
from service.descent.points.scaling import Frame, Frames
from service.descent.questions.options import Scale
from service.descent.readonly import readonly


@readonly
class Coordinates:
    """The coordinates of a descent: the powers of t or of x.

    The matrices (p, p) act on coefficients in the order a, b, c, ...
    """

    kind: Scale
    frame: Frame
    to_scaled: Array
    from_scaled: Array
    to_caller: Array

    def design(self, t: Times) -> Array:
        """Return the design matrix (n, p) in these coordinates."""
        p = len(self.to_scaled)
        if self.kind == "none":
            return np.vander(self.frame.as_it_is.x(t), p)
        return np.vander(self.frame.x(t), p)


@readonly
class Orthonormal(Coordinates):
    """Coordinates whose columns are polynomials with mean square 1 on the points, orthogonal there.

    They are combinations of Newton's polynomials, by the matrix `combined` (p, p), because powers
    of x lose their digits on crowded points. Each has a positive leading coefficient. Degrees that
    the points do not determine keep a polynomial that is zero on the points.
    """

    polynomials: Newton
    combined: Array

    def design(self, t: Times) -> Array:
        """Return the design matrix (n, p) in these coordinates."""
        return product(self.polynomials.columns(t), self.combined)


@readonly
class CoordinateStack:
    """The coordinates of B samples of the same size: each field of coordinates, with a first axis
    of length B. `triangle` (B, p, p) is the r of each factor for coefficients in these coordinates.
    `combined` is that of orthonormal coordinates.
    """

    kind: Scale
    to_scaled: Array
    from_scaled: Array
    to_caller: Array
    triangle: Array
    combined: Array | None = None

    def part(self, rows: Integers) -> "CoordinateStack":
        """Return the coordinates of these samples."""
        return CoordinateStack(
            self.kind,
            to_scaled=self.to_scaled[rows],
            from_scaled=self.from_scaled[rows],
            to_caller=self.to_caller[rows],
            triangle=self.triangle[rows],
            combined=None if self.combined is None else self.combined[rows],
        )

    def of_each(self, frames: Sequence[Frame], factors: Sequence[Factor]) -> list[Coordinates]:
        """Return the coordinates of each sample, given the frame and the factor of each."""
        matrices = (self.to_scaled, self.from_scaled, self.to_caller)
        if self.combined is None:
            return [Coordinates(self.kind, *each) for each in zip(frames, *matrices, strict=True)]
        newtons = [factor.polynomials for factor in factors]
        return [
            Orthonormal(self.kind, *each)
            for each in zip(frames, *matrices, newtons, self.combined, strict=True)
        ]


def coordinates(kind: Scale, factors: Factors, frames: Frames, backs: Array) -> CoordinateStack:
    """Return the coordinates of one kind for the points of each factor. `backs` (B, p, p) are the
    matrices from the x of the frames to t.

    Raises NotComputableError if finite parameters could overflow in the caller's units.
    """
    degree = factors.d.shape[1] - 1
    same = np.broadcast_to(identity(degree + 1), backs.shape)
    if kind == "none":
        to_scaled = frames.from_caller(degree)
        triangle = factors.r @ to_scaled[:, ::-1]
        return CoordinateStack(kind, to_scaled, backs, same, triangle)
    if not frames.can_go_back(degree).all():
        raise NotComputableError(
            "t varies too little, or lies too far from 0, for this degree: shift and rescale it."
        )
    if kind == "standardize":
        return CoordinateStack(kind, same, same, backs, factors.r[:, :, ::-1])
    from_scaled, to_scaled = _orthonormal(factors.invertible, factors.n)
    _, to_newton = _orthonormal(factors.triangle, factors.n)
    signs = np.sign(np.diagonal(factors.triangle, axis1=1, axis2=2))
    signs = np.where(np.arange(degree + 1) < factors.rank[:, None], signs, 0.0)
    return CoordinateStack(
        kind,
        to_scaled,
        from_scaled,
        to_caller=backs @ to_scaled,
        triangle=sqrt(factors.n) * signs[:, :, None] * identity(degree + 1)[:, ::-1],
        combined=to_newton[:, ::-1],
    )


def _orthonormal(triangles: Array, n: int) -> tuple[Array, Array]:
    """Return the matrices (B, p, p) that turn coefficients of polynomials whose factors on n points
    are the triangles (B, p, p) into those of the orthonormal ones, and their inverses. Powers
    descend in both.
    """
    signs = np.sign(np.diagonal(triangles, axis1=1, axis2=2))
    signed = triangles * signs[:, :, None] / sqrt(n)
    identities = np.broadcast_to(identity(signs.shape[1]), signed.shape)
    inverses = np.asarray(np.linalg.solve(signed, identities), float)
    return signed[:, ::-1, ::-1], inverses[:, ::-1, ::-1]
