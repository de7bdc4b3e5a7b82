"""The losses: how far predictions are from their targets, in the mean over the points."""

from collections.abc import Callable
from functools import partial

from torch import Tensor

from service.descent.questions.methods import Huber, Loss, Mae

Criterion = Callable[[Tensor, Tensor], Tensor]
"""From predictions (n,) or (n, rates) and targets (n,) or (n, 1), the loss () or (rates,)."""


def mse(preds: Tensor, targets: Tensor) -> Tensor:
    """The mean squared error."""
    return ((preds - targets) ** 2).mean(0)


def mae(preds: Tensor, targets: Tensor) -> Tensor:
    """The mean absolute error."""
    return (preds - targets).abs().mean(0)


def huber(preds: Tensor, targets: Tensor, *, delta: float) -> Tensor:
    """Half the square of what is at most delta; of more, delta times what it is less half delta; in
    the mean.
    """
    residual = preds - targets
    near = residual.clamp(-delta, delta)
    return (near * (residual - near / 2)).mean(0)


def criterion(loss: Loss) -> Criterion:
    """The loss that is asked for."""
    if isinstance(loss, Huber):
        return partial(huber, delta=loss.delta)
    return mae if isinstance(loss, Mae) else mse
