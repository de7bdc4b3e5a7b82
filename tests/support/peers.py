"""What torch itself makes of optimizers, schedules, losses and models."""

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import vector_to_parameters
from torch.optim import lr_scheduler

from service.descent.methods.losses import Loss
from service.descent.methods.losses.huber import Huber
from service.descent.methods.method import Criterion
from service.descent.methods.models import Model
from service.descent.methods.models.mlp import Activation, Mlp
from service.descent.methods.models.polynomial import Polynomial
from service.descent.methods.optimizers import Optimizer
from service.descent.methods.schedules import Schedule
from service.descent.methods.schedules.cosine import Cosine
from service.descent.methods.schedules.listed import RateList
from service.descent.methods.schedules.one_cycle import OneCycle
from service.descent.methods.schedules.step import StepDecay

OPTIMIZERS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    name.lower(): kind for name, kind in vars(torch.optim).items() if isinstance(kind, type)
}
"""The optimizers of torch. A `kind` is the name of one, in small letters."""


ACTIVATIONS: dict[Activation, type[nn.Module]] = {"tanh": nn.Tanh, "relu": nn.ReLU, "gelu": nn.GELU}


def optimizer(asked: Optimizer, params: Tensor, lr: float) -> torch.optim.Optimizer:
    """The fields have torch's names."""
    given: dict[str, Any] = {name: value for name, value in vars(asked).items() if name != "kind"}
    return OPTIMIZERS[asked.kind]([params], lr=lr, **given)


def scheduled(
    asked: Schedule, stepping: torch.optim.Optimizer, lr: float, steps: int
) -> Iterator[float]:
    """The rate of each step, set before it."""
    if isinstance(asked, RateList):
        for rate in asked.lrs:
            stepping.param_groups[0]["lr"] = rate
            yield rate
        return
    scheduler = scheduler_of(asked, stepping, lr, steps)
    for _ in range(steps):
        yield stepping.param_groups[0]["lr"]
        scheduler.step()


def scheduler_of(
    asked: Schedule, stepping: torch.optim.Optimizer, lr: float, steps: int
) -> lr_scheduler.LRScheduler:
    if isinstance(asked, StepDecay):
        return lr_scheduler.StepLR(stepping, asked.step_size, asked.gamma)
    if isinstance(asked, Cosine):
        return lr_scheduler.CosineAnnealingLR(stepping, steps, asked.eta_min)
    if isinstance(asked, OneCycle):
        return lr_scheduler.OneCycleLR(
            stepping,
            max_lr=lr,
            total_steps=steps,
            pct_start=asked.pct_start,
            div_factor=asked.div_factor,
            final_div_factor=asked.final_div_factor,
            cycle_momentum=False,
        )
    return lr_scheduler.ConstantLR(stepping, factor=1.0)


def criterion(asked: Loss) -> Criterion:
    options: dict[str, Any] = {"delta": asked.delta} if isinstance(asked, Huber) else {}
    losses: dict[str, Callable[..., Tensor]] = {
        "huber": functional.huber_loss,
        "mae": functional.l1_loss,
        "mse": functional.mse_loss,
    }
    loss = losses[asked.kind]

    def mean(preds: Tensor, targets: Tensor, weights: Tensor | None = None) -> Tensor:
        if weights is None:
            return loss(preds, targets, **options)
        return (weights * loss(preds, targets, reduction="none", **options)).mean()

    return mean


def curve(asked: Model, row: Tensor, t: Tensor) -> tuple[Tensor, list[Tensor]]:
    """Return the heights (n,) at t (n,), and the parameters to differentiate them by. A model that
    torch does not have is its own formula.
    """
    if isinstance(asked, Mlp):
        network = sequential(asked)
        vector_to_parameters(row, network.parameters())
        return network(t[:, None])[:, 0], [*network.parameters()]
    row = row.clone().requires_grad_()
    if isinstance(asked, Polynomial):
        powers = range(asked.degree, -1, -1)
        return torch.stack([t**power for power in powers], 1).mv(row), [row]
    return asked.f(t[:, None], row)[:, 0], [row]


def sequential(asked: Mlp) -> nn.Sequential:
    """Return torch's own layers."""
    layers: list[nn.Module] = []
    for units, inputs in asked.shapes:
        layers += [nn.Linear(inputs, units, dtype=torch.float64), ACTIVATIONS[asked.activation]()]
    return nn.Sequential(*layers[:-1])
