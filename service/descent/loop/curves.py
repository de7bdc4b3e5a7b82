"""Families of curves that can be fitted. Each curve is a row of parameters (p,) in the coordinates
of the descent.
"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from torch import Tensor

from service.descent.answers.results import Columns, ParamColumns
from service.descent.arrays import Array
from service.descent.errors import finite
from service.descent.frozen import readonly
from service.descent.loop import lecture as loop
from service.descent.methods.models.parameters import Network, Params, Scaled
from service.descent.points.scaling import Coordinates
from service.descent.questions.options import Scale


class Curves(Protocol):
    """A family of curves.

    The methods that return parameters, gradients or predictions raise NotComputableError if a
    number is not finite.
    """

    @property
    def scale(self) -> Scale:
        """The coordinates of the descent."""

    def inputs(self, t: Array) -> Array:
        """Return the inputs of `f` (n, columns) for the points at t (n,)."""

    def f(self, x: Tensor, params: Tensor) -> Tensor:
        """Return the curves of params (p,) or (p, rates) at x: (n,) or (n, rates)."""

    def param_columns(self, params: Array) -> ParamColumns:
        """Return params (r, p) in the caller's units."""

    def gradients(self, gradients: Array) -> ParamColumns:
        """Return gradients (r, p) in the coordinates of the descent, formatted like params."""

    def params(self, params: Array) -> Params | Network:
        """Return params (p,) in the caller's units."""

    def scaled(self, params: Array) -> Scaled:
        """Return the curve of params (p,) as a function of x."""

    def predictions(self, params: Array, t: Array) -> list[list[float]]:
        """Return the curves of params (r, p) at t (n,), evaluated in x."""


@readonly
class Polynomials:
    """Polynomials in one kind of coordinates. `names` are the names of their coefficients."""

    coordinates: Coordinates
    names: Sequence[str]

    @property
    def scale(self) -> Scale:
        """The coordinates of the descent."""
        return self.coordinates.kind

    def inputs(self, t: Array) -> Array:
        """Return the design matrix (n, p) for the points at t (n,)."""
        return self.coordinates.design(t)

    def f(self, x: Tensor, params: Tensor) -> Tensor:
        """Return the predictions of the lecture's function `f`."""
        return loop.f(x, params)

    def param_columns(self, params: Array) -> Columns:
        """Return params (r, p) in the caller's units, one column per coefficient."""
        return self._columns(self.coordinates.to_caller @ params.T)

    def gradients(self, gradients: Array) -> Columns:
        """Return gradients (r, p) in the coordinates of the descent, one column per coefficient."""
        return self._columns(gradients.T)

    def params(self, params: Array) -> Params:
        """Return params (p,) in the caller's units."""
        return self._named(self.coordinates.to_caller @ params)

    def scaled(self, params: Array) -> Scaled:
        """Return the polynomial of params (p,) as a function of x."""
        frame = self.coordinates.frame
        return Scaled(frame.center, frame.scale, self._named(self.coordinates.to_scaled @ params))

    def predictions(self, params: Array, t: Array) -> list[list[float]]:
        """Return the curves of params (r, p) at t (n,), evaluated in x."""
        powers = np.vander(self.coordinates.frame.x(t), len(self.names))
        return heights(powers @ (self.coordinates.to_scaled @ params.T))

    def _columns(self, table: Array) -> Columns:
        """Return a named list for each row of the table (p, r)."""
        rows = zip(self.names, table.tolist(), strict=True)
        return {name: finite(row, "coefficients or gradients") for name, row in rows}

    def _named(self, values: Array) -> Params:
        return dict(zip(self.names, finite(values.tolist(), "coefficients"), strict=True))


def heights(curves: Array) -> list[list[float]]:
    """Return a list for each column of the curves (n, r).

    Raises NotComputableError if a value is not finite.
    """
    return [
        finite(curve, "predictions", "rescale t and y, or bring `at` closer to t")
        for curve in curves.T.tolist()
    ]
