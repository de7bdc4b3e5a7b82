from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from service.descent.methods.models.polynomial import Polynomial
from service.descent.points.dataset import posted
from service.descent.quadratic.excess import Excess
from service.descent.quadratic.modes import Modes, log_multiplier
from service.descent.quadratic.problem import prepare_polynomial
from service.descent.questions.fit import FitSpec
from service.descent.questions.options import Points, Synthetic
from tests.support.specs import LECTURE, excesses, fit, lecture_as_printed, random_specs
from tests.support.tolerances import EPS, known


def of(**given: Any) -> Modes:
    asked: dict[str, Any] = {"seed": 42, "lr": 1e-5, "steps": 10} | given
    return prepare_polynomial(FitSpec(**asked)).modes


def mostly_steepest(spec: dict[str, Any]) -> dict[str, Any]:
    """The same points in the caller's units, from a start of which the steepest direction holds all
    but a millionth.
    """
    t, y = posted(spec["data"]).t, posted(spec["data"]).y
    _, singular, directions = np.linalg.svd(
        np.vander(t, spec["model"].degree + 1), full_matrices=False
    )
    start = directions[0] * 1e4 * np.linalg.norm(y) / singular[0]
    names = "abcdefghijk"[: len(start)]
    return spec | {
        "scale": "none",
        "init": dict(zip(names, start.tolist(), strict=True)),
        "steps": 50,
        "solver": "loop",
    }


@given(random_specs())
def test_eigenvalues_are_those_of_the_curvature(spec: dict[str, Any]) -> None:
    """By numpy, from the design matrix itself."""
    x = prepare_polynomial(FitSpec(**spec)).coordinates.design(posted(spec["data"]).t)
    expected = 2 / len(x) * np.linalg.svd(x, compute_uv=False) ** 2

    told = np.array(of(**spec).eigenvalues)[: len(expected)]

    # A backward stable decomposition moves singular values by some p n eps of the largest.
    allowed = 10 * x.size * EPS * np.sqrt(expected[0])
    assert np.sqrt(told) == pytest.approx(np.sqrt(expected), rel=0, abs=allowed)


@given(random_specs())
def test_the_steepest_mode_stands_first(spec: dict[str, Any]) -> None:
    eigenvalues = of(**spec).eigenvalues

    assert eigenvalues == sorted(eigenvalues, reverse=True)


@given(random_specs())
def test_directions_are_orthonormal(spec: dict[str, Any]) -> None:
    directions = of(**spec).directions

    p = len(directions)
    assert directions @ directions.T == pytest.approx(np.eye(p), rel=0, abs=10 * p * EPS)


def test_orthonormal_columns_have_one_curvature() -> None:
    """To ten roundings: they are squares of singular values near sqrt(20), times 2 / 20."""
    eigenvalues = of(synthetic=Synthetic(), scale="orthonormal").eigenvalues

    assert eigenvalues == pytest.approx([2.0, 2.0, 2.0], rel=10 * EPS)


@pytest.mark.parametrize(
    ("t", "moving"),
    [([3.0], 1), ([3.0, 3.0], 1), ([3.0, 4.0], 2), ([3.0, 4.0, 4.0], 2), ([3.0, 4.0, 5.0], 3)],
)
def test_a_mode_that_the_points_do_not_determine_is_flat(t: list[float], moving: int) -> None:
    eigenvalues = of(data=Points.of(t, t), scale="standardize").eigenvalues

    assert [eigenvalue > 0 for eigenvalue in eigenvalues] == [True] * moving + [False] * (
        3 - moving
    )


def test_what_the_modes_hold_is_the_loss_above_the_lowest() -> None:
    problem = prepare_polynomial(FitSpec(**lecture_as_printed(), seed=42, lr=1e-5, steps=10))

    held = np.square(problem.residual).sum() / 20
    assert known([held, held + 7.30497012830], 12) == [25816.5048637, 25823.8098338]


@given(random_specs())
def test_just_below_the_limit_the_textbook_loop_falls_each_step(spec: dict[str, Any]) -> None:
    asked = mostly_steepest(spec)
    limit = fit(**asked | {"solver": "exact"}).analysis.lr_limit
    assume(limit is not None and np.any(posted(spec["data"]).y))
    assert limit

    losses = fit(**asked | {"lr": 0.999 * limit}).losses

    assert np.all(np.diff(losses) < 0)


@given(random_specs())
def test_just_above_the_limit_the_textbook_loop_grows_each_step(spec: dict[str, Any]) -> None:
    asked = mostly_steepest(spec)
    limit = fit(**asked | {"solver": "exact"}).analysis.lr_limit
    assume(limit is not None)
    assert limit

    losses = fit(**asked | {"lr": 1.001 * limit}).losses

    assert np.all(np.diff(losses) > 0)


@pytest.mark.parametrize(("fraction", "falls"), [(0.999, True), (1.001, False)])
def test_in_the_long_run_the_limit_decides_whether_the_lectures_loop_falls(
    fraction: float, *, falls: bool
) -> None:
    limit = fit(synthetic=Synthetic()).analysis.lr_limit
    assert limit

    losses = fit(synthetic=Synthetic(), lr=fraction * limit, steps=300, solver="loop").losses

    assert (losses[-1] < losses[0]) is falls


@given(st.floats(1e-3, 1e15))
def test_a_multiplier_is_one_minus_the_pace(pace: float) -> None:
    """Its logarithm, which is at most 35 here, is rounded, and exp makes that relative."""
    assume(pace != 1)

    assert np.exp(log_multiplier(pace)) == pytest.approx(abs(1 - pace), rel=40 * EPS)


def test_degree_ten_has_eleven_modes() -> None:
    assert len(of(synthetic=Synthetic(), model=Polynomial(degree=10)).eigenvalues) == 11


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
