from fractions import Fraction
from math import pi, sin
from typing import Any

import numpy as np
import pytest
from torch import Generator

from service.descent.answers.events import Started, Steps
from service.descent.answers.results import Fit
from service.descent.errors import NotComputableError
from service.descent.fit import collect, events
from service.descent.methods.models.parameters import Scaled
from service.descent.methods.models.polynomial import Polynomial
from service.descent.points.dataset import draw_synthetic
from service.descent.questions.fit import FitSpec
from service.descent.questions.options import Scale, Solver, Synthetic
from service.descent.questions.points import Points
from tests.support import oracle
from tests.support.specs import fit
from tests.support.tolerances import EPS, EPS_FLOAT32, PROMISED, beyond_promise

TEN_ROUNDINGS_FLOAT32 = 10 * EPS_FLOAT32


def test_the_lecture_in_float32(lecture: dict[str, Any]) -> None:
    """As printed by another machine; `loop/test_lecture.py` derives how far apart they may be."""
    printed = lecture["printed_in_the_lecture"]

    result = fit(
        synthetic=Synthetic(), precision="float32", solver="loop", include=("params", "gradients")
    )

    assert result.losses == pytest.approx(
        [printed["loss_before_any_update"], *printed["losses_after_1_to_10_updates"]],
        rel=TEN_ROUNDINGS_FLOAT32,
    )
    assert result.history
    assert result.history.params
    assert result.history.gradients
    assert [column[0] for column in result.history.params.values()] == list(
        lecture["init"].values()
    )
    assert [column[0] for column in result.history.gradients.values()] == pytest.approx(
        printed["gradient_before_any_update"], rel=TEN_ROUNDINGS_FLOAT32
    )


def test_three_ways_to_the_lectures_losses() -> None:
    single = fit(synthetic=Synthetic(), precision="float32", solver="loop").losses
    double, exact = (
        fit(synthetic=Synthetic(), solver=solver).losses for solver in ("loop", "exact")
    )

    assert double == pytest.approx(single, rel=TEN_ROUNDINGS_FLOAT32)
    assert beyond_promise(exact, double) == []


def test_posted_points_and_start_give_what_the_drawn_ones_give() -> None:
    drawn = fit(synthetic=Synthetic(), include=("params", "data"))
    assert drawn.data
    assert drawn.history
    assert drawn.history.params
    start = {name: column[0] for name, column in drawn.history.params.items()}

    posted = fit(data=Points.of(map(float, drawn.data.t), drawn.data.y), init=start)

    assert posted.losses == drawn.losses


@pytest.mark.parametrize("solver", ["loop", "exact"])
def test_the_same_spec_gives_the_same_answer(solver: Solver) -> None:
    assert fit(synthetic=Synthetic(), solver=solver) == fit(synthetic=Synthetic(), solver=solver)


def test_events_are_one_started_then_steps_then_the_fit() -> None:
    kinds = [
        type(event)
        for event in events(FitSpec(synthetic=Synthetic(), seed=1, lr=1e-5, steps=3, solver="loop"))
    ]

    assert kinds == [Started, Steps, Steps, Steps, Steps, Fit]


def test_the_result_is_the_sum_of_the_events() -> None:
    told = list(
        events(FitSpec(synthetic=Synthetic(), seed=1, lr=1e-5, steps=2500, include=("params",)))
    )

    result = collect(told)

    assert result.losses == [
        loss for event in told if isinstance(event, Steps) for loss in event.loss
    ]
    assert result.history
    assert isinstance(result.history.params, dict)
    assert len(result.history.params["a"]) == len(result.history.step) == 2501


@pytest.mark.parametrize("scale", ["none", "standardize", "orthonormal"])
def test_a_start_in_the_callers_units_is_the_same_curve_in_every_coordinates(scale: Scale) -> None:
    start = {"a": 0.5, "b": -3.0, "c": 20.0}

    result = fit(
        synthetic=Synthetic(), init=start, scale=scale, lr=1e-6, steps=1, include=("params",)
    )

    assert result.history
    assert result.history.params
    # On the way to t, powers of center / scale = 1.6 multiply what rounding leaves.
    assert {name: column[0] for name, column in result.history.params.items()} == pytest.approx(
        start, rel=0, abs=100 * EPS * max(map(abs, start.values()))
    )


