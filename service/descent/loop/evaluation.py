"""The loss of a set of points, for any curve."""

import torch
from torch import Tensor

from service.descent.arrays import Array
from service.descent.frozen import readonly
from service.descent.loop.lecture import Criterion, CurveFunction


@readonly
class Evaluation:
    """The loss of n points as a function of the parameters. `x` holds the inputs of the curve, one
    row per point, and `y` (n,) the targets.
    """

    curve: CurveFunction
    criterion: Criterion
    x: Tensor
    y: Tensor

    def __call__(self, params: Tensor) -> Tensor:
        """Return the loss () of params (p,), or the losses (rates,) of params (p, rates)."""
        targets = self.y
        if params.ndim > 1:
            targets = targets[:, None]
        return self.criterion(self.curve(self.x, params), targets)

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
