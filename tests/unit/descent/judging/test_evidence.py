from typing import Any

import numpy as np
import pytest

from service.descent.judging.evidence import Evidence, Goal, goal
from service.descent.methods.losses.huber import Huber
from service.descent.methods.losses.mae import Mae
from service.descent.methods.models.mlp import Mlp
from service.descent.methods.models.polynomial import Polynomial
from service.descent.questions.fit import FitSpec
from service.descent.questions.options import Synthetic
from service.descent.questions.points import Points
from service.descent.task import prepare
from service.descent.watching.observation import Seen, Way
from service.descent.watching.outcome import Descent
from tests.support.tolerances import EPS

SAME_WAY = [0.95] * 10
GOAL = Goal(lowest=7.0, target=0.07, spread=500.0)
OUTLIERS = Goal(lowest=5e6, target=2e-4, spread=9.0)
"""The lowest mean loss, nearly all of it that of outliers."""


def evidence(
    first: float, half: float, last: float, cosines: list[float] | None = None, **given: Any
) -> Evidence:
    peak, swings = given.pop("peak", max(first, last)), given.pop("swings", False)
    first_gradient, last_gradient = given.pop("gradients", (1.0, 1.0))
    way = Way(peak, 0, cosines or [], first_gradient, last_gradient, swings)
    seen = Seen(first, half, last, way)
    descent = Descent(lr=0.1, steps=given.pop("steps", 100), loss=last, params=np.zeros(3))
    known: dict[str, Any] = {"descent": descent, "seen": seen, "goal": None}
    return Evidence(**known | given)


@pytest.mark.parametrize(
    ("first", "last", "target", "expected"),
    [
        (1, 1.001e6, None, True),
        (1, 0.999e6, None, False),
        (8, 7 + 1.001e6, GOAL, True),
        (8, 7 + 0.999e6, GOAL, False),
        (7, 7 + 0.06e6, GOAL, False),
        (7, 7 + 0.08e6, GOAL, True),
    ],
)
def test_a_descent_has_grown_above_a_million_times_its_first_excess_or_the_target(
    first: float, last: float, target: Goal | None, *, expected: bool
) -> None:
    assert evidence(first, first, last, goal=target).grown is expected


@pytest.mark.parametrize(
    ("first", "last", "target", "expected"),
    [
        (1, 1.011, None, True),
        (1, 1.009, None, False),
        (17, 17.11, GOAL, True),
        (17, 17.09, GOAL, False),
        (7.01, 7.05, GOAL, False),
        (5e6 + 9, 5e6 + 12, OUTLIERS, True),
    ],
)
def test_a_descent_has_risen_that_ends_a_percent_above_its_first_excess(
    first: float, last: float, target: Goal | None, *, expected: bool
) -> None:
    assert evidence(first, first, last, goal=target).risen is expected


@pytest.mark.parametrize(
    ("first", "peak", "target", "expected"),
    [
        (1, 10.1, None, True),
        (1, 9.9, None, False),
        (8, 17.1, GOAL, True),
        (8, 16.9, GOAL, False),
        (7.001, 7.6, GOAL, False),
        (5e6 + 9, 5e6 + 91, OUTLIERS, True),
    ],
)
def test_a_descent_rose_that_was_above_ten_times_its_first_excess(
    first: float, peak: float, target: Goal | None, *, expected: bool
) -> None:
    assert evidence(first, 1, 1, peak=peak, goal=target).rose is expected


@pytest.mark.parametrize(
    ("first", "peak", "target", "expected"),
    [
        (1, 1.011, None, True),
        (1, 1.009, None, False),
        (17, 17.11, GOAL, True),
        (17, 17.09, GOAL, False),
        (7.01, 7.05, GOAL, False),
    ],
)
def test_a_descent_left_its_start_that_was_a_percent_above_its_first_excess(
    first: float, peak: float, target: Goal | None, *, expected: bool
) -> None:
    assert evidence(first, 1, 1, peak=peak, goal=target).left_start is expected


@pytest.mark.parametrize(
    ("last", "target", "expected"),
    [
        (7.069, GOAL, True),
        (7.071, GOAL, False),
        (5e6 + 1e-4, OUTLIERS, True),
        (5e6 + 1, OUTLIERS, False),
    ],
)
def test_a_descent_arrives_within_the_target(last: float, target: Goal, *, expected: bool) -> None:
    assert evidence(1e7, 5e6, last, goal=target).arrived is expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"last": 0.9e-9}, True),
        ({"last": 1.1e-9}, False),
        ({"gradients": (1.0, 0.9e-6)}, True),
        ({"gradients": (1.0, 1.1e-6)}, False),
        ({"gradients": (0.0, 0.0)}, True),
        ({"gradients": (1.0, 0.0), "first": 0.4}, False),
        ({"half": 0.5}, True),
        ({"half": 0.5 + 1e-15}, False),
        ({"half": 0.5, "first": 0.5}, False),
        ({"half": 0.5, "steps": 9}, False),
        ({"half": 0.5, "cosines": [-1.0] * 10}, False),
        ({"half": 0.5, "last_rate": 1e-7}, False),
    ],
    ids=str,
)
def test_without_a_goal_it_arrives_where_nothing_moves_it_any_more(
    given: dict[str, Any], *, expected: bool
) -> None:
    """The loss is a billionth, the gradient a millionth, or the loss is frozen; but not by a
    schedule, nor above the first, nor from the beginning, nor back and forth.
    """
    assert evidence(**{"first": 1.0, "half": 0.6, "last": 0.5} | given).arrived is expected


