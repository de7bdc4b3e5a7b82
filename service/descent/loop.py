"""The lecture's seven steps: the definition of every result."""

from collections.abc import Iterator

import torch
from torch import Tensor

from service.descent.frozen import frozen

DTYPES = {"float64": torch.float64, "float32": torch.float32}


@frozen
class Step:
    """Where the descent stands after `number` updates."""

    number: int
    loss: float
    params: Tensor
    gradient: Tensor


def f(x: Tensor, params: Tensor) -> Tensor:
    """The curve a t^2 + b t + c at every point: the columns of x are t^2, t and 1."""
    return x @ params


def mse(preds: Tensor, targets: Tensor) -> Tensor:
    """The mean squared error."""
    return ((preds - targets) ** 2).mean()


def descend(x: Tensor, y: Tensor, start: Tensor, *, lr: float, steps: int) -> Iterator[Step]:
    """Every step from 0 (before any update) to `steps`, for a design matrix x (n, p), targets y (n,) and start (p,)."""
    params = start.clone().requires_grad_()  # 1. initialise
    for number in range(steps + 1):
        preds = f(x, params)  # 2. predict
        loss = mse(preds, y)  # 3. loss
        (gradient,) = torch.autograd.grad(loss, params)  # 4. gradient
        yield Step(number, loss.item(), params.detach().clone(), gradient)
        with torch.no_grad():
            params -= lr * gradient  # 5. step
        # 6. repeat, 7. stop: after `steps`, or when whoever watches leaves
