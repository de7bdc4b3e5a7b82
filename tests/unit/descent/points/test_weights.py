"""Points that do not count the same."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import curve_fit, minimize

from service.descent.answers.results import Optimum
from service.descent.methods.losses import Loss
from service.descent.methods.losses.huber import Huber
from service.descent.methods.losses.mae import Mae
from service.descent.methods.models.mlp import Mlp
from service.descent.methods.models.polynomial import Polynomial
from service.descent.methods.optimizers.adam import Adam
from service.descent.methods.optimizers.sgd import Sgd
from service.descent.questions.options import Scale, Validation
from tests.support import oracle
from tests.support.specs import fit, network_fit, points_of
from tests.support.tolerances import PROMISED

T = np.arange(20.0)
GENERATOR = np.random.default_rng(3)
Y = 0.75 * (T - 9.5) ** 2 + 1 + 3 * GENERATOR.normal(size=20)
WEIGHTS = GENERATOR.uniform(0.2, 4, 20)
SIGMA = 1 / np.sqrt(WEIGHTS)


def columns(**more: Any) -> dict[str, Any]:
    return {name: np.asarray(column).tolist() for name, column in {"t": T, "y": Y, **more}.items()}


def optimum(degree: int = 2, **sent: Any) -> Optimum:
    points = points_of(**sent)
    return fit(data=points, model=Polynomial(degree=degree), init="zeros", steps=1).optimum


@given(
    st.integers(1, 5),
    st.lists(st.floats(1e-6, 1e6), min_size=8, max_size=30),
    st.integers(0, 2**32),
)
def test_the_optimum_is_the_exact_rational_one(
    degree: int, weights: list[float], seed: int
) -> None:
    count, generator = len(weights), np.random.default_rng(seed)
    t = (np.arange(count) + generator.uniform(0, 0.5, count)).tolist()
    y = generator.normal(size=count).tolist()

    found = optimum(degree, t=t, y=y, weights=weights)

    exact = oracle.least_squares(t, y, degree, weights)
    at = [float(oracle.predict(Fraction(each), exact)) for each in t]
    largest = max(map(abs, at))
    curve = np.polyval([*found.params.values()], t).tolist()
    assert curve == pytest.approx(at, rel=0, abs=1e-9 * largest)


def test_the_example_of_statsmodels() -> None:
    """The docstring of its WLS prints the parameters and their t values."""
    found = optimum(1, t=[*range(1, 8)], y=[1, 3, 4, 5, 2, 3, 4], weights=[*range(1, 8)])

    assert found.params == pytest.approx({"a": 0.0952381, "b": 2.91666667}, abs=5e-9)
    assert found.standard_errors is not None
    ratios = {name: found.params[name] / found.standard_errors[name] for name in found.params}
    assert ratios == pytest.approx({"a": 0.35684428, "b": 2.0652652}, abs=5e-8)


@pytest.mark.parametrize("sigma_is", ["relative", "absolute"])
def test_standard_errors_are_those_of_scipy(sigma_is: str) -> None:
    found = optimum(**columns(sigma=SIGMA), sigma_is=sigma_is)

    params, covariance = curve_fit(
        lambda t, a, b, c: a * t**2 + b * t + c,
        T,
        Y,
        sigma=SIGMA,
        absolute_sigma=sigma_is == "absolute",
    )
    assert found.standard_errors is not None
    # curve_fit stops at a relative change of 1.5e-8
    assert [*found.params.values()] == pytest.approx(params.tolist(), rel=1e-6)
    errors = np.sqrt(np.diag(covariance)).tolist()
    assert [*found.standard_errors.values()] == pytest.approx(errors, rel=1e-6)


def test_known_uncertainties_need_no_degrees_of_freedom() -> None:
    found = optimum(1, t=[0, 1], y=[0, 1], sigma=[2, 2], sigma_is="absolute")

    assert found.standard_errors == pytest.approx({"a": 8**0.5, "b": 2.0}, rel=PROMISED)


def test_only_the_ratios_of_weights_matter() -> None:
    one, other = optimum(**columns(weights=WEIGHTS)), optimum(**columns(weights=4 * WEIGHTS))

    assert one == other


def test_an_uncertainty_is_the_root_of_an_inverse_weight() -> None:
    by_weight, by_sigma = optimum(**columns(weights=WEIGHTS)), optimum(**columns(sigma=SIGMA))

    assert by_sigma.params == pytest.approx(by_weight.params, rel=PROMISED)


def test_a_point_of_weight_2_is_a_point_that_is_there_twice() -> None:
    weighted = fit(data=points_of(**columns(weights=[2.0, *[1.0] * 19])), init="zeros", lr=1e-5)
    twice = fit(data=points_of(t=[0.0, *T], y=[Y[0], *Y]), init="zeros", lr=1e-5)

    assert weighted.losses == pytest.approx(twice.losses, rel=PROMISED)


def test_equal_weights_change_nothing_but_rounding() -> None:
    weighted = fit(data=points_of(**columns(weights=[3.0] * 20)), init="zeros", lr=1e-5)
    plain = fit(data=points_of(**columns()), init="zeros", lr=1e-5)

    assert weighted.losses == pytest.approx(plain.losses, rel=PROMISED)


@pytest.mark.parametrize("scale", ["none", "standardize", "orthonormal"])
@pytest.mark.parametrize(
    "optimizer", [Sgd(), Sgd(momentum=0.9), Sgd(weight_decay=0.1)], ids=["plain", "fast", "decay"]
)
def test_the_loop_and_the_closed_form_agree(scale: Scale, optimizer: Sgd) -> None:
    common: dict[str, Any] = {
        "data": points_of(**columns(weights=WEIGHTS)),
        "lr": 1e-5 if scale == "none" else 0.05,
        "scale": scale,
        "optimizer": optimizer,
        "validation": Validation(0.3),
        "steps": 50,
        "seed": 1,
    }

    loop, exact = fit(**common, solver="loop"), fit(**common, solver="exact")

    assert exact.losses == pytest.approx(loop.losses, rel=1e-9)
    assert exact.validation_losses == pytest.approx(loop.validation_losses, rel=1e-9)


@pytest.mark.parametrize("loss", [Mae(), Huber()], ids=["mae", "huber"])
def test_no_general_method_finds_a_lower_robust_loss(loss: Loss) -> None:
    found = fit(
        data=points_of(**columns(weights=WEIGHTS)), loss=loss, init="zeros", lr=1e-5, steps=1
    ).optimum

    def mean(params: Any) -> float:
        away = np.abs(np.polyval(params, T) - Y)
        near = np.minimum(away, loss.delta) if loss.delta else away
        costs = near * (away - near / 2) if loss.delta else away
        return float(np.average(costs, weights=WEIGHTS))

    best = minimize(mean, [*found.params.values()], method="Nelder-Mead", options={"fatol": 1e-13})
    assert found.loss == pytest.approx(mean([*found.params.values()]), rel=1e-9)
    assert found.loss <= best.fun * (1 + 1e-9)


def test_a_network_sees_weights() -> None:
    """A point of weight 2 is a point that is there twice."""
    common: dict[str, Any] = {
        "model": Mlp(hidden=(4,)),
        "optimizer": Adam(),
        "scale": "none",
        "lr": 0.01,
        "steps": 5,
        "seed": 1,
    }

    weighted = network_fit(data=points_of(t=[0, 1], y=[0, 1], weights=[2, 1]), **common)
    twice = network_fit(data=points_of(t=[0, 0, 1], y=[0, 0, 1]), **common)

    assert weighted.losses == pytest.approx(twice.losses, rel=1e-9)
    assert weighted.r2 == pytest.approx(twice.r2, rel=1e-6)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=20, max_size=20))
def test_a_point_with_a_gap_is_not_there(gaps: list[tuple[bool, bool]]) -> None:
    t = [None if gap else value for value, (gap, _) in zip(T.tolist(), gaps, strict=True)]
    y = [None if gap else value for value, (_, gap) in zip(Y.tolist(), gaps, strict=True)]
    whole = [i for i in range(20) if not any(gaps[i])]
    if not whole:
        return

    left_out = fit(data=points_of(t=t, y=y), lr=1e-5, seed=1, steps=10)
    never_sent = fit(data=points_of(t=T[whole], y=Y[whole]), lr=1e-5, seed=1, steps=10)

    assert left_out.losses == never_sent.losses
    assert left_out.params == never_sent.params


def test_an_answer_says_which_points_were_left_out() -> None:
    points = points_of(t=[0, 1, None, 3, 4], y=[1, 2, 3, None, 5], weights=[1, 1, 1, 0, 0])

    used = fit(data=points, lr=0.1, steps=1).data_used

    assert used is not None
    assert (used.points, used.missing, used.weightless) == (2, 2, 1)


def test_an_answer_about_all_points_does_not_count_them() -> None:
    assert fit(data=points_of(t=[0, 1], y=[1, 2]), lr=0.1, steps=1).data_used is None
