from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest
import torch

from service.descent import loop
from service.descent.batches import whole
from service.descent.loop import Step, f
from service.descent.losses import mse
from service.descent.methods import Sgd
from service.descent.optimizers import sgd

F32 = torch.float32


def lecture_design(lecture: dict[str, Any]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    t, y = torch.tensor(lecture["t"], dtype=F32), torch.tensor(lecture["y"], dtype=F32)
    return (
        torch.stack([t**2, t, torch.ones_like(t)], 1),
        y,
        torch.tensor(list(lecture["init"].values()), dtype=F32),
    )


def descend(
    x: torch.Tensor, y: torch.Tensor, start: torch.Tensor, *, lr: float, steps: int
) -> Iterator[Step]:
    """The lecture's own."""
    return islice(
        loop.descend(f, mse, start, batches=whole(x, y), update=sgd(Sgd()), lr=lambda _: lr),
        steps + 1,
    )


def test_the_lectures_eleven_losses(lecture: dict[str, Any]) -> None:
    printed = lecture["printed_in_the_lecture"]
    expected = [printed["loss_before_any_update"], *printed["losses_after_1_to_10_updates"]]

    losses = [step.loss.item() for step in descend(*lecture_design(lecture), lr=1e-5, steps=10)]

    assert losses == pytest.approx(expected, rel=1e-6)


def test_the_lectures_first_gradient(lecture: dict[str, Any]) -> None:
    first = next(iter(descend(*lecture_design(lecture), lr=1e-5, steps=10)))

    assert first.gradient.tolist() == pytest.approx(
        lecture["printed_in_the_lecture"]["gradient_before_any_update"], rel=1e-6
    )


def test_it_steps_as_torch_optim_does(lecture: dict[str, Any]) -> None:
    x, y, start = lecture_design(lecture)
    params = start.clone().requires_grad_()
    optimizer = torch.optim.SGD([params], lr=1e-5)
    for _ in range(10):
        optimizer.zero_grad()
        mse(f(x, params), y).backward()  # type: ignore[no-untyped-call]  # torch has no annotation here
        optimizer.step()

    *_, last = descend(x, y, start, lr=1e-5, steps=10)

    assert last.params.tolist() == params.tolist()


def test_the_start_is_left_as_it_is(lecture: dict[str, Any]) -> None:
    x, y, start = lecture_design(lecture)
    before = start.tolist()

    list(descend(x, y, start, lr=1e-5, steps=3))

    assert start.tolist() == before


def test_whoever_watches_may_leave(lecture: dict[str, Any]) -> None:
    steps = descend(*lecture_design(lecture), lr=1e-5, steps=10**9)

    assert [step.number for step in islice(steps, 3)] == [0, 1, 2]
