"""What a result says about how far its descent came, against its losses and its curve."""

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given

from service.descent.answers.results import Fit
from service.descent.forecast import forecast
from service.descent.methods.losses.huber import Huber
from service.descent.methods.losses.mae import Mae
from service.descent.methods.models.mlp import Mlp
from service.descent.methods.models.polynomial import Polynomial
from service.descent.methods.optimizers.adam import Adam
from service.descent.methods.optimizers.sgd import Sgd
from service.descent.questions.analysis import AnalysisSpec
from service.descent.questions.options import Synthetic, Validation
from service.descent.questions.points import Points
from service.descent.questions.sweep import SweepSpec
from service.descent.sweep import sweep
from tests.support.specs import fit, made, random_specs

STEPPED: dict[str, dict[str, Any]] = {
    "in closed form": {},
    "momentum": {"optimizer": Sgd(momentum=0.9)},
    "loop": {"solver": "loop"},
    "batches": {"solver": "loop", "batch_size": 5},
    "adam": {"solver": "loop", "optimizer": Adam()},
    "held out": {"validation": Validation(0.25, "interleaved")},
}
OTHER_LOSSES: dict[str, dict[str, Any]] = {
    "huber": {"loss": Huber()},
    "mae": {"loss": Mae()},
    "network": {"model": Mlp(hidden=(4,))},
    "network with huber": {"model": Mlp(hidden=(4,)), "loss": Huber()},
    "network held out": {"model": Mlp(hidden=(4,)), "validation": Validation(0.25, "tail")},
}


def lecture(**given: Any) -> Fit:
    """Standardized, so that a hundred steps arrive."""
    asked: dict[str, Any] = {"synthetic": Synthetic(), "scale": "standardize", "lr": 0.1}
    return made(**asked | given)


def seen_by_the_descent(result: Fit, values: list[float]) -> Any:
    assert result.data
    return np.delete(values, result.data.held_out or [])


def r2_of_the_predictions(result: Fit) -> float:
    assert result.data
    assert result.history
    assert result.history.predictions
    y = seen_by_the_descent(result, result.data.y)
    missed = y - seen_by_the_descent(result, result.history.predictions[-1])
    return float(1 - np.mean(missed**2) / np.var(y))


@pytest.mark.parametrize("steps", [1, 20, 300])
@pytest.mark.parametrize("asked", STEPPED.values(), ids=STEPPED)
def test_a_descent_converged_if_its_last_loss_is_within_one_percent(
    asked: dict[str, Any], steps: int
) -> None:
    result = lecture(steps=steps, **asked)

    assert result.optimum
    assert result.converged is (result.loss <= 1.01 * result.optimum.loss)


@given(random_specs(steps=50))
def test_converged_is_read_from_the_loss(spec: dict[str, Any]) -> None:
    result = fit(**spec)
    assume(result.optimum.loss > 1e-6 * result.losses[0])

    near = result.outcome == "completed" and result.loss <= 1.01 * result.optimum.loss
    assert result.converged is near


@pytest.mark.parametrize("model", [Polynomial(), Mlp(hidden=(4,))])
def test_a_network_or_another_loss_converges_as_its_verdict_says(model: Any) -> None:
    for steps in (5, 2000):
        result = lecture(
            model=model, loss=Huber(), solver="loop", steps=steps, lr=0.05, record_every=steps // 5
        )

        assert result.converged is (result.verdict.reach == "converged")
        if result.optimum is None:
            assert result.progress is None
        else:
            possible = result.losses[0] - result.optimum.loss
            made = result.losses[0] - result.loss
            assert result.progress == pytest.approx(made / possible, rel=1e-9)


def test_an_overflow_right_after_the_optimum_is_no_convergence() -> None:
    finished = lecture(scale="standardize", lr="best", steps=20)

    result = lecture(lr=1e300, init=finished.scaled)

    assert (result.outcome, result.steps, result.converged) == ("diverged", 0, False)