@pytest.mark.parametrize(
    ("half", "steps", "target", "settled"),
    [
        (0.5, 10, None, True),
        (0.5, 9, None, False),
        (0.5049, 10, None, True),
        (0.5051, 10, None, False),
        (0.4999, 10, None, False),
        (0.5 - 90 * EPS * 0.5, 10, None, True),
        (0.5 - 110 * EPS * 0.5, 10, None, False),
        (5e6 + 0.5, 10, Goal(5e6 - 0.5, 1e-4, 9), False),
    ],
)
def test_a_descent_has_settled_where_its_second_half_takes_off_less_than_a_hundredth(
    half: float, steps: int, target: Goal | None, *, settled: bool
) -> None:
    """In at least ten steps, and of the excess if there is a goal. A rise may be rounding."""
    last = 5e6 if target else 0.5

    assert evidence(1e7, half, last, steps=steps, goal=target).settled is settled


@pytest.mark.parametrize(
    ("given", "crawls"),
    [
        ({}, True),
        ({"half": 0.5049}, False),
        ({"cosines": [0.91] * 10}, True),
        ({"cosines": [0.89] * 10}, False),
        ({"cosines": []}, False),
        ({"peak": 1.009}, True),
        ({"peak": 1.011}, False),
        ({"gradients": (1.0, 1e-7)}, False),
        ({"swings": True}, True),
    ],
    ids=str,
)
def test_a_descent_crawls_that_goes_one_way_and_still_falls(
    given: dict[str, Any], *, crawls: bool
) -> None:
    asked: dict[str, Any] = {"first": 1.0, "half": 0.5051, "last": 0.5, "cosines": SAME_WAY} | given

    assert evidence(**asked).crawls is crawls


@pytest.mark.parametrize(
    ("target", "swings", "crawls"),
    [(GOAL, False, True), (GOAL, True, False), (None, False, False), (None, True, False)],
)
def test_with_steps_of_adapted_length_only_one_crawls_whose_loss_does_not_swing(
    target: Goal | None, *, swings: bool, crawls: bool
) -> None:
    """Without a goal, it is not known of any."""
    found = evidence(100, 60, 50, SAME_WAY, goal=target, adaptive=True, swings=swings)

    assert found.crawls is crawls


@pytest.mark.parametrize(
    ("given", "hardly"),
    [
        ({}, True),
        ({"cosines": [-0.01] * 10}, False),
        ({"cosines": []}, False),
        ({"last": 0.989}, False),
        ({"peak": 1.02}, False),
        ({"gradients": (1.0, 1e-7)}, False),
        ({"adaptive": True}, True),
    ],
    ids=str,
)
def test_a_loss_hardly_fell_of_which_all_steps_took_less_than_a_hundredth(
    given: dict[str, Any], *, hardly: bool
) -> None:
    asked: dict[str, Any] = {
        "first": 1.0,
        "half": 0.992,
        "last": 0.991,
        "cosines": [0.01] * 10,
    } | given

    assert evidence(**asked).hardly_fell is hardly


@pytest.mark.parametrize(
    ("first", "last", "nearly"),
    [(100, 7.9, True), (100, 8.0, False), (7.5, 7.34, True), (7.5, 7.36, False), (1e5, 20, False)],
)
def test_nearly_there_is_a_percent_of_the_start_or_five_of_the_lowest_loss(
    first: float, last: float, *, nearly: bool
) -> None:
    assert evidence(first, last, last, goal=GOAL).nearly is nearly


def test_without_a_goal_nothing_is_nearly_there() -> None:
    assert not evidence(1, 1e-8, 1e-8).nearly


@pytest.mark.parametrize(("last_rate", "ran_out"), [(0.9e-6, True), (1.1e-6, False)])
def test_a_schedule_ran_out_below_a_millionth_of_its_largest_rate(
    last_rate: float, *, ran_out: bool
) -> None:
    assert evidence(1, 1, 1, largest_rate=1.0, last_rate=last_rate).ran_out is ran_out


def test_progress_is_the_part_of_the_possible_fall() -> None:
    assert evidence(107, 9, 8, goal=GOAL).progress == pytest.approx(0.99)
    assert evidence(7.06, 7.05, 7.05, goal=GOAL).progress is None
    assert evidence(107, 9, 8).progress is None


def test_the_goal_of_squares_is_the_lowest_loss_and_the_spread_their_variance() -> None:
    t, y = [0.0, 1, 2, 3], np.array([1.0, 2, 3, 7])
    spec = FitSpec(
        data=Points.of(t, y), model=Polynomial(degree=1), seed=1, lr=0.1, steps=1, batch_size=2
    )

    found = goal(prepare(spec))

    residual = np.linalg.lstsq(np.vander(t, 2), y)[1].item()
    assert found
    assert (found.lowest, found.spread) == pytest.approx((residual / 4, y.var()))


@pytest.mark.parametrize("loss", [Mae(), Huber()], ids=str)
def test_the_goal_of_a_robust_loss_is_its_own(loss: Mae | Huber) -> None:
    spec = FitSpec(
        data=Points.of([0, 1, 2], [0, 3, 1e6]),
        model=Polynomial(degree=1),
        seed=1,
        lr=0.1,
        steps=1,
        loss=loss,
    )

    found = goal(prepare(spec))

    assert found
    assert found.lowest < 1e6 / 3
    assert found.spread == pytest.approx(3 if loss == Mae() else 2.5)


def test_a_network_has_no_goal() -> None:
    spec = FitSpec(synthetic=Synthetic(), model=Mlp(), seed=1, lr=0.1, steps=1)

    assert goal(prepare(spec)) is None
