from math import log, log1p
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given

from service.descent.answers.explanation import Analysis
from service.descent.methods.models.polynomial import Polynomial
from service.descent.points.dataset import posted
from service.descent.questions.options import Synthetic
from service.descent.questions.points import Points
from tests.support.examples import fewer
from tests.support.specs import fit, lecture_as_printed, random_specs
from tests.support.tolerances import EPS, apart, known


def analysis(**given: Any) -> Analysis:
    return fit(**{"synthetic": Synthetic()} | given).analysis


def test_the_lectures_numbers() -> None:
    """To the digits that are known; conditioning leaves at least ten."""
    told = fit(**lecture_as_printed()).analysis

    assert known([mode.eigenvalue for mode in told.modes], 9) == [
        56499.3626,
        15.9787724,
        0.258636762,
    ]
    assert told.condition
    assert known([told.condition], 8) == [218450.63]
    assert told.lr_limit
    assert told.lr_no_bounce == told.lr_limit / 2
    assert told.lr_fastest
    assert known([told.lr_limit, told.lr_fastest], 9) == [3.53986294e-5, 3.53984674e-5]
    assert told.lr_best
    assert known([told.lr_best], 7) == [2.545301e-5]
    assert known([mode.start**2 for mode in told.modes], 8) == [25146.814, 2.9884508, 666.70285]
    assert vars(told.steps_to_one_percent) == {
        "lr": 1_762_888,
        "lr_fastest": 697_692,
        "best": 498_015,
        "standardized": 18,
        "orthonormal": 1,
    }
    assert told.predicted_overflow is None


@pytest.mark.parametrize(("lr", "step"), [(1e-3, 10), (1e-2, 6), (0.1, 5)])
def test_the_lectures_overflows_in_float32(lr: float, step: int) -> None:
    result = fit(synthetic=Synthetic(), lr=lr, precision="float32", solver="loop", steps=20)

    assert result.diverged_at == step
    assert result.analysis.predicted_overflow == step


def test_modes_are_the_eigenvectors_of_the_curvature() -> None:
    t = np.arange(20.0)
    x = np.vander(t, 3)
    curvature = 2 / 20 * x.T @ x
    rounding = 20 * 3 * EPS * np.linalg.norm(curvature)

    for mode in analysis().modes:
        direction = np.array(list(mode.direction.values()))
        assert direction @ direction == pytest.approx(1, rel=10 * EPS)
        assert apart(curvature @ direction, mode.eigenvalue * direction) <= rounding
        assert max(direction, key=abs) > 0


def test_multipliers_and_half_lives_follow_the_rate() -> None:
    steep, _, flat = analysis(lr=2.5e-5).modes

    assert steep.multiplier == 1 - 2.5e-5 * steep.eigenvalue
    assert flat.half_life == -log(2) / log1p(-2.5e-5 * flat.eigenvalue)
    assert analysis(lr=1e-3).modes[0].half_life is None


def test_directions_that_the_points_do_not_determine_rest() -> None:
    told = analysis(synthetic=None, data=Points.of([3.0], [2.0]), lr=1e-3, init="zeros")

    assert [mode.eigenvalue for mode in told.modes][1:] == [0, 0]
    assert [mode.half_life for mode in told.modes][1:] == [None, None]
    assert told.condition == 1
    assert told.lr_limit == pytest.approx(2 / (2 * (81 + 9 + 1)), rel=10 * EPS)


def test_a_start_at_the_optimum_knows_no_rate() -> None:
    told = analysis(
        synthetic=None, data=Points.of([0.0, 1.0, 2.0], [0.0, 0.0, 0.0]), init="zeros", lr=0.1
    )

    assert (told.condition, told.lr_limit, told.lr_best) == (None, None, None)
    assert vars(told.steps_to_one_percent) == {
        "lr": 0,
        "lr_fastest": 0,
        "best": 0,
        "standardized": 0,
        "orthonormal": 0,
    }


def test_a_rate_too_large_for_a_multiplier_leaves_it_out() -> None:
    steep, *_ = analysis(
        synthetic=None,
        data=Points.of([1e100, 2e100], [1.0, 2.0]),
        model=Polynomial(degree=1),
        lr=1e300,
    ).modes

    assert steep.multiplier is None


@given(random_specs())
def test_the_overflow_is_predicted_within_a_tenth(spec: dict[str, Any]) -> None:
    result = fit(**spec)
    predicted = result.analysis.predicted_overflow

    if result.diverged_at is None:
        assert predicted is None or predicted > 0.9 * spec["steps"]
    else:
        assert predicted is not None
        assert abs(predicted - result.diverged_at) <= max(1, 0.1 * result.diverged_at)


@fewer(2)
@given(random_specs(steps=100))
def test_steps_to_one_percent_are_those_of_the_loop(spec: dict[str, Any]) -> None:
    """Where the target is far above what rounding leaves. Above the limit, the loop may pass the
    target, but the loss grows again.
    """
    told, y = fit(**spec, record_every=100), posted(spec["data"]).y
    assume(told.optimum.loss > 1e-9 * (told.losses[0] + np.mean(y**2)))
    steps = told.analysis.steps_to_one_percent.lr

    losses = fit(**spec, solver="loop").losses

    near = [loss <= 1.01 * told.optimum.loss for loss in losses]
    limit = told.analysis.lr_limit
    if limit and spec["lr"] > limit:
        assert steps is None
    elif any(near):
        assert steps is not None
        assert abs(steps - near.index(True)) <= 1
    else:
        assert steps is None or steps >= len(losses)


def test_a_way_that_halves_in_more_steps_than_there_are_numbers_never_does() -> None:
    assert {mode.half_life for mode in analysis(lr=5e-324).modes} == {None}
