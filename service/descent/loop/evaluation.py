"""The loss of some points, whatever the curve."""

import torch
from torch import Tensor

from service.descent.arrays import Array
from service.descent.frozen import frozen
from service.descent.loop.lecture import Curve
from service.descent.loop.losses import Criterion


@frozen
class Evaluation:
    """What the curve takes of n points, a row a point, and their targets (n,)."""

    curve: Curve
    criterion: Criterion
    x: Tensor
    y: Tensor

    def __call__(self, params: Tensor) -> Tensor:
        """The loss () of params (p,), or the losses (rates,) of params (p, rates)."""
        return self.criterion(
            self.curve(self.x, params), self.y if params.ndim == 1 else self.y[:, None]
        )

    def loss(self, params: Array) -> Array:
        """The losses (r,) of params (r, p); not finite where they overflow."""
        with torch.no_grad():
            losses: Array = self(torch.tensor(params.T, dtype=self.x.dtype)).double().numpy()
        return losses

    def gradient(self, params: Tensor) -> Tensor:
        """With respect to params (p,)."""
        params = params.clone().requires_grad_()
        (gradient,) = torch.autograd.grad(self(params), params)
        return gradient
