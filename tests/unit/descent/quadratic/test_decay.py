import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.descent.quadratic.rates import Excess
from tests.support.specs import LECTURE, excesses
from tests.support.tolerances import EPS


@given(excesses(), st.floats(0.001, 0.999), st.floats(-8, 0.5))
def test_steps_to_a_target_are_the_first_that_reach_it(
    excess: Excess, fraction: float, power: float
) -> None:
    assert excess.limit
    lr, target = fraction * excess.limit, sum(excess.held) * 10**power
    steps = excess.at(lr).steps_to(target)

    assert steps is not None
    assert excess.at(lr).after(steps) <= target
    assert steps == 0 or excess.at(lr).after(steps - 1) > target


@pytest.mark.parametrize("fraction", [1.0, 1.5])
def test_at_and_above_the_limit_no_target_is_reached(fraction: float) -> None:
    assert LECTURE.limit
    assert LECTURE.at(fraction * LECTURE.limit).steps_to(1.0) is None


def test_what_never_moves_is_never_less() -> None:
    excess = Excess([1.0], [1.0], rest=0.5)

    assert excess.at(1.0).steps_to(0.5) is None
    assert excess.at(1.0).steps_to(0.6) == 1
    assert excess.at(1.0).after(1) == 0.5


def test_a_rate_that_is_too_small_to_count_never_arrives() -> None:
    assert LECTURE.at(1e-300).steps_to(0.07) is None


def test_what_grows_beyond_all_numbers_is_infinite() -> None:
    assert LECTURE.at(1.0).after(10**6) == np.inf


@pytest.mark.parametrize("lr", [1e-5, 2.5e-5, 1.0])
@pytest.mark.parametrize("steps", [0, 1, 2, 7])
def test_what_is_left_falls_by_the_multiplier_squared(lr: float, steps: int) -> None:
    """To the rounding of the logarithm, which `steps` and exp multiply."""
    modes = zip(LECTURE.eigenvalues, LECTURE.held, strict=True)
    expected = sum(held * (1 - lr * eigenvalue) ** (2 * steps) for eigenvalue, held in modes)
    logarithms = 2 * steps * 11  # ln(56499) is 11

    assert LECTURE.at(lr).after(steps) == pytest.approx(expected, rel=(logarithms + 10) * EPS)
