import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.descent.methods.models.polynomial import Polynomial
from service.descent.quadratic.problem import prepare_polynomial
from service.descent.quadratic.rates import Excess
from service.descent.questions.fit import FitSpec
from service.descent.questions.options import Points
from tests.support.specs import LECTURE, excesses
from tests.support.tolerances import PROMISED, known

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
    assert excess.at(best).after(steps) <= excess.at(fraction * limit).after(steps) * (1 + PROMISED)


@given(excesses(), STEPS, st.sampled_from([0.999, 0.9999, 1.0001, 1.001]))
def test_next_to_the_best_rate_more_is_left(excess: Excess, steps: int, beside: float) -> None:
    best, limit = excess.best(steps), excess.limit
    assert best
    assert limit
    if best * beside < limit:
        assert excess.at(best).after(steps) <= excess.at(best * beside).after(steps) * (
            1 + PROMISED
        )


def test_a_descent_that_has_arrived_has_no_rates() -> None:
    arrived = Excess([], [], 0.0)

    assert (
        arrived.limit,
        arrived.no_bounce,
        arrived.fastest,
        arrived.condition,
        arrived.best(10),
    ) == (None,) * 5
    assert arrived.at(0.1).steps_to(0.0) == 0


def test_equal_modes_arrive_at_once() -> None:
    assert Excess([2.0, 2.0 - 4e-16], [1.0, 3.0], 0.0).best(7) == 0.5


def test_the_best_rate_is_found_where_newtons_method_alone_would_turn_in_a_circle() -> None:
    """A cubic through four points, one step: the root search once went to and fro for ever."""
    points = Points.of([1.16, 0.24, -1.35, 1.05], [4.2, 0.3, -1.5, -5.8])
    outlook = prepare_polynomial(
        FitSpec(data=points, model=Polynomial(degree=3), seed=421, lr=1e-3, steps=1)
    ).outlook

    assert outlook.lr_best
    around = [outlook.excess.at(outlook.lr_best * factor).after(1) for factor in (0.999, 1.001)]
    assert outlook.left_at_best < min(around)
