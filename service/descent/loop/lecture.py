"""The lecture's seven steps, which define every result. The curve, the loss, the batches and the
optimizer are parameters.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import count

import torch
from torch import Tensor

from service.descent.loop.batches import Batch
from service.descent.methods.method import Criterion, LearningRates, Update
from service.descent.readonly import readonly

DTYPES = {"float64": torch.float64, "float32": torch.float32}

CurveFunction = Callable[[Tensor, Tensor], Tensor]
"""A function that returns predictions (n,) or (n, rates), given the inputs of the points, one row
per point, and parameters (p,) or (p, rates).
"""


@readonly
class Step:
    """The state of a descent after `number` updates: its parameters, and there the loss, () or
    (rates,), and the gradient of its next batch.
    """

    number: int
    loss: Tensor
    params: Tensor
    gradient: Tensor


def f(x: Tensor, params: Tensor) -> Tensor:
    """Return the curve a t^2 + b t + c at every point: the columns of x are t^2, t and 1."""
    return x @ params


def descend(
    curve: CurveFunction,
    criterion: Criterion,
    start: Tensor,
    *,
    batches: Iterable[Batch],
    update: Update,
    lr: Callable[[int], LearningRates],
) -> Iterator[Step]:
    """Yield every step from step 0, which is before any update. The start has shape (p,), or (p,
    rates) for a descent at each of several rates.
    """
    params = start.clone().requires_grad_()  # 1. initialise
    for number, (x, y, weights) in zip(count(), batches, strict=False):
        preds = curve(x, params)  # 2. predict
        loss = criterion(preds, y, weights)  # 3. loss
        (gradient,) = torch.autograd.grad(loss.sum(), params)  # 4. gradient
        yield Step(number, loss.detach(), params.detach().clone(), gradient)
        with torch.no_grad():
            update(params, gradient, lr(number))  # 5. step
        # 6. repeat, 7. stop: the caller decides when
