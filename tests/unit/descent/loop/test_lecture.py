from collections.abc import Iterator
from functools import partial
from itertools import islice
from typing import Any

import torch

from service.descent.loop import lecture as loop
from service.descent.loop.batches import whole
from service.descent.loop.lecture import Step, f
from service.descent.methods.losses.mse import Mse
from service.descent.methods.optimizers.sgd import Sgd
from tests.support.tolerances import EPS_FLOAT32, Nudge, apart, measured, relatively_apart

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
        loop.descend(
            f,
            Mse().criterion,
            start,
            batches=whole((x, y, None)),
            update=Sgd().update(),
            lr=lambda _: lr,
        ),
        steps + 1,
    )


def losses(lecture: dict[str, Any], nudge: Nudge) -> list[float]:
    x, y, start = (nudge(part) for part in lecture_design(lecture))
    return [step.loss.item() for step in descend(x, y, start, lr=1e-5, steps=10)]


def first_gradient(lecture: dict[str, Any], nudge: Nudge) -> list[float]:
    x, y, start = (nudge(part) for part in lecture_design(lecture))
    gradient: list[float] = next(descend(x, y, start, lr=1e-5, steps=1)).gradient.tolist()
    return gradient


def test_the_lectures_eleven_losses(lecture: dict[str, Any]) -> None:
    """As printed by another machine, in float32."""
    printed = lecture["printed_in_the_lecture"]
    expected = [printed["loss_before_any_update"], *printed["losses_after_1_to_10_updates"]]

    found, allowed = measured(partial(losses, lecture), relatively_apart)

    assert relatively_apart(found, expected) <= allowed < 1e-5


def test_the_lectures_first_gradient(lecture: dict[str, Any]) -> None:
    expected = lecture["printed_in_the_lecture"]["gradient_before_any_update"]

    found, allowed = measured(partial(first_gradient, lecture), relatively_apart)

    assert relatively_apart(found, expected) <= allowed < 1e-5


def test_it_steps_as_torch_optim_does(lecture: dict[str, Any]) -> None:
    x, y, start = lecture_design(lecture)
    params = start.clone().requires_grad_()
    optimizer = torch.optim.SGD([params], lr=1e-5)
    for _ in range(10):
        optimizer.zero_grad()
        Mse().criterion(f(x, params), y).backward()  # type: ignore[no-untyped-call]  # torch has no annotation here
        optimizer.step()

    *_, last = descend(x, y, start, lr=1e-5, steps=10)

    # torch may fuse the product and the difference into one rounding.
    rounding = 10 * EPS_FLOAT32 * max(map(abs, params.tolist()))
    assert apart(last.params, params.detach()) <= rounding


def test_the_start_is_left_as_it_is(lecture: dict[str, Any]) -> None:
    x, y, start = lecture_design(lecture)
    before = start.tolist()

    list(descend(x, y, start, lr=1e-5, steps=3))

    assert start.tolist() == before


def test_a_reader_may_stop_at_any_step(lecture: dict[str, Any]) -> None:
    steps = descend(*lecture_design(lecture), lr=1e-5, steps=10**9)

    assert [step.number for step in islice(steps, 3)] == [0, 1, 2]