def test_going_on_from_scaled_is_going_on_to_the_bit() -> None:
    whole = fit(synthetic=Synthetic(), scale="standardize", solver="loop", lr=0.01, steps=20)
    first = fit(synthetic=Synthetic(), scale="standardize", solver="loop", lr=0.01, steps=10)

    second = fit(
        synthetic=Synthetic(),
        scale="standardize",
        solver="loop",
        lr=0.01,
        steps=10,
        init=first.scaled,
    )

    assert first.losses + second.losses[1:] == whole.losses


@pytest.mark.parametrize("scale", ["none", "standardize", "orthonormal"])
def test_scaled_from_other_points_is_the_same_curve(scale: Scale) -> None:
    start = Scaled(center=3.0, scale=2.0, params={"a": 1.0, "b": 2.0, "c": 3.0})

    result = fit(
        data=Points.of([0, 1, 2, 5], [0, 0, 0, 0]),
        init=start,
        scale=scale,
        lr=1e-9,
        steps=1,
        include=("predictions",),
    )

    assert result.history
    assert result.history.predictions
    assert result.history.predictions[0] == pytest.approx(
        [((t - 3) / 2) ** 2 + 2 * (t - 3) / 2 + 3 for t in (0, 1, 2, 5)], rel=100 * EPS
    )


def test_predictions_in_unix_seconds_keep_their_digits() -> None:
    t = [1.7e9 + 3600 * hour for hour in range(24)]
    y = [2.0 * hour**2 - 3 * hour + 5 for hour in range(24)]

    result = fit(
        data=Points.of(t, y), init="zeros", scale="orthonormal", lr=0.5, steps=1, at=(t[23] + 3600,)
    )

    assert result.predictions_at
    # In x, the curve leaves the points by a tenth: no digits are lost but to some p n roundings.
    assert result.predictions_at[0] == pytest.approx(
        2.0 * 24**2 - 3 * 24 + 5, rel=10 * 3 * 24 * EPS
    )


@pytest.mark.parametrize("solver", ["loop", "exact"])
def test_on_crowded_points_orthonormal_columns_keep_the_digits_of_the_curve(solver: Solver) -> None:
    """One of a hundred hourly time stamps is 0. Powers of t have condition 1e25 there."""
    t = [1767225600.0 + 3600 * i for i in range(100)] + [0.0]
    y = [20 + 5 * sin(2 * pi * i / 48) + 0.01 * i for i in range(100)] + [20.0]
    exact = oracle.least_squares(t, y, 8)
    between = [1767225600.0 + 1800, 1767225600.0 + 3600 * 90.25]

    result = fit(
        data=Points.of(t, y),
        model=Polynomial(degree=8),
        scale="orthonormal",
        init="zeros",
        lr=0.5,
        steps=1,
        solver=solver,
        at=(*t, *between),
    )

    assert result.loss == pytest.approx(float(oracle.loss(t, y, exact)), rel=PROMISED)
    assert result.predictions_at == pytest.approx(
        [float(oracle.predict(Fraction(at), exact)) for at in (*t, *between)], rel=PROMISED
    )


@pytest.mark.parametrize("scale", ["standardize", "orthonormal"])
def test_nanoseconds_arrive_at_the_line_through_them(scale: Scale) -> None:
    """The center is a double, so it is not quite the mean, and one step does not arrive."""
    t = [1767225600000000000 + 1000 * i for i in range(24)]

    result = fit(
        data=Points.of(t, [i / 2 for i in range(24)]),
        model=Polynomial(degree=1),
        scale=scale,
        init="zeros",
        lr=0.5,
        steps=20,
        at=(t[0] - 500, t[23] + 1),
        include=("data", "predictions"),
    )

    assert result.data
    assert result.data.t == t
    assert result.history
    assert result.history.predictions
    exact = [(at - t[0]) / 2000 for at in (*t, t[0] - 500, t[23] + 1)]
    allowed = 100 * EPS * 12
    assert result.history.predictions[-1] == pytest.approx(exact[:24], rel=0, abs=allowed)
    assert result.predictions_at == pytest.approx(exact[24:], rel=0, abs=allowed)
    assert isinstance(result.scaled.params, dict)
    slope, constant = result.scaled.params.values()
    assert result.scaled.center == int(result.scaled.center)
    assert [
        slope * (each - int(result.scaled.center)) / result.scaled.scale + constant for each in t
    ] == pytest.approx(exact[:24], rel=0, abs=allowed)


