"""The coordinates of a descent, and the conversion back to the caller's."""

from math import sqrt

import numpy as np
from scipy.linalg.lapack import dtrtrs

from service.descent.arrays import Array, Times
from service.descent.errors import NotComputableError
from service.descent.points.factor import EYE, Factor
from service.descent.points.newton import Newton
from service.descent.points.scaling import AS_IT_IS, Frame
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

    def triangle(self, factor: Factor) -> Array:
        """Return the factor's r (p, p) for coefficients in these coordinates."""
        return factor.r @ self.to_scaled[::-1]


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

    def triangle(self, factor: Factor) -> Array:
        """Return the factor's r (p, p) for coefficients in these coordinates."""
        signs = np.sign(factor.triangle.diagonal())
        signs[factor.rank :] = 0
        return sqrt(factor.n) * np.diag(signs)[:, ::-1]


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
    from_scaled, from_newton = (
        orthonormal(triangle, factor.n) for triangle in (factor.invertible, factor.triangle)
    )
    to_scaled, to_newton = (
        dtrtrs(matrix, same, lower=True)[0] for matrix in (from_scaled, from_newton)
    )
    return Orthonormal(
        kind=kind,
        frame=frame,
        to_scaled=to_scaled,
        from_scaled=from_scaled,
        to_caller=back @ to_scaled,
        polynomials=factor.polynomials,
        combined=to_newton[::-1],
    )


def orthonormal(triangle: Array, n: int) -> Array:
    """Return the matrix (p, p) that turns coefficients of polynomials whose factor on n points is
    `triangle` (p, p) into those of the orthonormal ones. Powers descend in the matrix.
    """
    signed = triangle * np.sign(triangle.diagonal())[:, None]
    return np.ascontiguousarray(signed[::-1, ::-1]) / sqrt(n)
