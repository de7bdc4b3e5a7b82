from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings

from service.descent.dataset import posted
from service.descent.explanation import Analysis
from service.descent.parts import Points, Polynomial, Synthetic
from tests.descent.specs import fit, random_specs

RANDOM = settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def analysis(**given: Any) -> Analysis:
    return fit(**{"synthetic": Synthetic()} | given).analysis


def test_the_lectures_numbers() -> None:
    known = analysis()

    assert [mode.eigenvalue for mode in known.modes] == pytest.approx(
        [56499.3626, 15.9787724, 0.258636762], rel=1e-8
    )
    assert known.condition == pytest.approx(218450.6, abs=0.05)
    assert known.lr_limit == pytest.approx(3.53986294e-5, rel=3e-9)
    assert known.lr_no_bounce == pytest.approx(3.53986294e-5 / 2, rel=3e-9)
    assert known.lr_fastest == pytest.approx(3.53984674e-5, rel=3e-9)
    assert known.lr_best == pytest.approx(2.5453e-5, rel=1e-5)
    assert [mode.start**2 for mode in known.modes] == pytest.approx(
        [25146.8136, 2.98845, 666.70285], rel=1e-6
    )
    assert vars(known.steps_to_one_percent) == {
        "lr": 1_762_888,
        "lr_fastest": 697_692,
        "standardized": 24,
        "orthonormal": 1,
    }
    assert known.predicted_overflow is None


@pytest.mark.parametrize(("lr", "step"), [(1e-3, 10), (1e-2, 6), (0.1, 5)])
def test_the_lectures_overflows_in_float32(lr: float, step: int) -> None:
    result = fit(synthetic=Synthetic(), lr=lr, precision="float32", solver="loop", steps=20)

    assert result.diverged_at == step
    assert result.analysis.predicted_overflow == step


def test_modes_are_the_eigenvectors_of_the_curvature() -> None:
    t = np.arange(20.0)
    x = np.vander(t, 3)
    curvature = 2 / 20 * x.T @ x

    for mode in analysis().modes:
        direction = np.array(list(mode.direction.values()))
        assert direction @ direction == pytest.approx(1)
        np.testing.assert_allclose(
            curvature @ direction, mode.eigenvalue * direction, atol=1e-9 * 56499
        )
        assert max(direction, key=abs) > 0


def test_multipliers_and_half_lives_follow_the_rate() -> None:
    steep, _, flat = analysis(lr=2.5e-5).modes

    assert steep.multiplier == pytest.approx(1 - 2.5e-5 * 56499.3626)
    assert flat.half_life == pytest.approx(np.log(0.5) / np.log(1 - 2.5e-5 * 0.258636762))
    assert analysis(lr=1e-3).modes[0].half_life is None


def test_directions_that_the_points_do_not_determine_rest() -> None:
    known = analysis(synthetic=None, data=Points.of([3.0], [2.0]), lr=1e-3, init="zeros")

    assert [mode.eigenvalue for mode in known.modes][1:] == [0, 0]
    assert [mode.half_life for mode in known.modes][1:] == [None, None]
    assert known.condition == 1
    assert known.lr_limit == pytest.approx(2 / (2 * (81 + 9 + 1)))


def test_a_start_at_the_optimum_knows_no_rate() -> None:
    known = analysis(
        synthetic=None, data=Points.of([0.0, 1.0, 2.0], [0.0, 0.0, 0.0]), init="zeros", lr=0.1
    )

    assert (known.condition, known.lr_limit, known.lr_best) == (None, None, None)
    assert vars(known.steps_to_one_percent) == {
        "lr": 0,
        "lr_fastest": 0,
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
@RANDOM
def test_the_overflow_is_predicted_within_a_tenth(spec: dict[str, Any]) -> None:
    result = fit(**spec)
    predicted = result.analysis.predicted_overflow

    if result.diverged_at is None:
        assert predicted is None or predicted > 0.9 * spec["steps"]
    else:
        assert predicted is not None
        assert abs(predicted - result.diverged_at) <= max(1, 0.1 * result.diverged_at)


@given(random_specs())
@RANDOM
def test_steps_to_one_percent_are_those_of_the_loop(spec: dict[str, Any]) -> None:
    """Where the target is far above what rounding leaves."""
    known = fit(**spec | {"solver": "loop"})
    steps, y = known.analysis.steps_to_one_percent.lr, posted(spec["data"]).y
    assume(known.optimum.loss > 1e-9 * (known.losses[0] + np.mean(y**2)))

    near = [loss <= 1.01 * known.optimum.loss for loss in known.losses]
    if any(near):
        assert steps is not None
        assert abs(steps - near.index(True)) <= 1
    else:
        assert steps is None or steps > known.steps


def test_a_way_that_halves_in_more_steps_than_there_are_numbers_never_does() -> None:
    assert {mode.half_life for mode in analysis(lr=5e-324).modes} == {None}
