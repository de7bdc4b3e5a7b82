"""The modes of a descent with weight decay. It minimises the loss plus decay / 2 times the sum of
squares of the parameters in the coordinates of the descent, which is ridge regression.
"""

from collections.abc import Sequence
from math import sqrt

import numpy as np

from service.descent.answers.results import Ridge
from service.descent.arrays import Array
from service.descent.errors import finite
from service.descent.quadratic.modes import Modes, determined
from service.descent.readonly import readonly


@readonly
class RidgeModes(Modes):
    """The modes of the triangle with `appended` times the identity below it: the excess of what is
    minimised is 1 / n times its sum of squares.

    The directions are those of the triangle alone. In each mode one Givens rotation, of a `cosine`
    (p,) and a `sine` (p,), eliminates the appended row. `fitted` (p,) is d in the modes.
    """

    appended: float
    cosine: Array
    sine: Array
    fitted: Array

    @property
    def lowest(self) -> float:
        """The loss of the points at the minimum."""
        return self.loss(np.zeros_like(self.fitted))

    @property
    def kept(self) -> Array:
        """The residual (p,) of the points in each mode at the minimum."""
        return -self.sine * self.sine * self.fitted

    @property
    def minimum(self) -> Array:
        """The parameters (p,) at the minimum, in the coordinates of the descent."""
        return (self.cosine * self.fitted * self.sine / self.appended) @ self.directions

    @property
    def slope(self) -> Array:
        """The gradient (p,) of the loss of the points along each mode, per unit of residual."""
        return 2 / self.factor.n * self.cosine * self.singular

    @property
    def degrees_of_freedom(self) -> float:
        """The sum of the fractions of y in each mode that the minimum fits."""
        freedom: float = np.square(self.cosine).sum().item()
        return freedom

    def residual(self, start: Array) -> Array:
        """Return the residual (..., p) of each mode at parameters (..., p). Its square is n times
        the excess of the mode.
        """
        of_points = (start @ self.triangle.T - self.factor.d) @ self.basis
        of_decay = self.appended * (start @ self.directions.T)
        return self.cosine * of_points + self.sine * of_decay

    def loss(self, residual: Array) -> float:
        """Return the loss of the points where the modes have the residual (p,)."""
        left: float = np.square(self.of_points(residual)).sum().item()
        return (self.factor.rss + left) / self.factor.n

    def of_points(self, residual: Array) -> Array:
        """Return the residual (..., p) of the points in each mode, given that of the modes."""
        return self.cosine * residual + self.kept


def with_decay(modes: Modes, decay: float) -> Modes:
    """Return the modes with weight decay, or as they are if it is below the range of a double."""
    factor, appended = modes.factor, sqrt(modes.factor.n * decay / 2)
    if not appended:
        return modes
    singular = np.hypot(modes.singular, appended)
    values = determined(singular, factor.n).tolist()
    return RidgeModes(
        factor=factor,
        triangle=modes.triangle,
        basis=modes.basis,
        directions=modes.directions,
        singular=values,
        eigenvalues=[
            eigenvalue + decay if value else 0.0
            for eigenvalue, value in zip(modes.eigenvalues, values, strict=True)
        ],
        appended=appended,
        cosine=modes.singular / singular,
        sine=appended / singular,
        fitted=factor.d @ modes.basis,
    )


def ridge_minimum(modes: RidgeModes, to_caller: Array, names: Sequence[str]) -> Ridge:
    """Return the minimum. `to_caller` (p, p) turns its parameters into the caller's units.

    Raises NotComputableError if one of them is too large for a double.
    """
    params = finite((to_caller @ modes.minimum).tolist(), "coefficients of the minimum")
    return Ridge(dict(zip(names, params, strict=True)), modes.lowest, modes.degrees_of_freedom)
