from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.descent.problem import prepare
from service.descent.rates import Excess
from service.descent.spec import FitSpec, Points, Polynomial

LECTURE = Excess(
    [56499.36259084644, 15.978772391627148, 0.2586367619175292], [25146.813558730242, 2.988450834565488, 666.7028540945067], 0.0
)
POWERS = st.floats(-8, 4)
STEPS = st.integers(1, 5) | st.integers(1, 100_000)


@st.composite
def excesses(draw: st.DrawFn) -> Excess:
    powers = draw(st.lists(POWERS, min_size=1, max_size=6))
    close = draw(st.lists(st.floats(-6, -0.1), max_size=2))
    eigenvalues = sorted([*(10**power for power in powers), *(10 ** max(powers) * (1 - 10**gap) for gap in close)], reverse=True)
    held = [10 ** draw(st.floats(-12, 6)) for _ in eigenvalues]
    return Excess(eigenvalues, held, 0.0)


@pytest.mark.parametrize(("steps", "rate"), [(1, 1.76993e-5), (10, 2.5453e-5), (1000, 3.52588e-5)])
def test_the_best_rate_for_the_lecture(steps: int, rate: float) -> None:
    assert LECTURE.best(steps) == pytest.approx(rate, rel=5e-6)


@given(excesses(), STEPS, st.floats(0.001, 0.999))
def test_no_rate_below_the_limit_ends_lower_than_the_best(excess: Excess, steps: int, fraction: float) -> None:
    best, limit = excess.best(steps), excess.limit
    assert best
    assert limit
    assert 0 < best < limit
    assert excess.after(steps, best) <= excess.after(steps, fraction * limit) * (1 + 1e-9)


@given(excesses(), STEPS, st.sampled_from([0.999, 0.9999, 1.0001, 1.001]))
def test_beside_the_best_rate_more_is_left(excess: Excess, steps: int, beside: float) -> None:
    best, limit = excess.best(steps), excess.limit
    assert best
    assert limit
    if best * beside < limit:
        assert excess.after(steps, best) <= excess.after(steps, best * beside) * (1 + 1e-9)


@given(excesses(), st.floats(0.001, 0.999), st.floats(-8, 0.5))
def test_steps_to_a_target_are_the_first_that_reach_it(excess: Excess, fraction: float, power: float) -> None:
    assert excess.limit
    lr, target = fraction * excess.limit, sum(excess.held) * 10**power
    steps = excess.steps_to(target, lr)

    assert steps is not None
    assert excess.after(steps, lr) <= target
    assert steps == 0 or excess.after(steps - 1, lr) > target


@pytest.mark.parametrize("fraction", [1.0, 1.5])
def test_at_and_above_the_limit_no_target_is_reached(fraction: float) -> None:
    assert LECTURE.limit
    assert LECTURE.steps_to(1.0, fraction * LECTURE.limit) is None


def test_what_never_moves_is_never_less() -> None:
    excess = Excess([1.0], [1.0], rest=0.5)

    assert excess.steps_to(0.5, 1.0) is None
    assert excess.steps_to(0.6, 1.0) == 1
    assert excess.after(1, 1.0) == 0.5


def test_a_descent_that_has_arrived_has_no_rates() -> None:
    arrived = Excess([], [], 0.0)

    assert (arrived.limit, arrived.no_bounce, arrived.fastest, arrived.condition, arrived.best(10)) == (None,) * 5
    assert arrived.steps_to(0.0, 0.1) == 0


def test_equal_modes_arrive_at_once() -> None:
    assert Excess([2.0, 2.0 - 4e-16], [1.0, 3.0], 0.0).best(7) == 0.5


def test_a_rate_that_is_too_small_to_count_never_arrives() -> None:
    assert LECTURE.steps_to(0.07, 1e-300) is None


def test_what_grows_beyond_all_numbers_is_infinite() -> None:
    assert LECTURE.after(10**6, 1.0) == np.inf
    assert LECTURE.after(1, 1.0) == pytest.approx(sum(LECTURE.held[i] * (1 - LECTURE.eigenvalues[i]) ** 2 for i in range(3)))


def test_what_is_left_falls_by_the_multiplier_squared() -> None:
    slow = LECTURE.after(2000, 1e-5) / LECTURE.after(1000, 1e-5)

    assert slow == pytest.approx(np.exp(2 * 1000 * log(1 - 1e-5 * 0.2586367619175292)), rel=1e-3)


def test_the_best_rate_is_found_where_newtons_method_alone_would_turn_in_a_circle() -> None:
    """A cubic through four points, one step: the root search once went to and fro for ever."""
    points = Points.of([1.16, 0.24, -1.35, 1.05], [4.2, 0.3, -1.5, -5.8])
    outlook = prepare(FitSpec(data=points, model=Polynomial(degree=3), seed=421, lr=1e-3, steps=1)).outlook

    assert outlook.lr_best
    around = [outlook.excess.after(1, outlook.lr_best * factor) for factor in (0.999, 1.001)]
    assert outlook.left_at_best < min(around)
