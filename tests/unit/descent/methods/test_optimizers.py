from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any

import numpy as np
import pytest
import torch
from torch import Generator, Tensor

from service.descent.loop.batches import Batch, independent, shuffled, whole
from service.descent.loop.lecture import descend, f
from service.descent.methods.losses import Loss
from service.descent.methods.losses.huber import Huber
from service.descent.methods.losses.mse import Mse
from service.descent.methods.method import LearningRates
from service.descent.methods.optimizers import Optimizer
from service.descent.methods.optimizers.adam import Adam
from service.descent.methods.optimizers.adamw import AdamW
from service.descent.methods.optimizers.rmsprop import RmsProp
from service.descent.methods.optimizers.sgd import Sgd
from service.descent.methods.schedules import Schedule
from service.descent.methods.schedules.constant import Constant
from service.descent.methods.schedules.cosine import Cosine
from service.descent.methods.schedules.listed import RateList
from service.descent.methods.schedules.one_cycle import OneCycle
from service.descent.methods.schedules.step import StepDecay
from tests.support import peers
from tests.support.registered import registered
from tests.support.tolerances import Nudge, exactly, measured

STEPS = 12
LR = 0.05

OPTIMIZERS: list[Optimizer] = [
    *registered(Optimizer),
    Sgd(momentum=0.9),
    Sgd(momentum=0.9, nesterov=True),
    Sgd(weight_decay=0.1),
    Sgd(momentum=0.9, weight_decay=0.1),
    Sgd(momentum=0.9, nesterov=True, weight_decay=0.1),
    Adam(amsgrad=True, weight_decay=0.1),
    AdamW(amsgrad=True),
    RmsProp(momentum=0.9),
    RmsProp(centered=True),
    RmsProp(weight_decay=0.1),
    RmsProp(momentum=0.9, centered=True, weight_decay=0.1),
]
JAGGED = RateList(lrs=tuple(LR / (1 + step % 5) for step in range(STEPS)))
SCHEDULES: list[Schedule] = [
    *registered(Schedule),
    StepDecay(step_size=7, gamma=0.5),
    Cosine(eta_min=1e-3),
    OneCycle(pct_start=0.45, div_factor=10.0, final_div_factor=100.0),
    JAGGED,
]
LOSSES: list[Loss] = [*registered(Loss), Huber(delta=2.0)]
BATCHES: dict[str, Callable[[Batch], Iterable[Batch]]] = {
    "whole": whole,
    "shuffled": lambda points: shuffled(points, 6, Generator().manual_seed(7)),
    "independent": lambda points: independent(points, 6, Generator().manual_seed(7)),
}


@dataclass(frozen=True)
class Case:
    """What a descent is made on, besides its optimizer."""

    loss: Loss = field(default_factory=Mse)
    kind: str = "whole"
    schedule: Schedule = field(default_factory=Constant)

    def batches(self, points: Batch) -> Iterable[Batch]:
        return BATCHES[self.kind](points)


any_optimizer = pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=str)


@pytest.fixture(scope="module")
def points(lecture: dict[str, Any]) -> Batch:
    """The lecture's, in standardized t."""
    t = np.array(lecture["t"])
    x = torch.tensor(np.vander((t - t.mean()) / t.std(), 3))
    return x, torch.tensor(lecture["y"], dtype=torch.float64), None


@pytest.fixture(scope="module")
def start(lecture: dict[str, Any]) -> Tensor:
    return torch.tensor(list(lecture["init"].values()), dtype=torch.float64)


def ours(
    start: Tensor,
    batches: Iterable[Batch],
    optimizer: Optimizer,
    case: Case,
    *,
    lr: LearningRates = LR,
    nudge: Nudge = exactly,
) -> Tensor:
    """Return the parameters (steps + 1, p) or (steps + 1, p, rates)."""
    step_of = optimizer.update()

    def step(params: Tensor, gradient: Tensor, lr: LearningRates) -> None:
        step_of(params, gradient, lr)
        params.copy_(nudge(params))

    steps = descend(
        f,
        case.loss.criterion,
        nudge(start),
        batches=nudged(batches, nudge),
        update=step,
        lr=case.schedule.rates(lr, STEPS),
    )
    return torch.stack([step.params for step in islice(steps, STEPS + 1)])


def torchs(
    start: Tensor,
    batches: Iterable[Batch],
    optimizer: Optimizer,
    case: Case,
    *,
    nudge: Nudge = exactly,
) -> Tensor:
    """Return the parameters (steps + 1, p) of the loop that every tutorial has."""
    params, loss_of = nudge(start).clone().requires_grad_(), peers.criterion(case.loss)
    stepping = peers.optimizer(optimizer, params, LR)
    made = [params.detach().clone()]
    scheduled = peers.scheduled(case.schedule, stepping, LR, STEPS)
    for (x, y, weights), _ in zip(nudged(batches, nudge), scheduled, strict=False):
        stepping.zero_grad()
        loss_of(f(x, params), y, weights).backward()  # type: ignore[no-untyped-call]  # torch has no annotation here
        stepping.step()
        with torch.no_grad():
            params.copy_(nudge(params))
        made.append(params.detach().clone())
    return torch.stack(made)