def test_orthonormal_arrives_in_one_step_at_one_half() -> None:
    result = fit(synthetic=Synthetic(), scale="orthonormal", lr=0.5, steps=1)

    # What is left of the way is squared: it is far below a rounding of the loss.
    assert result.loss == pytest.approx(result.optimum.loss, rel=10 * EPS)


@pytest.mark.parametrize("solver", ["loop", "exact"])
def test_history_holds_nothing_that_was_not_asked_for(solver: Solver) -> None:
    assert fit(synthetic=Synthetic(), solver=solver).history is None


def test_best_is_the_first_of_the_lowest() -> None:
    result = fit(synthetic=Synthetic(), lr=1e-3, steps=50)

    assert (result.best.step, result.best.loss) == (0, result.losses[0])


def test_data_is_returned_when_asked_for() -> None:
    drawn = draw_synthetic(Synthetic(), Generator().manual_seed(42))

    result = fit(synthetic=Synthetic(), include=("data",))

    assert result.data
    assert (result.data.t, result.data.y) == (drawn.t.tolist(), drawn.y.tolist())
    assert result.history is None


def test_a_degree_of_one_is_a_line() -> None:
    result = fit(
        data=Points.of([0, 1, 2], [1, 3, 5]),
        model=Polynomial(degree=1),
        init="zeros",
        lr=0.3,
        steps=500,
    )

    assert result.params == pytest.approx({"a": 2, "b": 1}, rel=100 * EPS)


@pytest.mark.parametrize("scale", ["none", "standardize", "orthonormal"])
@pytest.mark.parametrize("t", [[5.0], [5.0, 5.0, 5.0], [5.0, 7.0]])
@pytest.mark.parametrize("solver", ["loop", "exact"])
def test_points_that_determine_little_are_fitted_all_the_same(
    scale: Scale, t: list[float], solver: Solver
) -> None:
    result = fit(
        data=Points.of(t, [1.0] * len(t)),
        scale=scale,
        solver=solver,
        init="zeros",
        lr=1e-4,
        steps=50,
    )

    assert result.outcome == "completed"
    assert result.losses == sorted(result.losses, reverse=True)


def test_a_loss_that_is_not_finite_before_the_first_step_is_refused() -> None:
    with pytest.raises(NotComputableError):
        fit(
            data=Points.of([1, 2, 3], [1, 2, 3]),
            init={"a": 1e150, "b": 1e150, "c": 1e150},
            scale="none",
            precision="float32",
            solver="loop",
        )


def test_coefficients_that_do_not_fit_a_double_are_refused() -> None:
    with pytest.raises(NotComputableError):
        fit(
            data=Points.of([0, 1e-120, 2e-120, 4e-120], [1, 2, 5, 3]),
            model=Polynomial(degree=3),
            scale="standardize",
        )


@pytest.mark.parametrize("lr", [1e-4, 10])
def test_whether_t_varies_too_little_does_not_depend_on_the_rate(lr: float) -> None:
    with pytest.raises(NotComputableError, match="varies too little"):
        fit(
            data=Points.of([0, 1e-90, 2e-90, 4e-90], [1, 2, 5, 3]),
            scale="standardize",
            lr=lr,
            steps=1000,
        )


def test_undetermined_coefficients_rest() -> None:
    start = {"a": 5.0, "b": -5.0, "c": 0.0}

    result = fit(
        data=Points.of([1, 1, 1], [2, 4, 6]), init=start, scale="standardize", lr=0.5, steps=1
    )

    assert result.scaled.params == {"a": 5.0, "b": 5.0, "c": pytest.approx(4.0, rel=10 * EPS)}


def test_numbers_at_the_edge_of_the_range_are_answered_or_refused() -> None:
    huge = fit(
        data=Points.of([-1e150, 0, 1e150], [1e150, -1e150, 1e150]),
        model=Polynomial(degree=1),
        scale="standardize",
        lr=0.1,
        init="zeros",
    )

    assert np.isfinite(huge.losses).all()
