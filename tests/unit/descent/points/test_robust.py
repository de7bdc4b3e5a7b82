from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog, minimize
from scipy.special import huber

from service.descent.arrays import Array
from service.descent.methods.losses.huber import Huber
from service.descent.methods.losses.mae import Mae
from service.descent.methods.models.mlp import Mlp
from service.descent.methods.models.polynomial import Polynomial
from service.descent.points.dataset import Dataset
from service.descent.points.factor import factorize
from service.descent.points.robust import (
    ACCURATE,
    FINEST,
    RobustOptimum,
    lowest,
    robust_optimum,
)
from service.descent.points.scaling import frame
from service.descent.questions.options import Synthetic, Validation
from service.descent.questions.points import Points
from tests.support.specs import fit, made
from tests.support.tolerances import EPS

LINE = Polynomial(degree=1)
THREE: dict[str, Any] = {"data": Points.of([0, 1, 2], [0, 1, 5]), "model": LINE}
"""The second difference of the residuals of any line is 3, and slopes of the loss that balance are
in the ratio 1 : -2 : 1.
"""


def orthonormal(x: Array, p: int) -> Array:
    columns: Array = np.linalg.qr(np.vander(x, p, increasing=True))[0]
    return columns


def least_absolute(columns: Array, y: Array) -> float:
    """Return the least mean absolute residual, by linear programming."""
    n, p = columns.shape
    costs = np.r_[np.zeros(p), np.full(2 * n, 1 / n)]
    bounds = [(None, None)] * p + [(0, None)] * (2 * n)
    equal = np.hstack([columns, np.eye(n), -np.eye(n)])
    solved = linprog(costs, A_eq=equal, b_eq=y, bounds=bounds)
    assert solved.fun is not None
    return float(solved.fun)


def least_huber(columns: Array, y: Array, delta: float) -> float:
    """Return the least mean Huber loss that a general method finds from many starts."""

    def loss(params: Array) -> float:
        return float(huber(delta, y - columns @ params).mean())

    def slope(params: Array) -> Array:
        left: Array = (y - columns @ params).clip(-delta, delta)
        return np.asarray(-columns.T @ left / len(y), float)

    starts = np.random.default_rng(0).normal(scale=np.std(y), size=(8, columns.shape[1]))
    return min(
        minimize(loss, start, jac=slope, options={"gtol": 1e-12}).fun
        for start in [columns.T @ y, *starts]
    )


@st.composite
def points(draw: st.DrawFn) -> tuple[Array, Array]:
    """A polynomial with noise, outliers, and points at the same x."""
    generator = np.random.default_rng(draw(st.integers(0, 2**32)))
    n, p = draw(st.sampled_from([3, 7, 20, 101])), draw(st.integers(1, 3))
    x = generator.uniform(-1, 1, n)
    if draw(st.booleans()):
        x = np.round(x, 1)
    x[:p] = np.linspace(-1, 1, p)
    y = np.vander(x, p) @ generator.normal(size=p)
    y += draw(st.sampled_from([0.0, 0.01, 1.0])) * generator.normal(size=n)
    outliers = generator.uniform(size=n) < draw(st.sampled_from([0.0, 0.2]))
    y[outliers] += 10 ** draw(st.integers(0, 6)) * generator.normal(size=n)[outliers]
    return orthonormal(x, p), y


@given(points())
def test_least_absolute_residuals_are_those_of_linear_programming(
    case: tuple[Array, Array],
) -> None:
    columns, y = case

    found = np.abs(y - columns @ lowest(columns, y, np.ones(len(y)), 0.0)).mean()

    expected = least_absolute(columns, y)
    assert found <= expected * (1 + ACCURATE) + FINEST * np.abs(y).max()


@given(points(), st.sampled_from([0.01, 0.3, 1.0, 30.0]))
def test_no_start_of_a_general_method_finds_a_lower_huber_loss(
    case: tuple[Array, Array], delta: float
) -> None:
    columns, y = case

    found = huber(delta, y - columns @ lowest(columns, y, np.ones(len(y)), delta)).mean()

    assert found <= least_huber(columns, y, delta) * (1 + 1e-9) + 1e-15 * np.abs(y).max() ** 2


@given(points(), st.sampled_from([0.01, 0.3, 1.0, 30.0]))
def test_the_slopes_of_the_loss_balance_at_the_optimum(
    case: tuple[Array, Array], delta: float
) -> None:
    columns, y = case

    params = lowest(columns, y, np.ones(len(y)), delta)

    slopes = (y - columns @ params).clip(-delta, delta)
    rounding = EPS * np.linalg.norm(params)
    assert np.linalg.norm(columns.T @ slopes) <= 1e3 * EPS * delta * len(y) + 100 * rounding


