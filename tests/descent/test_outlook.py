from math import sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings

from service.descent.dataset import posted
from service.descent.outlook import Outlook, outlook
from service.descent.parts import Points, Synthetic
from service.descent.problem import prepare
from service.descent.rates import Excess
from service.descent.spec import FitSpec
from tests.descent.specs import fit, random_specs

LECTURE = Excess(
    [56499.36259084644, 15.978772391627148, 0.2586367619175292],
    [25146.813558730242, 2.988450834565488, 666.7028540945067],
    0.0,
)
LOWEST = 7.304970128299931
RANDOM = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def ahead(**given: Any) -> Outlook:
    asked: dict[str, Any] = {
        "synthetic": Synthetic(),
        "seed": 42,
        "lr": 1e-5,
        "steps": 10,
        "precision": "float64",
    } | given
    return prepare(FitSpec(**asked), asked["precision"]).outlook


@pytest.mark.parametrize(("steps", "lr"), [(1, 1.76993e-5), (10, 2.5453e-5), (1000, 3.52588e-5)])
def test_the_lectures_best_rates(steps: int, lr: float) -> None:
    assert ahead(steps=steps).lr_best == pytest.approx(lr, rel=5e-6)


@pytest.mark.parametrize(("lr", "loss"), [("best", 676.8860), (1e-5, 676.9537)])
@pytest.mark.parametrize("solver", ["exact", "loop"])
def test_the_best_rate_ends_a_little_lower_than_the_lectures(
    lr: Any, loss: float, solver: str
) -> None:
    assert fit(synthetic=Synthetic(), lr=lr, solver=solver).loss == pytest.approx(loss, abs=5e-5)


@pytest.mark.parametrize("steps", [1, 10, 1000, 600_000])
def test_what_the_best_rate_leaves_is_its_loss(steps: int) -> None:
    told = ahead(steps=steps)

    assert told.lowest + told.left_at_best == pytest.approx(
        fit(synthetic=Synthetic(), lr="best", steps=steps).loss, rel=1e-12
    )


@pytest.mark.parametrize(("steps", "converges"), [(497_000, False), (500_000, True)])
def test_about_half_a_million_steps_are_enough_for_the_lecture(
    steps: int, *, converges: bool
) -> None:
    assert ahead(steps=steps).converges is converges


def test_the_target_is_one_percent_of_the_lowest_loss() -> None:
    assert ahead().target == pytest.approx(0.01 * LOWEST)


def test_the_target_of_a_perfect_fit_is_what_rounding_leaves() -> None:
    told = ahead(synthetic=None, data=Points.of(range(9), range(9)), init="zeros")

    mean_square = np.mean(np.square(range(9)))
    assert told.target == pytest.approx(0.01 * 1e-12 * np.var(range(9)), rel=0.2)
    assert 0 < told.target < 1e-12 * mean_square


def test_the_target_in_float32_is_what_its_rounding_leaves() -> None:
    perfect: dict[str, Any] = {
        "synthetic": None,
        "data": Points.of(range(9), range(9)),
        "init": "zeros",
    }

    assert (
        ahead(**perfect, precision="float32", solver="loop").target > 1e3 * ahead(**perfect).target
    )


def test_a_start_that_has_arrived_has_nothing_ahead() -> None:
    told = outlook(Excess([], [], 0.0), 1.0, 0.01, 10)

    assert (told.lr_best, told.left_at_best, told.converges) == (None, 0.0, True)


def test_another_number_of_steps_has_another_best_rate() -> None:
    assert ahead(steps=10).of(1000).lr_best == ahead(steps=1000).lr_best


def test_the_same_number_of_steps_is_the_same_outlook() -> None:
    told = outlook(LECTURE, LOWEST, 0.07, 10)

    assert told.of(10) is told


@given(random_specs(steps=25))
@RANDOM
def test_what_is_left_at_the_rate_asked_is_what_the_loop_leaves(spec: dict[str, Any]) -> None:
    """Relative 1e-9 plus the floor of rounding (ADR 3)."""
    told, result = prepare(FitSpec(**spec)).outlook, fit(**spec, solver="loop")
    assume(result.outcome == "completed")
    left = told.excess.at(spec["lr"]).after(spec["steps"])
    floor = 1e-13 * sqrt(result.losses[0] + np.mean(posted(spec["data"]).y ** 2))

    assert sqrt(told.lowest + left) == pytest.approx(sqrt(result.loss), rel=5e-10, abs=floor)


@given(random_specs(steps=25))
@RANDOM
def test_what_stands_before_the_first_step_is_the_first_loss(spec: dict[str, Any]) -> None:
    told = prepare(FitSpec(**spec)).outlook

    assert told.lowest + told.excess.start == pytest.approx(
        fit(**spec, solver="loop").losses[0], rel=1e-9
    )
