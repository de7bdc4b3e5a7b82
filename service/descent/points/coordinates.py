"""The coordinates of a descent, and the conversion back to the caller's."""

from collections.abc import Sequence
from math import sqrt

import numpy as np

from service.descent.arrays import Array, Times, product
from service.descent.errors import NotComputableError
from service.descent.points.factor import EYE, Factor
from service.descent.points.newton import Newton
from service.descent.points.scaling import AS_IT_IS, Frame, substitutions
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
            return np.vander(AS_IT_IS.x(t), p)
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
        return self.polynomials.columns(t) @ self.combined


def coordinates(
    kind: Scale, frames: Sequence[Frame], factors: Sequence[Factor], backs: Sequence[Array]
) -> list[Coordinates]:
    """Return the coordinates of one kind for the points of each factor. `backs` are the matrices
    (p, p) from x to t.

    Raises NotComputableError if finite parameters could overflow in the caller's units.
    """
    degree = len(factors[0].d) - 1
    same = EYE(degree + 1)
    if kind == "none":
        centers = np.array([float(frame.center) for frame in frames])
        to_scaled = substitutions(degree, centers, np.array([frame.scale for frame in frames]))
        return [
            Coordinates(kind, frame, matrix, back, same)
            for frame, matrix, back in zip(frames, to_scaled, backs, strict=True)
        ]
    if not all(frame.can_go_back(degree) for frame in frames):
        raise NotComputableError(
            "t varies too little, or lies too far from 0, for this degree: shift and rescale it."
        )
    if kind == "standardize":
        return [
            Coordinates(kind, frame, same, same, back)
            for frame, back in zip(frames, backs, strict=True)
        ]
    return _orthonormal(frames, factors, backs)


def _orthonormal(
    frames: Sequence[Frame], factors: Sequence[Factor], backs: Sequence[Array]
) -> list[Coordinates]:
    """Return the orthonormal coordinates for the points of each factor."""
    n = factors[0].n
    from_scaled, to_scaled = _orthonormal_matrices(
        np.array([each.invertible for each in factors]), n
    )
    _, to_newton = _orthonormal_matrices(np.array([each.triangle for each in factors]), n)
    to_caller = product(np.array(backs), to_scaled)
    return [
        Orthonormal(
            kind="orthonormal",
            frame=frame,
            to_scaled=to_scaled[i],
            from_scaled=from_scaled[i],
            to_caller=to_caller[i],
            polynomials=factors[i].polynomials,
            combined=to_newton[i, ::-1],
        )
        for i, frame in enumerate(frames)
    ]


def _orthonormal_matrices(triangles: Array, n: int) -> tuple[Array, Array]:
    """Return the matrices (B, p, p) that turn coefficients of polynomials whose factors on n points
    are the triangles (B, p, p) into those of the orthonormal ones, and their inverses. Powers
    descend in both.
    """
    signs = np.sign(np.diagonal(triangles, axis1=1, axis2=2))
    signed = triangles * signs[:, :, None] / sqrt(n)
    identities = np.broadcast_to(EYE(signs.shape[1]), signed.shape)
    inverses = np.asarray(np.linalg.solve(signed, identities), float)
    return signed[:, ::-1, ::-1], inverses[:, ::-1, ::-1]


def triangles(kind: Scale, stepped: Sequence[Coordinates], factors: Sequence[Factor]) -> Array:
    """Return the r (B, p, p) of each factor for coefficients in these coordinates."""
    if kind == "orthonormal":
        signs = np.sign([factor.triangle.diagonal() for factor in factors])
        p = signs.shape[1]
        signs[np.arange(p) >= np.array([[factor.rank] for factor in factors])] = 0
        return sqrt(factors[0].n) * signs[:, :, None] * EYE(p)[:, ::-1]
    to_scaled = np.array([each.to_scaled for each in stepped])
    return product(np.array([factor.r for factor in factors]), to_scaled[:, ::-1])
