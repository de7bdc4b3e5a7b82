from collections import deque
from math import inf, nan, sqrt

import pytest
import torch
from torch import Tensor

from service.descent.loop.lecture import Step
from service.descent.watching.observation import LAST_STEPS, Seen, cosines, observe, remembered
from tests.support.tolerances import EPS


def seen(found: list[float]) -> Seen:
    return Seen(first=1.0, half=1.0, last=1.0, cosines=found)


def step(number: int, gradient: list[float]) -> Step:
    return Step(number, torch.tensor(1.0), torch.zeros(2), torch.tensor(gradient))


def between(*gradients: list[float]) -> list[float]:
    found: list[float] = cosines([torch.tensor(gradient) for gradient in gradients]).tolist()
    return found


@pytest.mark.parametrize(
    ("found", "turned_back"),
    [
        ([-0.6] * 6 + [1.0] * 4, True),
        ([-0.6] * 5 + [1.0] * 5, False),
        ([-0.5] * 10, False),
        ([-0.501] * 10, True),
        ([-1.0], True),
        ([], False),
    ],
)
def test_a_descent_turns_back_where_six_of_ten_cosines_are_below_minus_a_half(
    found: list[float], *, turned_back: bool
) -> None:
    assert seen(found).turned_back is turned_back


def test_a_cosine_is_that_of_the_angle_between_successive_gradients() -> None:
    found = between([1.0, 0.0], [2.0, 2.0], [-3.0, -3.0], [0.0, 5.0])

    # The gradients are of float32, but their lengths and products are of float64.
    assert found == pytest.approx([1 / sqrt(2), -1, -1 / sqrt(2)], rel=10 * EPS)


@pytest.mark.parametrize("gradient", [[0.0, 0.0], [inf, 1.0], [nan, 1.0]])
def test_where_a_gradient_has_no_direction_the_cosine_is_0(gradient: list[float]) -> None:
    assert between([1.0, 0.0], gradient, [1.0, 0.0]) == [0, 0]


def test_several_rates_have_a_cosine_each() -> None:
    columns: list[Tensor] = [torch.tensor([[1.0, 1.0]]), torch.tensor([[2.0, -2.0]])]

    assert cosines(columns).tolist() == [[1, -1]]


def test_the_last_ten_cosines_are_kept() -> None:
    gradients, signs = (
        deque[Tensor](maxlen=LAST_STEPS + 1),
        [1, 1, -1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1],
    )
    descent = (step(number, [sign, 0.0]) for number, sign in enumerate(signs))

    steps = list(remembered(descent, gradients))

    assert [each.number for each in steps] == [*range(13)]
    assert cosines(gradients).tolist() == [-1, 1, 1, 1, 1, 1, 1, 1, 1, -1]


@pytest.mark.parametrize(
    ("steps", "half"), [([0, 4, 8, 10], 4), ([0, 5, 10], 5), ([0, 10], 0), ([0, 1, 2, 3], 1)]
)
def test_half_is_the_last_recorded_step_up_to_half_of_the_steps(
    steps: list[int], half: int
) -> None:
    gradients = [torch.tensor([1.0, 0.0])] * 2

    found = observe(steps, [100.0 + number for number in steps], gradients)

    assert (found.first, found.half, found.last) == (100, 100 + half, 100 + steps[-1])
    assert found.cosines == [1]
