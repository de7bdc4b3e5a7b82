import numpy as np
import pytest

from service.descent.arrays import Array
from service.descent.points.coordinates import Coordinates, coordinates
from service.descent.points.factor import factorize_all
from service.descent.points.scaling import frame, frames
from service.descent.questions.options import Scale
from tests.support.tolerances import EPS, apart

TEN_ROUNDINGS = 10 * EPS


def system_of(kind: Scale, t: Array, degree: int) -> Coordinates:
    scaled = frames(t[None])
    factors = factorize_all(t[None], np.sin(t)[None], degree, scaled)
    found = coordinates(kind, factors, scaled, scaled.to_caller(degree))
    one = scaled.of_each()
    return found.of_each(one, factors.of_each(one, [None]))[0]


@pytest.mark.parametrize("kind", ["none", "standardize", "orthonormal"])
@pytest.mark.parametrize("degree", [1, 2, 5])
def test_every_coordinate_system_describes_the_same_curve(kind: Scale, degree: int) -> None:
    t = np.linspace(-3, 8, 30)
    scaled, system = frame(t), system_of(kind, t, degree)
    params = np.arange(1.0, degree + 2)

    stepped = system.design(t) @ params

    in_t, in_x = np.vander(t, degree + 1), np.vander(scaled.x(t), degree + 1)
    assert apart(in_t @ (system.to_caller @ params), stepped) <= rounding_of(
        in_t, system.to_caller, params
    )
    assert apart(in_x @ (system.to_scaled @ params), stepped) <= rounding_of(
        in_x, system.to_scaled, params
    )
    assert apart(system.from_scaled @ system.to_scaled @ params, params) <= rounding_of(
        system.from_scaled, system.to_scaled, params
    )


def rounding_of(*factors: Array) -> float:
    """Return what rounding leaves of a product: ten times eps of the product of magnitudes."""
    product = np.linalg.multi_dot([np.abs(factor) for factor in factors])
    return float(TEN_ROUNDINGS * len(factors[0].T) * product.max())


def test_orthonormal_columns_have_mean_square_1() -> None:
    t = np.linspace(0, 1, 50)

    columns = system_of("orthonormal", t, 4).design(t)

    assert apart(columns.T @ columns / 50, np.eye(5)) <= TEN_ROUNDINGS * 5


def test_orthonormal_columns_grow_with_t() -> None:
    t = np.linspace(0, 1, 9)

    assert (system_of("orthonormal", t, 2).to_scaled.diagonal() > 0).all()
