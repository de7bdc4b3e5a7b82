"""The losses: the mean distance between predictions and targets over the points."""

from collections.abc import Callable
from functools import partial

from torch import Tensor

from service.descent.questions.methods import Huber, Loss, Mae

Criterion = Callable[[Tensor, Tensor], Tensor]
"""A function that returns the loss, () or (rates,), of predictions (n,) or (n, rates) and targets
(n,) or (n, 1).
"""


def mse(preds: Tensor, targets: Tensor) -> Tensor:
    """Return the mean squared error."""
    return ((preds - targets) ** 2).mean(0)


def mae(preds: Tensor, targets: Tensor) -> Tensor:
    """Return the mean absolute error."""
    return (preds - targets).abs().mean(0)


def huber(preds: Tensor, targets: Tensor, *, delta: float) -> Tensor:
    """Return the mean Huber loss: half the square of a residual up to delta, and delta * (residual
    - delta / 2) beyond, for its absolute value.
    """
    residual = preds - targets
    near = residual.clamp(-delta, delta)
    return (near * (residual - near / 2)).mean(0)


def criterion(loss: Loss) -> Criterion:
    """Return the function of the requested loss."""
    if isinstance(loss, Huber):
        return partial(huber, delta=loss.delta)
    if isinstance(loss, Mae):
        return mae
    return mse
