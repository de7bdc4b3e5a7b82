"""Optimizers: what one step does to the parameters, as torch.optim does it, but for several rates
at once too.

Each is made anew for a descent, as it remembers earlier gradients. The formulas are those of
torch's documentation.
"""

from collections.abc import Callable
from math import sqrt

import torch
from torch import Tensor

from service.descent.questions.methods import Adam, AdamW, Optimizer, RmsProp, Sgd

Lr = float | Tensor
"""One rate, or one for each column of the parameters."""
Update = Callable[[Tensor, Tensor, Lr], None]
"""Changes parameters (p,) or (p, rates) in place, by their gradient and the rate of this step."""


def update(optimizer: Optimizer) -> Update:
    """The optimizer that is asked for, before its first step."""
    if isinstance(optimizer, Sgd):
        return sgd(optimizer)
    return rmsprop(optimizer) if isinstance(optimizer, RmsProp) else adam(optimizer)


def sgd(optimizer: Sgd) -> Update:
    """Against the gradient; with momentum, against the sum of all gradients, each fading from step
    to step.
    """
    momentum, velocity = optimizer.momentum, torch.zeros(())

    def step(params: Tensor, gradient: Tensor, lr: Lr) -> None:
        nonlocal velocity
        gradient = decayed(gradient, params, optimizer.weight_decay)
        if momentum:
            velocity = momentum * velocity + gradient
            gradient = gradient + momentum * velocity if optimizer.nesterov else velocity
        params -= lr * gradient

    return step


def adam(optimizer: Adam | AdamW) -> Update:
    """Against the mean gradient, divided by the root of the mean square gradient."""
    (b1, b2), number = optimizer.betas, 0
    mean = square = largest = torch.empty(0)
    apart = isinstance(optimizer, AdamW)

    def step(params: Tensor, gradient: Tensor, lr: Lr) -> None:
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
    """Against the gradient, divided by the root of the mean square gradient: of its variance, where
    it is centered.
    """
    alpha = optimizer.alpha
    square = mean = velocity = torch.empty(0)

    def step(params: Tensor, gradient: Tensor, lr: Lr) -> None:
        nonlocal square, mean, velocity
        if not len(square):
            square = mean = velocity = torch.zeros_like(gradient)
        gradient = decayed(gradient, params, optimizer.weight_decay)
        square = torch.addcmul(alpha * square, gradient, gradient, value=1 - alpha)
        spread = square
        if optimizer.centered:
            mean = torch.lerp(mean, gradient, 1 - alpha)
            # where torch's is not, rounding may take its root out of the numbers
            spread = (square - mean * mean).clamp(min=0)
        gradient = gradient / (spread.sqrt() + optimizer.eps)
        if optimizer.momentum:
            gradient = velocity = optimizer.momentum * velocity + gradient
        params -= lr * gradient

    return step


def decayed(gradient: Tensor, params: Tensor, weight_decay: float) -> Tensor:
    """The gradient of the loss and half the sum of squares of the parameters, times the decay."""
    return gradient + weight_decay * params if weight_decay else gradient
