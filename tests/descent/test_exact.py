from math import log1p, sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from service.descent.dataset import posted
from service.descent.modes import log_multiplier
from service.descent.parts import Points, Polynomial, Synthetic
from tests.descent.specs import fit, largest_eigenvalue, random_specs

RANDOM = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@given(random_specs())
@RANDOM
def test_the_closed_form_is_the_textbook_loop(spec: dict[str, Any]) -> None:
    """Relative 1e-9 in the loss; a residual below 1e-13 of the data is the rounding of the loop's
    own parameters (ADR 3).
    """
    exact, loop = fit(**spec, solver="exact"), fit(**spec, solver="loop")

    assert exact.diverged_at == loop.diverged_at
    floor = 1e-13 * sqrt(loop.losses[0] + np.mean(np.square(posted(spec["data"]).y)))
    np.testing.assert_allclose(np.sqrt(exact.losses), np.sqrt(loop.losses), rtol=5e-10, atol=floor)


@pytest.mark.parametrize("t", [[0.0, 1, 2, 3, 100], [0, 0.1, 0.2, 0.3, 50, 60]])
def test_one_step_onto_a_perfect_fit_of_crowded_points_is_the_loops(t: list[float]) -> None:
    points, model = (
        Points.of(t, [(-1) ** i * i for i in range(len(t))]),
        Polynomial(degree=len(t) - 1),
    )
    spec: dict[str, Any] = {
        "data": points,
        "model": model,
        "scale": "orthonormal",
        "init": "zeros",
        "lr": 0.5,
    }
    exact, loop = fit(**spec, solver="exact"), fit(**spec, solver="loop")

    assert np.sqrt(exact.losses[1:]) == pytest.approx(
        np.sqrt(loop.losses[1:]), abs=1e-13 * np.sqrt(loop.losses[0])
    )


@given(random_specs(steps=50))
@RANDOM
def test_parameters_and_gradients_are_those_of_the_loop(spec: dict[str, Any]) -> None:
    exact = fit(**spec, solver="exact", include=("predictions", "gradients")).history
    stepped = fit(**spec, solver="loop", include=("predictions", "gradients"))
    loop = stepped.history
    points = posted(spec["data"])

    assert exact
    assert exact.predictions
    assert exact.gradients
    assert loop
    assert loop.predictions
    assert loop.gradients
    magnitude = (
        np.max(np.abs(loop.predictions), axis=1, keepdims=True)
        + np.max(np.abs(points.y))
        + np.max(np.abs(loop.predictions[0]))
    )
    assert np.all(np.abs(np.subtract(exact.predictions, loop.predictions)) <= 1e-9 * magnitude)
    eigenvalue = largest_eigenvalue(points.t, spec["model"].degree, spec["scale"])
    losses = np.array(stepped.losses)
    largest = np.sqrt(2 * eigenvalue) * (
        np.sqrt(losses) + 1e-4 * np.sqrt(losses[0] + np.mean(np.square(points.y)))
    )
    ours, theirs = np.array(list(exact.gradients.values())), np.array(list(loop.gradients.values()))
    # what a gradient is at most, |X| |r|: its parts may cancel
    assert np.all(np.abs(ours - theirs) <= 1e-9 * largest)


def test_a_million_steps_of_the_lecture_cost_as_much_as_ten() -> None:
    million = fit(synthetic=Synthetic(), steps=1_762_888)

    assert million.loss <= 7.30497013 * 1.01
    assert fit(synthetic=Synthetic(), steps=1_762_887).loss > 7.30497013 * 1.01


@pytest.mark.parametrize(("lr", "step"), [(1e-3, 10), (1e-2, 6), (1e-1, 5)])
def test_the_lectures_float32_losses_overflow_where_they_are_known_to(lr: float, step: int) -> None:
    assert (
        fit(synthetic=Synthetic(), lr=lr, steps=100, precision="float32", solver="loop").diverged_at
        == step
    )


@pytest.mark.parametrize("lr", [1e-300, 1e-5, 1e-3, 1.0, 1e10, 1e300])
def test_every_rate_ends_where_the_loop_ends(lr: float) -> None:
    exact, loop = (
        fit(synthetic=Synthetic(), lr=lr, steps=2000, record_every=7, solver=solver)
        for solver in ("exact", "loop")
    )

    assert (exact.outcome, exact.diverged_at, exact.steps) == (
        loop.outcome,
        loop.diverged_at,
        loop.steps,
    )
    np.testing.assert_allclose(exact.losses, loop.losses, rtol=1e-9)


def test_the_optimum_as_start_stays() -> None:
    optimum = fit(data=Points.of([0, 1, 2], [1, 1, 1]), steps=1).optimum.params

    assert fit(
        data=Points.of([0, 1, 2], [1, 1, 1]), init=optimum, lr=0.1, steps=50
    ).loss == pytest.approx(0, abs=1e-25)


def test_log_multiplier_keeps_the_digits_of_small_rates() -> None:
    assert log_multiplier(1e-20) == log1p(-1e-20)


def test_log_multiplier_is_finite_where_the_multiplier_is_zero_or_infinite() -> None:
    assert np.isfinite([log_multiplier(1.0), log_multiplier(float("inf"))]).all()


def test_log_multiplier_sees_no_difference_between_sides() -> None:
    assert log_multiplier(1.99) == pytest.approx(log_multiplier(0.01), rel=1e-12)