def nudged(batches: Iterable[Batch], nudge: Nudge) -> Iterator[Batch]:
    return ((nudge(x), nudge(y), weights) for x, y, weights in batches)


def distance(one: Tensor, other: Tensor) -> float:
    """Return the largest of all steps, relative to the length of the parameters there.

    A single parameter may pass through 0.
    """
    return float(((one - other).norm(dim=1) / other.norm(dim=1)).max())


def differences(
    start: Tensor, points: Batch, optimizer: Optimizer, cases: Iterable[Case]
) -> dict[str, tuple[float, float]]:
    """Return how far our steps are from those of torch, and may be, where that is too far."""
    found = {}
    for case in cases:
        made = ours(start, case.batches(points), optimizer, case)
        expected, allowed = measured(partial(reference, start, points, optimizer, case), distance)
        if not distance(made, expected) <= allowed:
            found[str(case)] = distance(made, expected), allowed
    return found


def reference(
    start: Tensor, points: Batch, optimizer: Optimizer, case: Case, nudge: Nudge
) -> Tensor:
    batches = case.batches(points)
    return torchs(start, batches, optimizer, case, nudge=nudge)


@any_optimizer
def test_every_step_is_that_of_torch_as_the_rate_changes(
    points: Batch, start: Tensor, optimizer: Optimizer
) -> None:
    cases = [Case(schedule=schedule) for schedule in (OneCycle(), JAGGED)]

    assert differences(start, points, optimizer, cases) == {}


@pytest.mark.parametrize("optimizer", [Sgd(momentum=0.9), Adam()], ids=str)
def test_every_step_is_that_of_torch_on_every_schedule(
    points: Batch, start: Tensor, optimizer: Optimizer
) -> None:
    cases = [Case(schedule=schedule) for schedule in SCHEDULES]

    assert differences(start, points, optimizer, cases) == {}


@any_optimizer
def test_every_step_is_that_of_torch_on_every_loss_and_on_every_kind_of_batch(
    points: Batch, start: Tensor, optimizer: Optimizer
) -> None:
    """Each optimizer sees each loss and each kind; over all optimizers, all pairs occur."""
    kinds = [*BATCHES]
    shift = OPTIMIZERS.index(optimizer) % len(kinds)
    cases = [Case(loss, kinds[(place + shift) % len(kinds)]) for place, loss in enumerate(LOSSES)]

    assert differences(start, points, optimizer, cases) == {}


@pytest.mark.parametrize("optimizer", [Sgd(momentum=0.9), Adam()], ids=str)
@pytest.mark.parametrize("kind", BATCHES)
def test_every_step_with_weights_is_that_of_torch_on_every_loss(
    points: Batch, start: Tensor, optimizer: Optimizer, kind: str
) -> None:
    x, y, _ = points
    weights = torch.linspace(0.1, 1.9, len(y), dtype=torch.float64)
    cases = [Case(loss, kind) for loss in LOSSES]

    assert differences(start, (x, y, weights), optimizer, cases) == {}


@any_optimizer
def test_several_rates_are_descents_side_by_side(
    points: Batch, start: Tensor, optimizer: Optimizer
) -> None:
    lrs, (x, y, _) = [1e-3, LR], points
    kind = [*BATCHES][OPTIMIZERS.index(optimizer) % len(BATCHES)]

    columns = ours(
        start[:, None].repeat(1, len(lrs)),
        BATCHES[kind]((x, y[:, None], None)),
        optimizer,
        Case(schedule=OneCycle()),
        lr=torch.tensor(lrs, dtype=torch.float64),
    )

    for lr, column in zip(lrs, columns.unbind(-1), strict=True):
        alone, allowed = measured(partial(single, start, points, optimizer, kind, lr), distance)
        assert distance(column, alone) <= allowed


def single(
    start: Tensor, points: Batch, optimizer: Optimizer, kind: str, lr: float, nudge: Nudge
) -> Tensor:
    return ours(
        start, BATCHES[kind](points), optimizer, Case(schedule=OneCycle()), lr=lr, nudge=nudge
    )


def test_a_gradient_that_never_changes_has_no_negative_variance() -> None:
    """Its variance is rounding, of either sign, and the root of that is taken."""
    gradient = torch.randn(1000, dtype=torch.float64, generator=Generator().manual_seed(0))
    params, step = (
        torch.zeros(1000, dtype=torch.float64),
        RmsProp(alpha=0.5, centered=True).update(),
    )

    for _ in range(100):
        step(params, gradient, 1e-3)

    assert params.isfinite().all()