def test_the_line_of_least_absolute_residuals_passes_through_the_outer_two_points() -> None:
    optimum = fit(**THREE, loss=Mae(), solver="loop").optimum

    assert optimum.params == pytest.approx({"a": 2.5, "b": 0.0}, abs=20 * EPS)
    assert optimum.loss == pytest.approx(1.5 / 3, rel=20 * EPS)
    assert (optimum.basis, optimum.unique, optimum.r2) == ("robust", True, None)
    assert (optimum.standard_errors, optimum.interval95) == (None, None)


def test_the_huber_line_of_three_points_balances_their_slopes() -> None:
    """With delta 1/2, the middle point is beyond it: the residuals are 1/4, -5/4 and 1/4."""
    optimum = fit(**THREE, loss=Huber(delta=0.5), solver="loop").optimum

    assert optimum.params == pytest.approx({"a": 2.5, "b": -0.25}, abs=1e-13)
    assert optimum.loss == pytest.approx((2 / 32 + 1 / 2) / 3, rel=1e-13)


def test_a_delta_beyond_all_residuals_gives_least_squares() -> None:
    """The mean Huber loss is then half the mean squared error."""
    huge = fit(synthetic=Synthetic(), loss=Huber(delta=1e3), solver="loop").optimum
    squares = fit(synthetic=Synthetic()).optimum

    assert squares.basis == "least_squares"
    assert huge.params == pytest.approx(squares.params, rel=1e-9)
    assert huge.loss == pytest.approx(squares.loss / 2, rel=1e-12)


def test_points_on_a_line_are_fitted_exactly_whatever_the_outliers_are() -> None:
    t = np.arange(20.0)
    y = 2 * t + 1
    y[[3, 15]] = 1e6, -1e8

    optimum = fit(data=Points.of(t, y), model=LINE, loss=Mae(), solver="loop").optimum

    assert optimum.params == pytest.approx({"a": 2.0, "b": 1.0}, rel=1e-12)


def test_the_optimum_is_that_of_the_points_that_the_descent_sees() -> None:
    t, y = np.arange(8.0), np.array([1.0, 2, 4, 100, 5, 6, 8, 100])
    seen = np.array([0, 1, 2, 4, 5, 6])
    held = Validation(0.25, "interleaved")

    whole = fit(data=Points.of(t, y), model=LINE, loss=Mae(), solver="loop", validation=held)
    part = fit(data=Points.of(t[seen], y[seen]), model=LINE, loss=Mae(), solver="loop")

    assert whole.optimum.params == pytest.approx(part.optimum.params, rel=1e-12)


def test_degrees_that_the_points_do_not_determine_are_left_out() -> None:
    optimum = fit(data=Points.of([1, 2, 2], [1, 2, 5]), loss=Huber(), solver="loop").optimum

    assert not optimum.unique
    assert optimum.params["a"] == 0


def test_a_network_has_no_optimum() -> None:
    assert made(synthetic=Synthetic(), model=Mlp(), loss=Mae(), solver="loop").optimum is None


@pytest.mark.parametrize("loss", [Mae(), Huber(delta=0.1)], ids=str)
@pytest.mark.parametrize("y", [[5.0] * 6, [0.0] * 6, [0, 0, 0, 0, 1, 1]], ids=str)
def test_y_that_hardly_varies_has_an_optimum_too(loss: Mae | Huber, y: list[float]) -> None:
    found = optimum_of(y, loss)

    assert found.loss <= least_absolute(
        orthonormal(np.arange(6.0), 2), np.array(y)
    ) + 20 * EPS * max(y)
    assert found.target >= 0


@pytest.mark.parametrize("outliers", [[], [1e8, -1e9]])
def test_outliers_hardly_change_the_target(outliers: list[float]) -> None:
    """It is one percent of the median absolute residual, here of the middle of -1 .. 1."""
    y = np.linspace(-1, 1, 41).tolist() + outliers

    assert optimum_of(y, Mae(), degree=0).target == pytest.approx(0.01 * 0.5, rel=0.11)


def optimum_of(y: list[float], loss: Mae | Huber, degree: int = 1) -> RobustOptimum:
    t = np.arange(float(len(y)))
    return robust_optimum(
        Dataset(t, np.array(y)), factorize(t, np.array(y), degree, frame(t)), loss
    )
