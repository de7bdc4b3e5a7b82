from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.descent.fit import collect, events
from service.descent.methods.models.polynomial import Polynomial
from service.descent.points.dataset import posted
from service.descent.quadratic.problem import (
    QuadraticProblem,
    has,
    prepare_polynomial,
)
from service.descent.questions.fit import FitSpec
from service.descent.questions.options import Scale, Synthetic
from service.descent.questions.points import Points
from tests.support.examples import fewer
from tests.support.specs import PolynomialFit, fit, random_specs
from tests.support.tolerances import PROMISED

DEFAULTS: dict[str, Any] = {"lr": "best", "scale": "auto", "steps": 100}
HOURS = 1.7e9 + 3600 * np.arange(48.0)
ASKED: dict[str, dict[str, Any]] = {
    "as they are": {},
    "standardized": {"scale": "standardize"},
    "left open": {"scale": "auto", "lr": "best"},
    "stepped": {"solver": "loop", "steps": 20},
    "in float32": {"solver": "loop", "precision": "float32", "steps": 20},
    "at": {"at": (20.0, 21.0), "include": ("params", "predictions")},
}


def converges(result: PolynomialFit, y: np.ndarray[Any, np.dtype[np.float64]]) -> bool:
    """Within one percent of the optimum or, where that is almost zero, of a millionth of y's
    variance, but for rounding.
    """
    rounding = 1e-24 * (result.losses[0] + float(np.mean(y**2)))
    target = 0.01 * max(result.optimum.loss, 1e-6 * float(np.var(y)))
    return result.loss <= result.optimum.loss + target * (1 + 1e-9) + rounding


@given(random_specs(steps=100))
def test_points_alone_converge(spec: dict[str, Any]) -> None:
    result = fit(**spec | DEFAULTS)

    assert (result.outcome, result.verdict.reach, result.verdict.suggestion) == (
        "completed",
        "converged",
        None,
    )
    assert converges(result, posted(spec["data"]).y)


@given(st.integers(1, 10), st.integers(1, 100), st.integers(0, 2**32))
def test_unix_seconds_alone_converge_at_any_degree(degree: int, steps: int, seed: int) -> None:
    y = np.random.default_rng(seed).normal(size=48)

    result = fit(
        data=Points.of(HOURS.tolist(), y.tolist()),
        model=Polynomial(degree=degree),
        lr="best",
        scale="auto",
        steps=steps,
    )

    assert result.verdict.reach == "converged"
    assert converges(result, y)


def test_a_faint_curvature_far_from_zero_is_found() -> None:
    t = 1e6 + np.arange(100.0)

    result = fit(data=Points.of(t.tolist(), (1e-25 * (t - 1e6) ** 2).tolist()), **DEFAULTS)

    assert result.verdict.reach == "converged"
    assert result.optimum.params["a"] == pytest.approx(1e-25, rel=PROMISED)


@pytest.mark.parametrize("degree", range(1, 11))
@pytest.mark.parametrize("steps", [1, 10, 100, 1000])
def test_orthonormal_is_taken_exactly_where_standardize_does_not_converge(
    degree: int, steps: int
) -> None:
    asked: dict[str, Any] = {
        "synthetic": Synthetic(),
        "model": Polynomial(degree=degree),
        "lr": "best",
        "steps": steps,
    }

    standard = fit(**asked, scale="standardize")

    expected = "standardize" if standard.verdict.reach == "converged" else "orthonormal"
    assert fit(**asked, scale="auto").resolved.scale == expected


def test_both_are_taken_on_the_lectures_points() -> None:
    assert [
        fit(synthetic=Synthetic(), **DEFAULTS | {"steps": steps}).resolved.scale
        for steps in (10, 100)
    ] == [
        "orthonormal",
        "standardize",
    ]


