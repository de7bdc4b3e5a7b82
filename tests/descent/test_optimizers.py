from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

import numpy as np
import pytest
import torch
from torch import Generator, Tensor

from service.descent.batches import Batch, independent, shuffled, whole
from service.descent.loop import descend, f
from service.descent.losses import criterion
from service.descent.methods import (
    Adam,
    AdamW,
    Constant,
    Cosine,
    Huber,
    Loss,
    Mae,
    Mse,
    OneCycle,
    Optimizer,
    RateList,
    RmsProp,
    Schedule,
    Sgd,
    StepDecay,
)
from service.descent.optimizers import Lr, update
from service.descent.schedules import rates
from tests.descent import peers

STEPS = 40
LR = 0.05

OPTIMIZERS: list[Optimizer] = [
    Sgd(),
    Sgd(momentum=0.9),
    Sgd(momentum=0.9, nesterov=True),
    Sgd(weight_decay=0.1),
    Sgd(momentum=0.9, weight_decay=0.1),
    Sgd(momentum=0.9, nesterov=True, weight_decay=0.1),
    Adam(),
    Adam(amsgrad=True, weight_decay=0.1),
    AdamW(),
    AdamW(amsgrad=True),
    RmsProp(),
    RmsProp(momentum=0.9),
    RmsProp(centered=True),
    RmsProp(weight_decay=0.1),
    RmsProp(momentum=0.9, centered=True, weight_decay=0.1),
]
SCHEDULES: list[Schedule] = [
    Constant(),
    StepDecay(step_size=7, gamma=0.5),
    Cosine(eta_min=1e-3),
    OneCycle(),
    OneCycle(pct_start=0.45, div_factor=10.0, final_div_factor=100.0),
    RateList(lrs=tuple(LR / (1 + step % 5) for step in range(STEPS))),
]
LOSSES: list[Loss] = [Mse(), Mae(), Huber(delta=2.0)]
BATCHES: dict[str, Callable[[Tensor, Tensor], Iterable[Batch]]] = {
    "whole": whole,
    "shuffled": lambda x, y: shuffled(x, y, 6, Generator().manual_seed(7)),
    "independent": lambda x, y: independent(x, y, 6, Generator().manual_seed(7)),
}


@pytest.fixture(scope="module")
def points(lecture: dict[str, Any]) -> Batch:
    """The lecture's, in standardized t."""
    t = np.array(lecture["t"])
    return torch.tensor(np.vander((t - t.mean()) / t.std(), 3)), torch.tensor(
        lecture["y"], dtype=torch.float64
    )


@pytest.fixture(scope="module")
def start(lecture: dict[str, Any]) -> Tensor:
    return torch.tensor(list(lecture["init"].values()), dtype=torch.float64)


def ours(
    start: Tensor,
    batches: Iterable[Batch],
    optimizer: Optimizer,
    schedule: Schedule,
    loss: Loss,
    *,
    lr: Lr = LR,
) -> Tensor:
    """The parameters (steps + 1, p) or (steps + 1, p, rates)."""
    steps = descend(
        f,
        criterion(loss),
        start,
        batches=batches,
        update=update(optimizer),
        lr=rates(schedule, lr, STEPS),
    )
    return torch.stack([step.params for step in islice(steps, STEPS + 1)])


def torchs(
    start: Tensor, batches: Iterable[Batch], optimizer: Optimizer, schedule: Schedule, loss: Loss
) -> Tensor:
    """The parameters (steps + 1, p) of the loop that every tutorial has."""
    params, loss_of = start.clone().requires_grad_(), peers.criterion(loss)
    stepping = peers.optimizer(optimizer, params, LR)
    made = [start]
    for (x, y), _ in zip(batches, peers.scheduled(schedule, stepping, LR, STEPS), strict=False):
        stepping.zero_grad()
        loss_of(f(x, params), y).backward()  # type: ignore[no-untyped-call]  # torch has no annotation here
        stepping.step()
        made.append(params.detach().clone())
    return torch.stack(made)


def distance(one: Tensor, other: Tensor) -> float:
    """The largest of all steps, relative to the length of the parameters there: a single one may
    pass through 0.
    """
    return float(((one - other).norm(dim=1) / other.norm(dim=1)).max())


@pytest.mark.parametrize("schedule", SCHEDULES, ids=str)
@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=str)
def test_every_step_is_torchs_on_every_schedule(
    points: Batch, start: Tensor, optimizer: Optimizer, schedule: Schedule
) -> None:
    expected = torchs(start, whole(*points), optimizer, schedule, Mse())

    made = ours(start, whole(*points), optimizer, schedule, Mse())

    assert distance(made, expected) < 1e-12


@pytest.mark.parametrize("kind", BATCHES)
@pytest.mark.parametrize("loss", LOSSES, ids=str)
@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=str)
def test_every_step_is_torchs_on_every_loss_and_batch(
    points: Batch, start: Tensor, optimizer: Optimizer, loss: Loss, kind: str
) -> None:
    expected = torchs(start, BATCHES[kind](*points), optimizer, Constant(), loss)

    made = ours(start, BATCHES[kind](*points), optimizer, Constant(), loss)

    assert distance(made, expected) < 1e-12


@pytest.mark.parametrize("kind", BATCHES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=str)
def test_several_rates_are_descents_side_by_side(
    points: Batch, start: Tensor, optimizer: Optimizer, kind: str
) -> None:
    (x, y), lrs = points, [1e-3, 0.02, LR]
    singles = [ours(start, BATCHES[kind](x, y), optimizer, OneCycle(), Mse(), lr=lr) for lr in lrs]

    columns = ours(
        start[:, None].repeat(1, len(lrs)),
        BATCHES[kind](x, y[:, None]),
        optimizer,
        OneCycle(),
        Mse(),
        lr=torch.tensor(lrs, dtype=torch.float64),
    )

    assert max(map(distance, columns.unbind(-1), singles)) < 1e-12
