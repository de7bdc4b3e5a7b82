"""What is fitted: a family of curves, each a row of parameters (p,) in the coordinates stepped
in.
"""

from collections.abc import Sequence
from typing import Protocol

from torch import Tensor

from service.descent.answers.results import Columns, Told
from service.descent.arrays import Array
from service.descent.errors import finite
from service.descent.frozen import frozen
from service.descent.loop import lecture as loop
from service.descent.points.powers import design
from service.descent.points.scaling import Coordinates
from service.descent.questions.options import Network, Params, Scale, Scaled


class Curves(Protocol):
    """How curves are computed, and how their parameters are told: finite, or NotComputableError is
    raised.
    """

    @property
    def scale(self) -> Scale:
        """The coordinates stepped in."""

    def inputs(self, t: Array) -> Array:
        """What `f` takes of the points at t (n,): (n, columns)."""

    def f(self, x: Tensor, params: Tensor) -> Tensor:
        """The curves of params (p,) or (p, rates) at x: (n,) or (n, rates)."""

    def told(self, params: Array) -> Told:
        """Params (r, p), in the caller's units."""

    def gradients(self, gradients: Array) -> Told:
        """Gradients (r, p) in the coordinates stepped in, in the same form."""

    def params(self, params: Array) -> Params | Network:
        """Params (p,), in the caller's units."""

    def scaled(self, params: Array) -> Scaled:
        """The same curve in x."""

    def predictions(self, params: Array, t: Array) -> list[list[float]]:
        """The curves of params (r, p) at t (n,), evaluated in x."""


@frozen
class Polynomials:
    """Polynomials in one kind of coordinates; `names` are those of their coefficients."""

    coordinates: Coordinates
    names: Sequence[str]

    @property
    def scale(self) -> Scale:
        """The coordinates stepped in."""
        return self.coordinates.kind

    def inputs(self, t: Array) -> Array:
        """The design matrix (n, p)."""
        return self.coordinates.design(t)

    def f(self, x: Tensor, params: Tensor) -> Tensor:
        """The lecture's."""
        return loop.f(x, params)

    def told(self, params: Array) -> Columns:
        """In the caller's units."""
        return self._columns(self.coordinates.to_caller @ params.T)

    def gradients(self, gradients: Array) -> Columns:
        """As they are."""
        return self._columns(gradients.T)

    def params(self, params: Array) -> Params:
        """In the caller's units."""
        return self._named(self.coordinates.to_caller @ params)

    def scaled(self, params: Array) -> Scaled:
        """In x."""
        frame = self.coordinates.frame
        return Scaled(frame.center, frame.scale, self._named(self.coordinates.to_scaled @ params))

    def predictions(self, params: Array, t: Array) -> list[list[float]]:
        """Evaluated in x."""
        x = design(self.coordinates.frame.x(t), len(self.names) - 1)
        return heights(x @ (self.coordinates.to_scaled @ params.T))

    def _columns(self, table: Array) -> Columns:
        """A row of the table (p, r) for each coefficient."""
        rows = zip(self.names, table.tolist(), strict=True)
        return {name: finite(row, "coefficients or gradients") for name, row in rows}

    def _named(self, values: Array) -> Params:
        return dict(zip(self.names, finite(values.tolist(), "coefficients"), strict=True))


def heights(curves: Array) -> list[list[float]]:
    """A list for each of the curves (n, r)."""
    return [
        finite(curve, "predictions", "rescale t and y, or bring `at` closer to t")
        for curve in curves.T.tolist()
    ]
