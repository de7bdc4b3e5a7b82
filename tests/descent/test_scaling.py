from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.descent.errors import NotComputableError
from service.descent.factor import factorize
from service.descent.parts import Scale, Scaled
from service.descent.scaling import (
    Frame,
    check_powers,
    coordinates,
    frame,
    orthonormal,
    substitution,
)

SIZES = st.floats(-100, 100).filter(lambda value: abs(value) > 1e-3)


@given(st.integers(1, 10), SIZES, SIZES, st.data())
def test_substitution_is_the_binomial_theorem(
    degree: int, offset: float, slope: float, data: st.DataObject
) -> None:
    j, k = data.draw(st.integers(0, degree)), data.draw(st.integers(0, degree))
    exact = (
        comb(k, j) * Fraction(offset) ** (k - j) * Fraction(slope) ** j if k >= j else Fraction(0)
    )

    entry = substitution(degree, offset, slope)[degree - j, degree - k]

    assert entry == pytest.approx(float(exact), rel=1e-14)


def test_the_frame_is_mean_and_population_deviation() -> None:
    found = frame(np.array([1.0, 2.0, 3.0, 6.0]))

    assert found.center == 3
    assert found.scale == pytest.approx(3.5**0.5)


def test_t_whose_squares_underflow_has_its_deviation() -> None:
    assert frame(np.array([0.0, 2e-200])).scale == pytest.approx(1e-200)


def test_constant_t_has_scale_1() -> None:
    for t in (7.0, 0.1, 1.7e9 + 0.1):
        assert (frame(np.array([t] * 7)).center, frame(np.array([t] * 7)).scale) == (t, 1)


def test_the_same_frame_maps_to_itself_to_the_bit() -> None:
    found = frame(np.array([1.7e9, 1.7e9 + 1, 1.7e9 + 5]))

    np.testing.assert_array_equal(
        found.from_frame(3, Scaled(found.center, found.scale, {})), np.eye(4)
    )


@pytest.mark.parametrize("kind", ["none", "standardize", "orthonormal"])
@pytest.mark.parametrize("degree", [1, 2, 5])
def test_every_coordinate_system_tells_the_same_curve(kind: Scale, degree: int) -> None:
    t = np.linspace(-3, 8, 30)
    scaled = frame(t)
    system = coordinates(
        kind, scaled, factorize(scaled.x(t), np.sin(t), degree), scaled.to_caller(degree)
    )
    params = np.arange(1.0, degree + 2)

    stepped = system.design(t) @ params

    np.testing.assert_allclose(
        np.vander(t, degree + 1) @ (system.to_caller @ params), stepped, rtol=1e-9, atol=1e-9
    )
    np.testing.assert_allclose(
        np.vander(scaled.x(t), degree + 1) @ (system.to_scaled @ params),
        stepped,
        rtol=1e-9,
        atol=1e-9,
    )
    np.testing.assert_allclose(
        system.from_scaled @ system.to_scaled @ params, params, rtol=1e-9, atol=1e-9
    )


def test_orthonormal_columns_have_mean_square_1() -> None:
    t = np.linspace(0, 1, 50)
    scaled = frame(t)
    columns = coordinates(
        "orthonormal", scaled, factorize(scaled.x(t), t, 4), scaled.to_caller(4)
    ).design(t)

    np.testing.assert_allclose(columns.T @ columns / 50, np.eye(5), atol=1e-12)


def test_orthonormal_columns_grow_with_t() -> None:
    t = np.linspace(0, 1, 9)
    scaled = frame(t)

    assert (orthonormal(factorize(scaled.x(t), -t, 2)).diagonal() > 0).all()


def test_powers_that_cannot_be_squared_are_refused_and_scale_is_named() -> None:
    with pytest.raises(NotComputableError, match="scale"):
        check_powers(np.array([-1e80]), Frame(-1e80, 1.0), 2)


def test_powers_that_can_be_squared_pass() -> None:
    check_powers(np.array([-1e74, 1e75]), Frame(4.5e74, 5.5e74), 2)


def test_an_overflowing_substitution_is_refused() -> None:
    with pytest.raises(NotComputableError):
        substitution(10, 1e100, 1.0)