@pytest.mark.parametrize("asked", STEPPED.values(), ids=STEPPED)
def test_r2_is_that_of_the_curve_made(asked: dict[str, Any]) -> None:
    result = lecture(steps=7, include=("predictions", "data"), **asked)

    assert result.r2 == pytest.approx(r2_of_the_predictions(result), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("asked", OTHER_LOSSES.values(), ids=OTHER_LOSSES)
def test_r2_of_another_loss_is_of_the_squares(asked: dict[str, Any]) -> None:
    result = lecture(solver="loop", steps=50, include=("predictions", "data"), **asked)

    assert result.r2 == pytest.approx(r2_of_the_predictions(result), rel=1e-9, abs=1e-9)


def test_r2_of_the_optimum_is_r2_of_the_curve_that_arrives() -> None:
    result = lecture(lr="best", steps=1000)

    assert result.optimum
    assert result.r2 == pytest.approx(result.optimum.r2, rel=1e-12)


@pytest.mark.parametrize("model", [Polynomial(), Mlp(hidden=(2,))])
def test_y_that_does_not_vary_has_no_r2(model: Any) -> None:
    result = made(data=Points.of(range(5), [0.1] * 5), model=model, lr=1e-3, solver="loop")

    assert result.r2 is None


@pytest.mark.parametrize("asked", STEPPED.values(), ids=STEPPED)
def test_progress_is_the_part_of_the_possible_fall(asked: dict[str, Any]) -> None:
    result = lecture(steps=7, **asked)

    assert result.optimum
    possible = result.losses[0] - result.optimum.loss
    assert result.progress == pytest.approx((result.losses[0] - result.loss) / possible, rel=1e-9)


def test_progress_is_one_at_the_optimum_and_negative_above_the_start() -> None:
    ended = [lecture(lr="best", steps=1000), lecture(lr=0.41, steps=200)]

    arrived, grown = (result.progress for result in ended)

    assert arrived == pytest.approx(1, abs=1e-12)
    assert arrived
    assert arrived <= 1
    assert grown
    assert grown < 0


def test_a_start_within_one_percent_has_no_progress_to_make() -> None:
    finished = lecture(lr="best", steps=1000)

    assert lecture(init=finished.scaled).progress is None


def test_numbers_beyond_a_double_are_left_out() -> None:
    """A loss of nearly 1e308, and a variance far below 1."""
    points = Points.of([0, 1, 2, 3], [0, 1e-9, -1e-9, 2e-9])

    result = fit(
        data=points, init={"a": 0, "b": 0, "c": 1e-9}, lr=1.0, steps=1000, record_every=1000
    )

    assert result.outcome == "diverged"
    assert result.loss > 1e295
    assert (result.converged, result.r2, result.progress) == (False, None, None)


def test_runs_of_a_sweep_and_forecasts_say_what_the_fit_says() -> None:
    rates, asked = (1e-3, 0.1, 0.404, 0.5, 1e300), {"synthetic": Synthetic(), "seed": 42}
    there: dict[str, Any] = asked | {"scale": "standardize", "steps": 100}

    fits = [fit(**there, lr=lr).converged for lr in rates]

    assert fits == [False, True, False, False, False]
    assert [run.converged for run in sweep(SweepSpec(**there, lrs=rates)).runs] == fits
    assert [forecast(AnalysisSpec(**there, lr=lr)).converged for lr in rates] == fits


def test_a_forecast_without_a_rate_does_not_say_whether_it_converges() -> None:
    assert forecast(AnalysisSpec(synthetic=Synthetic(), seed=42, steps=10)).converged is None


@pytest.mark.parametrize("given", [{"optimizer": Adam()}, {"model": Mlp(hidden=(4,))}])
def test_an_observed_run_of_a_sweep_says_what_the_fit_says(given: dict[str, Any]) -> None:
    rates = (1e-4, 0.1)
    asked: dict[str, Any] = {"scale": "standardize", "solver": "loop", "steps": 300} | given

    runs = sweep(SweepSpec(synthetic=Synthetic(), seed=42, lrs=rates, **asked)).runs

    assert [run.converged for run in runs] == [lecture(lr=lr, **asked).converged for lr in rates]
