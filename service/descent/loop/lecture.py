"""The lecture's seven steps: the definition of every result. What varies is given: the curve, the
loss, the batches, the optimizer.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import count

import torch
from torch import Tensor

from service.descent.frozen import frozen
from service.descent.loop.batches import Batch
from service.descent.loop.losses import Criterion
from service.descent.loop.optimizers import Lr, Update

DTYPES = {"float64": torch.float64, "float32": torch.float32}

Curve = Callable[[Tensor, Tensor], Tensor]
"""From what it takes of the points, a row a point, and parameters (p,) or (p, rates), the
predictions (n,) or (n, rates).
"""


@frozen
class Step:
    """Where the descent stands after `number` updates: its params, and the loss () or (rates,) and
    gradient of its next batch there.
    """

    number: int
    loss: Tensor
    params: Tensor
    gradient: Tensor


def f(x: Tensor, params: Tensor) -> Tensor:
    """The curve a t^2 + b t + c at every point: the columns of x are t^2, t and 1."""
    return x @ params


def descend(
    curve: Curve,
    criterion: Criterion,
    start: Tensor,
    *,
    batches: Iterable[Batch],
    update: Update,
    lr: Callable[[int], Lr],
) -> Iterator[Step]:
    """Every step from 0, before any update, on; from a start (p,), or (p, rates) for a descent at
    each of several rates.
    """
    params = start.clone().requires_grad_()  # 1. initialise
    for number, (x, y) in zip(count(), batches, strict=False):
        preds = curve(x, params)  # 2. predict
        loss = criterion(preds, y)  # 3. loss
        (gradient,) = torch.autograd.grad(loss.sum(), params)  # 4. gradient
        yield Step(number, loss.detach(), params.detach().clone(), gradient)
        with torch.no_grad():
            update(params, gradient, lr(number))  # 5. step
        # 6. repeat, 7. stop: when whoever watches has seen enough
