"""Families of curves that can be fitted, and the loss of any of them on a set of points. Each curve
is a row of parameters (p,) in the coordinates of the descent.

The methods that return parameters, gradients or predictions raise NotComputableError if a number is
not finite.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from service.descent.answers.results import Columns, ParamColumns
from service.descent.arrays import Array, Times, dotted, product
from service.descent.errors import finite
from service.descent.loop import lecture as loop
from service.descent.loop.batches import Batch
from service.descent.loop.lecture import CurveFunction
from service.descent.methods.method import Criterion
from service.descent.methods.models.model import FormulaModel
from service.descent.methods.models.parameters import Network, Params, Scaled
from service.descent.points.coordinates import Coordinates
from service.descent.points.dataset import Sample
from service.descent.points.scaling import Frame
from service.descent.questions.options import Scale
from service.descent.readonly import readonly


@readonly
class Polynomials:
    """Polynomials in one kind of coordinates. `names` are the names of their coefficients."""

    coordinates: Coordinates
    names: Sequence[str]

    @property
    def scale(self) -> Scale:
        """The coordinates of the descent."""
        return self.coordinates.kind

    def inputs(self, t: Times) -> Array:
        """Return the inputs of `f`, the design matrix (n, p), for the points at t (n,)."""
        return self.coordinates.design(t)

    def f(self, x: Tensor, params: Tensor) -> Tensor:
        """Return the curves of params (p,) or (p, rates) at x: (n,) or (n, rates)."""
        return loop.f(x, params)

    def param_columns(self, params: Array) -> Columns:
        """Return params (r, p) in the caller's units, one column per coefficient."""
        return self._columns(self.coordinates.to_caller @ params.T)

    def gradients(self, gradients: Array) -> Columns:
        """Return gradients (r, p) in the coordinates of the descent, one column per coefficient."""
        return self._columns(gradients.T)

    def params(self, params: Array) -> Params:
        """Return params (p,) in the caller's units."""
        return self._named(dotted(self.coordinates.to_caller, params))

    def scaled(self, params: Array) -> Scaled:
        """Return the polynomial of params (p,) as a function of x."""
        frame = self.coordinates.frame
        return Scaled(*frame.in_units(), self._named(dotted(self.coordinates.to_scaled, params)))

    def predictions(self, params: Array, t: Times) -> list[list[float]]:
        """Return the curves of params (r, p) at t (n,). Powers of t are evaluated as those of x."""
        stepped = self.coordinates
        if stepped.kind != "none":
            return heights(product(stepped.design(t), params.T))
        powers = np.vander(stepped.frame.x(t), len(self.names))
        return heights(product(powers, product(stepped.to_scaled, params.T)))

    def _columns(self, table: Array) -> Columns:
        """Return a named list for each row of the table (p, r)."""
        rows = zip(self.names, table.tolist(), strict=True)
        return {name: finite(row, "coefficients or gradients") for name, row in rows}

    def _named(self, values: list[float]) -> Params:
        return dict(zip(self.names, finite(values, "coefficients"), strict=True))


@readonly
class FormulaCurves:
    """The curves of a model without a closed form. Their input is t, or x = (t - center) / scale,
    the coordinate of `frame`.
    """

    model: FormulaModel
    frame: Frame
    scale: Scale

    @property
    def _input_frame(self) -> Frame:
        return self.frame.as_it_is if self.scale == "none" else self.frame

    def inputs(self, t: Times) -> Array:
        """Return the inputs of `f`, a column (n, 1), for the points at t (n,)."""
        return self._input_frame.x(t)[:, None]

    def f(self, x: Tensor, params: Tensor) -> Tensor:
        """Return the curves of params (p,) or (p, rates) at x: (n,) or (n, rates)."""
        curves = self.model.f(x, params)
        return curves[:, 0] if params.ndim == 1 else curves

    def start(self, sample: Sample) -> Array:
        """Return the initial parameters (p,)."""
        if sample.start_frame is None:
            return sample.start
        return self._reframed(sample.start, sample.start_frame, self._input_frame)

    def _reframed(self, params: Array, theirs: Frame, ours: Frame) -> Array:
        """Return the parameters (..., p) of the same curves for inputs in the frame `ours` instead
        of `theirs`.
        """
        offset = (ours.center - theirs.center) / theirs.scale
        return self.model.substituted(params, offset, ours.scale / theirs.scale)

    def param_columns(self, params: Array) -> ParamColumns:
        """Return params (r, p) in the caller's units."""
        return self.gradients(self._reframed(params, self._input_frame, self.frame.as_it_is))

    def gradients(self, gradients: Array) -> ParamColumns:
        """Return gradients (r, p) in the coordinates of the descent, formatted like params."""
        named = [self._named(row) for row in gradients]
        columns = [each for each in named if isinstance(each, dict)]
        if columns:
            return {name: [each[name] for each in columns] for name in columns[0]}
        return [each for each in named if isinstance(each, Network)]

    def params(self, params: Array) -> Params | Network:
        """Return params (p,) in the caller's units."""
        return self._named(self._reframed(params, self._input_frame, self.frame.as_it_is))

    def scaled(self, params: Array) -> Scaled:
        """Return the curve of params (p,) as a function of x."""
        of_x = self._reframed(params, self._input_frame, self.frame)
        return Scaled(*self.frame.in_units(), self._named(of_x))

    def predictions(self, params: Array, t: Times) -> list[list[float]]:
        """Return the curves of params (r, p) at t (n,), computed by torch in float64."""
        with torch.no_grad():
            return heights(self.f(torch.tensor(self.inputs(t)), torch.tensor(params.T)).numpy())

    def _named(self, row: Array) -> Params | Network:
        return self.model.named(finite(row.tolist(), "parameters or gradients"))


Curves = Polynomials | FormulaCurves


def heights(curves: Array) -> list[list[float]]:
    """Return a list for each column of the curves (n, r)."""
    return [
        finite(curve, "predictions", "rescale t and y, or bring `at` closer to t")
        for curve in curves.T.tolist()
    ]


@readonly
class Evaluation:
    """The loss of n points as a function of the parameters. `x` holds the inputs of the curve, one
    row per point, `y` (n,) the targets, and `weights` (n,) the weights of the points, if they have
    some.
    """

    curve: CurveFunction
    criterion: Criterion
    x: Tensor
    y: Tensor
    weights: Tensor | None = None

    def __call__(self, params: Tensor) -> Tensor:
        """Return the loss () of params (p,), or the losses (rates,) of params (p, rates)."""
        _, targets, weights = self.batch(params)
        return self.criterion(self.curve(self.x, params), targets, weights)

    def batch(self, params: Tensor) -> Batch:
        """Return all points in the shape for params (p,) or (p, rates)."""
        if params.ndim == 1:
            return self.x, self.y, self.weights
        return self.x, self.y[:, None], None if self.weights is None else self.weights[:, None]

    def loss(self, params: Array) -> Array:
        """Return the losses (r,) of params (r, p); a loss that overflows is not finite."""
        with torch.no_grad():
            losses: Array = self(torch.tensor(params.T, dtype=self.x.dtype)).double().numpy()
        return losses

    def gradient(self, params: Tensor) -> Tensor:
        """Return the gradient (p,) of the loss with respect to params (p,)."""
        params = params.clone().requires_grad_()
        (gradient,) = torch.autograd.grad(self(params), params)
        return gradient
