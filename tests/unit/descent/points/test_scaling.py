from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.descent.errors import NotComputableError
from service.descent.points.scaling import (
    Frame,
    Frames,
    frame,
    frames,
    substitutions,
)
from service.descent.questions.points import Points
from tests.support.specs import fit
from tests.support.tolerances import EPS

TEN_ROUNDINGS = 10 * EPS
SIZES = st.floats(-100, 100).filter(lambda value: abs(value) > 1e-3)


@given(st.integers(1, 10), SIZES, SIZES, st.data())
def test_substitution_is_the_binomial_theorem(
    degree: int, offset: float, slope: float, data: st.DataObject
) -> None:
    j, k = data.draw(st.integers(0, degree)), data.draw(st.integers(0, degree))
    exact = (
        comb(k, j) * Fraction(offset) ** (k - j) * Fraction(slope) ** j if k >= j else Fraction(0)
    )

    entry = substitutions(degree, np.array([offset]), np.array([slope]))[0, degree - j, degree - k]

    assert entry == pytest.approx(float(exact), rel=TEN_ROUNDINGS)


def test_the_frame_is_mean_and_population_deviation() -> None:
    found = frame(np.array([1.0, 2.0, 3.0, 6.0]))

    assert found.center == 3
    assert found.scale == pytest.approx(3.5**0.5, rel=TEN_ROUNDINGS)


def test_t_whose_squares_underflow_has_its_deviation() -> None:
    assert frame(np.array([0.0, 2e-200])).scale == pytest.approx(1e-200, rel=TEN_ROUNDINGS)


def test_constant_t_has_scale_1() -> None:
    for t in (7.0, 0.1, 1.7e9 + 0.1):
        assert (frame(np.array([t] * 7)).center, frame(np.array([t] * 7)).scale) == (t, 1)


def test_the_same_frame_maps_to_itself_to_the_bit() -> None:
    found = frames(np.array([[1.7e9, 1.7e9 + 1, 1.7e9 + 5]]))

    np.testing.assert_array_equal(found.from_frames(3, found), np.eye(4)[None])


def test_powers_that_cannot_be_squared_are_refused_and_scale_is_named() -> None:
    with pytest.raises(NotComputableError, match="scale"):
        fit(data=Points.of([-1e80], [1.0]), scale="none", lr=1e-300, steps=1)


def test_the_center_of_large_integers_is_the_one_next_to_their_mean() -> None:
    t = 2**60 + 1 + 3 * np.arange(5)

    assert frames(t[None]).of_each() == [Frame(2**60 + 7, 18**0.5)]


def test_powers_that_can_be_squared_pass() -> None:
    t = np.array([[-1e74, 1e75], [-1e74, 1.1e75]])

    assert frames(t).have_powers(t, 2).tolist() == [True, False]


def test_an_overflowing_substitution_is_refused() -> None:
    with pytest.raises(NotComputableError):
        substitutions(10, np.array([1e100]), np.array([1.0]))


@pytest.mark.parametrize(
    ("frame", "degree", "can"),
    [
        (Frame(0.0, 1.01e-75), 2, True),
        (Frame(0.0, 0.99e-75), 2, False),
        (Frame(9.0, 1.01e-74), 2, True),
        (Frame(-9.0, 0.99e-74), 2, False),
        (Frame(0.0, 1.01e-50), 3, True),
        (Frame(0.0, 0.99e-50), 3, False),
    ],
)
def test_the_way_back_to_t_has_no_entry_above_1e150(
    frame: Frame, degree: int, *, can: bool
) -> None:
    one = Frames.of([frame])

    assert one.can_go_back(degree).tolist() == [can]
    assert (np.abs(one.to_caller(degree)).max() <= 1e150) or not can
