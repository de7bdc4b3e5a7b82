from dataclasses import replace
from math import sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from service.descent.methods.models.polynomial import Polynomial
from service.descent.points.dataset import posted
from service.descent.quadratic.excess import Excess, Outlook
from service.descent.quadratic.problem import prepare_polynomial
from service.descent.questions.fit import FitSpec
from service.descent.questions.options import Synthetic
from service.descent.questions.points import Points
from tests.support.specs import LECTURE, excesses, fit, lecture_as_printed, random_specs
from tests.support.tolerances import EPS, PROMISED, known, rounding_floor

STEPS = st.integers(1, 5) | st.integers(1, 100_000)


@pytest.mark.parametrize(
    ("steps", "rate"), [(1, 1.769932e-5), (10, 2.545301e-5), (1000, 3.52588e-5)]
)
def test_the_best_rate_for_the_lecture(steps: int, rate: float) -> None:
    best = LECTURE.best(steps)

    assert best
    assert known([best], 7) == [rate]


def test_at_the_limit_the_steepest_mode_neither_grows_nor_shrinks() -> None:
    assert LECTURE.limit == 2 / 56499.36259084644


@given(excesses(), STEPS, st.floats(0.001, 0.999))
def test_no_rate_below_the_limit_ends_lower_than_the_best(
    excess: Excess, steps: int, fraction: float
) -> None:
    best, limit = excess.best(steps), excess.limit
    assert best
    assert limit
    assert 0 < best < limit
    assert excess.after(best, steps) <= excess.after(fraction * limit, steps) * (1 + PROMISED)


@given(excesses(), STEPS, st.sampled_from([0.999, 0.9999, 1.0001, 1.001]))
def test_next_to_the_best_rate_more_is_left(excess: Excess, steps: int, ratio: float) -> None:
    best, limit = excess.best(steps), excess.limit
    assert best
    assert limit
    if best * ratio < limit:
        assert excess.after(best, steps) <= excess.after(best * ratio, steps) * (1 + PROMISED)


def test_a_descent_that_has_arrived_has_no_rates() -> None:
    arrived = Excess([], [], 0.0)

    assert (
        arrived.limit,
        arrived.no_bounce,
        arrived.fastest,
        arrived.condition,
        arrived.best(10),
    ) == (None,) * 5
    assert arrived.steps_to(0.1, 0.0) == 0


def test_equal_modes_arrive_at_once() -> None:
    assert Excess([2.0, 2.0 - 4e-16], [1.0, 3.0], 0.0).best(7) == 0.5


def test_the_best_rate_is_found_where_newtons_method_alone_would_turn_in_a_circle() -> None:
    """A cubic through four points, one step: the root search once went to and fro for ever."""
    points = Points.of([1.16, 0.24, -1.35, 1.05], [4.2, 0.3, -1.5, -5.8])
    outlook = prepare_polynomial(
        FitSpec(data=points, model=Polynomial(degree=3), seed=421, lr=1e-3, steps=1)
    ).outlook

    assert outlook.lr_best
    around = [outlook.excess.after(outlook.lr_best * factor, 1) for factor in (0.999, 1.001)]
    assert outlook.left_at_best < min(around)


def ahead(**given: Any) -> Outlook:
    asked: dict[str, Any] = {
        "synthetic": Synthetic(),
        "seed": 42,
        "lr": 1e-5,
        "steps": 10,
        "precision": "float64",
    } | given
    return prepare_polynomial(FitSpec(**asked), asked["precision"]).outlook


@pytest.mark.parametrize(("steps", "lr"), [(1, 1.769932e-5), (10, 2.545301e-5), (1000, 3.52588e-5)])
def test_the_lectures_best_rates(steps: int, lr: float) -> None:
    lr_best = ahead(steps=steps).lr_best

    assert lr_best
    assert known([lr_best], 7) == [lr]


@pytest.mark.parametrize(("lr", "loss"), [("best", 676.88599), (1e-5, 676.95373)])
@pytest.mark.parametrize("solver", ["exact", "loop"])
def test_the_best_rate_ends_a_little_lower_than_the_lectures(
    lr: Any, loss: float, solver: str
) -> None:
    result = fit(**lecture_as_printed(), lr=lr, scale="none", solver=solver)

    assert known([result.loss], 8) == [loss]


@pytest.mark.parametrize("steps", [1, 10, 1000, 600_000])
def test_what_the_best_rate_leaves_is_its_loss(steps: int) -> None:
    outlook = ahead(steps=steps)

    # By another formula for the same logarithms, which the steps multiply.
    assert outlook.lowest + outlook.left_at_best == pytest.approx(
        fit(synthetic=Synthetic(), lr="best", scale="none", steps=steps).loss,
        rel=(steps + 10) * EPS,
    )


def test_the_target_is_one_percent_of_the_lowest_loss() -> None:
    outlook = ahead()

    assert outlook.target == 0.01 * outlook.lowest


