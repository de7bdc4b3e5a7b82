from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from service.descent.methods.models.polynomial import Polynomial
from service.descent.points.dataset import posted
from service.descent.quadratic.modes import Modes, log_multiplier
from service.descent.quadratic.problem import prepare_polynomial
from service.descent.questions.fit import FitSpec
from service.descent.questions.options import Scale, Synthetic
from service.descent.questions.points import Points
from tests.support.specs import fit, lecture_as_printed, random_specs
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


@pytest.mark.parametrize("t", [[-3, -1, 1, 3], [-0.3, -0.1, 0.1, 0.3], [*range(-9, 10)]])
@pytest.mark.parametrize("y", [[1.0] * 19, [abs(i - 9) + 0.1 for i in range(19)]])
@pytest.mark.parametrize("scale", ["none", "standardize", "orthonormal"])
def test_a_mode_at_its_minimum_but_for_rounding_does_not_move(
    t: list[float], y: list[float], scale: Scale
) -> None:
    """Points that are their own mirror image have no slope, from zeros nor at the minimum."""
    mirrored = [y[round(9 + each / max(t) * 9)] for each in t]
    data, model = Points.of(t, mirrored), Polynomial(degree=1)

    modes = fit(data=data, model=model, init="zeros", scale=scale).analysis.modes

    starts = [mode.start for mode in modes]
    if modes[0].eigenvalue != modes[1].eigenvalue:
        assert [start == 0 for start in starts].count(True) == 1


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