@given(random_specs(steps=50))
def test_the_best_rate_is_that_of_the_analysis(spec: dict[str, Any]) -> None:
    result = fit(**spec | {"lr": "best"})

    assert result.analysis.lr_best is None or result.resolved.lr == result.analysis.lr_best


@pytest.mark.parametrize("scale", ["none", "standardize", "orthonormal", "auto"])
def test_where_nothing_moves_the_best_rate_would_not_jump(scale: Scale) -> None:
    result = fit(data=Points.of([0, 1, 2], [0, 0, 0]), init="zeros", lr="best", scale=scale)

    assert result.analysis.lr_best is None
    assert result.resolved.lr == 1 / result.analysis.modes[0].eigenvalue
    assert result.losses == [0.0] * 11


@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
def test_resolved_sent_again_gives_the_same(asked: dict[str, Any]) -> None:
    first = fit(synthetic=Synthetic(), **asked)

    assert collect(events(FitSpec(**vars(first.resolved)))) == first


@fewer(2)
@given(random_specs(steps=30))
def test_what_auto_decides_is_what_would_be_asked_for(spec: dict[str, Any]) -> None:
    first = fit(**spec | DEFAULTS)

    assert collect(events(FitSpec(**vars(first.resolved), data=spec["data"]))) == first


@pytest.mark.parametrize(
    ("rate", "fits"), [(1.2e-38, True), (1.1e-38, False), (3.4e38, True), (3.5e38, False)]
)
def test_float32_has_the_rates_between_its_smallest_normal_number_and_its_largest(
    rate: float, *, fits: bool
) -> None:
    smallest, largest = np.finfo(np.float32).tiny, np.finfo(np.float32).max

    assert has("float32", rate) is fits is bool(smallest <= rate <= largest)
    assert has("float64", rate)


def lecture_problem(**given: Any) -> QuadraticProblem:
    lecture: dict[str, Any] = {"synthetic": Synthetic(), "seed": 42, "lr": 1e-5, "steps": 10}
    return prepare_polynomial(FitSpec(**lecture | given))


def test_a_random_start_is_another_curve_on_standardized_t() -> None:
    there = lecture_problem(scale="standardize").outlook

    assert lecture_problem().standardized_outlook.excess == there.excess


def test_any_other_start_is_the_same_curve_on_standardized_t() -> None:
    problem = lecture_problem(init={"a": 0.5, "b": -3.0, "c": 20.0})

    assert problem.standardized_outlook.excess == problem.standardized
    assert problem.standardized.start == pytest.approx(problem.outlook.excess.start, rel=PROMISED)


@pytest.mark.parametrize(("steps", "scale"), [(10, "orthonormal"), (20, "standardize")])
def test_the_coordinates_suggested_are_those_that_auto_chooses(steps: int, scale: Scale) -> None:
    problem = lecture_problem(steps=steps)

    assert problem.better_scale == scale
    assert problem.rescaling(problem.outlook.left_at_best) == {"scale": scale, "lr": "best"}
    assert lecture_problem(steps=steps, lr="best", scale="auto").coordinates.kind == scale


def test_from_standardized_t_orthonormal_columns_are_suggested() -> None:
    problem = lecture_problem(scale="standardize", steps=3)

    assert problem.rescaling(problem.outlook.left_at_best) == {"scale": "orthonormal", "lr": "best"}


def test_there_are_no_better_coordinates_than_orthonormal_columns() -> None:
    problem = lecture_problem(scale="orthonormal")

    assert (problem.better_scale, problem.rescaling(1e300)) == (None, None)


def test_other_coordinates_are_suggested_where_they_leave_a_hundredth_less() -> None:
    problem = lecture_problem(steps=1000)
    left = problem.standardized_outlook.left_at_best

    assert problem.rescaling(left / 0.98) == {"scale": "standardize", "lr": "best"}
    assert problem.rescaling(left / 0.995) == {"scale": "orthonormal", "lr": "best"}
    assert problem.rescaling(0.0) is None