@pytest.mark.parametrize("init", ["zeros", "random", {"a": 1e9, "b": 1e9, "c": 0}])
def test_the_target_of_a_perfect_fit_is_a_part_of_the_variance_from_any_start(init: Any) -> None:
    y = np.arange(9.0)
    outlook = ahead(synthetic=None, data=Points.of(y, y), init=init)

    assert outlook.target == pytest.approx(1e-8 * np.var(y), rel=100 * EPS)
    assert outlook.variance == pytest.approx(np.var(y), rel=100 * EPS)


def test_the_target_of_constant_points_is_a_part_of_their_mean_square() -> None:
    outlook = ahead(synthetic=None, data=Points.of(range(9), [1e4] * 9))

    assert outlook.target == pytest.approx(1e-14 * 1e8, rel=100 * EPS)
    assert outlook.variance == 0


def test_points_of_zeros_are_reached_to_rounding() -> None:
    outlook = ahead(synthetic=None, data=Points.of(range(9), [0] * 9))

    assert outlook.target == outlook.floor > 0


@pytest.mark.parametrize(("precision", "solver"), [("float64", "exact"), ("float32", "loop")])
def test_the_floor_is_what_rounding_leaves_of_the_sum_of_squares(
    precision: str, solver: str
) -> None:
    """(450 eps)^2 of it."""
    y = np.arange(9.0)
    outlook = ahead(
        synthetic=None, data=Points.of(y, y), init="zeros", precision=precision, solver=solver
    )

    start, mean_square = np.mean(y**2), np.mean(y**2)
    expected = (450 * np.finfo(precision).eps) ** 2 * (start + mean_square)
    assert outlook.floor == pytest.approx(expected, rel=100 * EPS)


def test_a_start_that_has_arrived_has_nothing_ahead() -> None:
    outlook = Outlook(
        Excess([], [], 0.0), lowest=1.0, target=0.01, floor=1e-26, variance=1.0, steps=10
    )

    assert (outlook.lr_best, outlook.left_at_best, outlook.converges) == (None, 0.0, True)


def test_another_number_of_steps_has_another_best_rate() -> None:
    assert replace(ahead(steps=10), steps=1000).lr_best == ahead(steps=1000).lr_best


@given(random_specs(steps=25))
def test_what_is_left_at_the_rate_asked_is_what_the_loop_leaves(spec: dict[str, Any]) -> None:
    """To the promised 1e-9 of the loss, above the floor of ADR 3."""
    outlook, result = prepare_polynomial(FitSpec(**spec)).outlook, fit(**spec, solver="loop")
    assume(result.outcome == "completed")
    left = outlook.excess.after(spec["lr"], spec["steps"])
    floor = rounding_floor(result.losses[0], posted(spec["data"]).y)

    assert sqrt(outlook.lowest + left) == pytest.approx(sqrt(result.loss), rel=5e-10, abs=floor)


@given(random_specs(steps=25))
def test_what_stands_before_the_first_step_is_the_first_loss(spec: dict[str, Any]) -> None:
    outlook = prepare_polynomial(FitSpec(**spec)).outlook

    assert outlook.lowest + outlook.excess.start == pytest.approx(
        fit(**spec, solver="loop").losses[0], rel=PROMISED
    )


@given(excesses(), st.floats(0.001, 0.999), st.floats(-8, 0.5))
def test_steps_to_a_target_are_the_first_that_reach_it(
    excess: Excess, fraction: float, power: float
) -> None:
    assert excess.limit
    lr, target = fraction * excess.limit, sum(excess.held) * 10**power
    steps = excess.steps_to(lr, target)

    assert steps is not None
    assert excess.after(lr, steps) <= target
    assert steps == 0 or excess.after(lr, steps - 1) > target


@pytest.mark.parametrize("fraction", [1.0, 1.5])
def test_at_and_above_the_limit_no_target_is_reached(fraction: float) -> None:
    assert LECTURE.limit
    assert LECTURE.steps_to(fraction * LECTURE.limit, 1.0) is None


def test_what_never_moves_is_never_less() -> None:
    excess = Excess([1.0], [1.0], rest=0.5)

    assert excess.steps_to(1.0, 0.5) is None
    assert excess.steps_to(1.0, 0.6) == 1
    assert excess.after(1.0, 1) == 0.5


def test_a_rate_that_is_too_small_to_count_never_arrives() -> None:
    assert LECTURE.steps_to(1e-300, 0.07) is None


def test_what_grows_beyond_all_numbers_is_infinite() -> None:
    assert LECTURE.after(1.0, 10**6) == np.inf


@pytest.mark.parametrize("lr", [1e-5, 2.5e-5, 1.0])
@pytest.mark.parametrize("steps", [0, 1, 2, 7])
def test_what_is_left_falls_by_the_multiplier_squared(lr: float, steps: int) -> None:
    """To the rounding of the logarithm, which `steps` and exp multiply."""
    modes = zip(LECTURE.eigenvalues, LECTURE.held, strict=True)
    expected = sum(held * (1 - lr * eigenvalue) ** (2 * steps) for eigenvalue, held in modes)
    logarithms = 2 * steps * 11  # ln(56499) is 11

    assert LECTURE.after(lr, steps) == pytest.approx(expected, rel=(logarithms + 10) * EPS)
