"""Optimizers: one update of the parameters, as in torch.optim, but also for several rates at once.

An optimizer remembers earlier gradients, so each descent needs a new one. The formulas are those of
torch's documentation.
"""

from collections.abc import Callable
from math import sqrt

import torch
from torch import Tensor

from service.descent.questions.methods import Adam, AdamW, Optimizer, RmsProp, Sgd

LearningRates = float | Tensor
"""One learning rate, or one for each column of the parameters."""
Update = Callable[[Tensor, Tensor, LearningRates], None]
"""A function that changes parameters (p,) or (p, rates) in place, given their gradient and the
learning rate of this step.
"""


def update(optimizer: Optimizer) -> Update:
    """Return a new optimizer of the requested kind."""
    if isinstance(optimizer, Sgd):
        return sgd(optimizer)
    if isinstance(optimizer, RmsProp):
        return rmsprop(optimizer)
    return adam(optimizer)


def sgd(optimizer: Sgd) -> Update:
    """Return an update against the gradient or, with momentum, against the sum of all gradients,
    each of which fades from step to step.
    """
    momentum, velocity = optimizer.momentum, torch.zeros(())

    def step(params: Tensor, gradient: Tensor, lr: LearningRates) -> None:
        nonlocal velocity
        gradient = decayed(gradient, params, optimizer.weight_decay)
        if momentum:
            velocity = momentum * velocity + gradient
            gradient = gradient + momentum * velocity if optimizer.nesterov else velocity
        params -= lr * gradient

    return step


def adam(optimizer: Adam | AdamW) -> Update:
    """Return an update against the mean gradient, divided by the root mean square gradient."""
    (b1, b2), number = optimizer.betas, 0
    mean = square = largest = torch.empty(0)
    apart = isinstance(optimizer, AdamW)

    def step(params: Tensor, gradient: Tensor, lr: LearningRates) -> None:
        nonlocal mean, square, largest, number
        if not number:
            mean = square = largest = torch.zeros_like(gradient)
        number += 1
        if apart:
            params *= 1 - lr * optimizer.weight_decay
        else:
            gradient = decayed(gradient, params, optimizer.weight_decay)
        mean = torch.lerp(mean, gradient, 1 - b1)
        square = torch.addcmul(b2 * square, gradient, gradient, value=1 - b2)
        largest = torch.maximum(largest, square) if optimizer.amsgrad else square
        spread = largest.sqrt() / sqrt(1 - b2**number) + optimizer.eps
        params -= lr / (1 - b1**number) * (mean / spread)

    return step


def rmsprop(optimizer: RmsProp) -> Update:
    """Return an update against the gradient, divided by the root of the mean square gradient or, if
    centered, of its variance.
    """
    alpha = optimizer.alpha
    square = mean = velocity = torch.empty(0)

    def step(params: Tensor, gradient: Tensor, lr: LearningRates) -> None:
        nonlocal square, mean, velocity
        if not len(square):
            square = mean = velocity = torch.zeros_like(gradient)
        gradient = decayed(gradient, params, optimizer.weight_decay)
        square = torch.addcmul(alpha * square, gradient, gradient, value=1 - alpha)
        spread = square
        if optimizer.centered:
            mean = torch.lerp(mean, gradient, 1 - alpha)
            # torch does not clamp: there, rounding can make this negative and its root NaN
            spread = (square - mean * mean).clamp(min=0)
        gradient = gradient / (spread.sqrt() + optimizer.eps)
        if optimizer.momentum:
            gradient = velocity = optimizer.momentum * velocity + gradient
        params -= lr * gradient

    return step


def decayed(gradient: Tensor, params: Tensor, weight_decay: float) -> Tensor:
    """Return the gradient of the loss plus weight_decay / 2 times the sum of squares of the
    parameters.
    """
    if not weight_decay:
        return gradient
    return gradient + weight_decay * params
