from math import log1p, sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from service.descent.methods.models.polynomial import Polynomial
from service.descent.points.dataset import posted
from service.descent.quadratic.modes import log_multiplier
from service.descent.questions.options import Synthetic
from service.descent.questions.points import Points
from tests.support.solvers import curves_beyond_promise
from tests.support.specs import fit, lecture_as_printed, random_specs
from tests.support.tolerances import beyond_promise, rounding_floor


@given(random_specs())
def test_the_closed_form_is_the_textbook_loop(spec: dict[str, Any]) -> None:
    exact, loop = fit(**spec, solver="exact"), fit(**spec, solver="loop")

    assert exact.diverged_at == loop.diverged_at
    assert beyond_promise(exact.losses, loop.losses, posted(spec["data"]).y) == []


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

    assert beyond_promise(exact.losses, loop.losses) == []


@given(random_specs(steps=50))
def test_parameters_and_gradients_are_those_of_the_loop(spec: dict[str, Any]) -> None:
    assert curves_beyond_promise(spec) == {"predictions": [], "gradients": []}


def test_a_million_steps_of_the_lecture_arrive_when_they_are_known_to() -> None:
    """Without making them: only the first and the last are recorded."""
    (before, there) = (
        fit(**lecture_as_printed(), steps=steps, record_every=steps)
        for steps in (1_762_887, 1_762_888)
    )

    assert there.loss <= 1.01 * there.optimum.loss < before.loss


@pytest.mark.parametrize(("lr", "step"), [(1e-3, 10), (1e-2, 6), (1e-1, 5)])
def test_the_lectures_float32_losses_overflow_where_they_are_known_to(lr: float, step: int) -> None:
    assert (
        fit(synthetic=Synthetic(), lr=lr, steps=100, precision="float32", solver="loop").diverged_at
        == step
    )


@pytest.mark.parametrize("lr", [1e-300, 1e-5, 1e-3, 1.0, 1e10, 1e300])
def test_every_rate_ends_where_the_loop_ends(lr: float) -> None:
    exact, loop = (
        fit(synthetic=Synthetic(), lr=lr, steps=200, record_every=7, solver=solver)
        for solver in ("exact", "loop")
    )

    assert (exact.outcome, exact.diverged_at, exact.steps) == (
        loop.outcome,
        loop.diverged_at,
        loop.steps,
    )
    assert beyond_promise(exact.losses, loop.losses) == []


def test_the_optimum_as_start_stays() -> None:
    points = Points.of([0, 1, 2], [1, 1, 1])
    optimum = fit(data=points, steps=1).optimum.params

    moved = fit(data=points, init=optimum, lr=0.1, steps=50)

    assert sqrt(moved.loss) <= rounding_floor(0.0, [1, 1, 1])


def test_log_multiplier_keeps_the_digits_of_small_rates() -> None:
    assert log_multiplier(1e-20) == log1p(-1e-20)


def test_log_multiplier_is_finite_where_the_multiplier_is_zero_or_infinite() -> None:
    assert np.isfinite([log_multiplier(1.0), log_multiplier(float("inf"))]).all()


def test_log_multiplier_sees_no_difference_between_sides() -> None:
    assert log_multiplier(1.75) == log_multiplier(0.25) == log1p(-0.25)
