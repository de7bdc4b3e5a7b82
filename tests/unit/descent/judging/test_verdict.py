from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, reject
from hypothesis import strategies as st

from service.descent.answers.results import Fit
from service.descent.errors import NotComputableError
from service.descent.fit import collect, events
from service.descent.judging.writing import number
from service.descent.methods.models.polynomial import Polynomial
from service.descent.questions.fit import FitSpec
from service.descent.questions.options import Scale, Stop, Synthetic, Validation
from service.descent.questions.points import Points
from tests.support.specs import PolynomialFit, fit, random_specs

STOPS = [
    None,
    Stop(gap=1e-3),
    Stop(gradient=1.0),
    Stop(patience=2),
    Stop(min_improvement=1e-3, patience=2),
    Stop(gap=1.0, min_improvement=0.5),
]
VALIDATIONS = [
    None,
    Validation(0.25, "interleaved"),
    Validation(0.3, "tail"),
    Validation(0.2, "random"),
]


def lecture(**given: Any) -> PolynomialFit:
    return fit(**{"synthetic": Synthetic()} | given)


def at_fraction(fraction: float, scale: Scale, steps: int) -> PolynomialFit:
    """The lecture's points at a part of the rate's limit."""
    limit = lecture(scale=scale, steps=1).analysis.lr_limit
    assert limit
    return lecture(scale=scale, steps=steps, lr=fraction * limit)


def followed(spec: dict[str, Any], first: Fit) -> Fit:
    """The suggestion merged into what was resolved, and sent again."""
    assert first.verdict.suggestion
    return collect(
        events(
            FitSpec(
                **{**vars(first.resolved), "data": spec.get("data"), **first.verdict.suggestion}
            )
        )
    )


def does_better(after: Fit, before: Fit) -> bool:
    """A lower loss, of the points held out if there are some, or fewer steps to the optimum."""
    if after.validation_losses and before.validation_losses:
        return after.validation_losses[-1] < before.validation_losses[-1]
    sooner, later = after.analysis.steps_to_one_percent.lr, before.analysis.steps_to_one_percent.lr
    return after.loss < before.loss or (sooner is not None and (later is None or sooner < later))


@st.composite
def questions(draw: st.DrawFn) -> dict[str, Any]:
    """Specs of any number of steps, with and without rules and points held out."""
    spec = draw(random_specs(steps=draw(st.sampled_from([1, 2, 3, 10, 50, 200, 1000]))))
    validation = draw(st.sampled_from(VALIDATIONS)) if len(spec["data"]) >= 5 else None
    return spec | {"stop": draw(st.sampled_from(STOPS)), "validation": validation}


@pytest.mark.parametrize(
    ("fraction", "rate"),
    [
        (1e-4, "too_small"),
        (0.005, "too_small"),
        (0.05, "too_small"),
        (0.2825, "good"),
        (0.5, "good"),
        (0.7, "good"),
        (0.9, "bouncing"),
        (0.97, "bouncing"),
        (0.99, "bouncing"),
        (1.0, "edge"),
        (1.05, "diverging"),
        (3, "diverging"),
    ],
)
def test_the_lectures_rates_on_ten_steps(fraction: float, rate: str) -> None:
    verdict = at_fraction(fraction, "none", 10).verdict

    assert (verdict.rate, verdict.reach) == (rate, "out_of_reach")


@pytest.mark.parametrize(
    ("fraction", "rate", "reach"),
    [
        (0.005, "too_small", "unfinished"),
        (0.01, "too_small", "unfinished"),
        (0.02, "good", "converged"),
        (0.05, "good", "converged"),
        (0.5, "good", "converged"),
        (0.9, "good", "converged"),
        (0.99, "good", "converged"),
        (1.0, "edge", "unfinished"),
        (1.05, "diverging", "unfinished"),
        (3, "diverging", "diverged"),
    ],
)
def test_the_standardized_rates_on_a_thousand_steps(fraction: float, rate: str, reach: str) -> None:
    verdict = at_fraction(fraction, "standardize", 1000).verdict

    assert (verdict.rate, verdict.reach) == (rate, reach)


@pytest.mark.parametrize(
    ("fraction", "overshoots"),
    [(0.05, False), (0.4999, False), (0.5001, True), (0.99, True), (3, True)],
)
def test_beyond_half_the_limit_it_jumps_across_the_valley(
    fraction: float, *, overshoots: bool
) -> None:
    assert at_fraction(fraction, "none", 10).verdict.overshoots is overshoots


@pytest.mark.parametrize(
    ("fraction", "steps", "stalled"),
    [(0.2825, 3, False), (0.2825, 10, True), (0.005, 10, False), (1e-9, 10, True)],
)
def test_it_stalls_where_the_second_half_takes_off_less_than_a_hundredth(
    fraction: float, steps: int, *, stalled: bool
) -> None:
    result = at_fraction(fraction, "none", steps)
    excess = np.array(result.losses) - result.optimum.loss

    assert (excess[steps // 2] - excess[-1] <= 0.01 * excess[-1]) == stalled
    assert result.verdict.stalled is stalled


def test_a_converged_descent_has_not_stalled() -> None:
    assert not at_fraction(0.5, "standardize", 1000).verdict.stalled


@given(questions())
def test_a_suggestion_does_better(spec: dict[str, Any]) -> None:
    try:
        before = fit(**spec)
    except NotComputableError:
        reject()
    if before.verdict.suggestion:
        assert does_better(followed(spec, before), before)


@given(questions())
def test_a_suggestion_does_better_in_the_loop(spec: dict[str, Any]) -> None:
    try:
        before = fit(**spec | {"solver": "loop", "steps": min(spec["steps"], 100)})
    except NotComputableError:
        reject()
    if before.verdict.suggestion:
        assert does_better(followed(spec, before), before)


@pytest.mark.parametrize("lr", [2e-38, 1e-30, 1e30])
def test_a_suggestion_has_a_rate_that_float32_has(lr: float) -> None:
    points = Points.of(range(1000, 1012), [i % 5 for i in range(12)])
    spec: dict[str, Any] = {
        "data": points,
        "model": Polynomial(degree=7),
        "init": "zeros",
        "lr": lr,
        "precision": "float32",
        "solver": "loop",
    }
    before = fit(**spec)

    assert before.verdict.suggestion == {"scale": "orthonormal", "lr": "best"}
    assert does_better(followed(spec, before), before)


@given(questions())
def test_reach_is_read_from_the_losses(spec: dict[str, Any]) -> None:
    """Where the optimum's loss is far above what rounding leaves."""
    result = fit(**spec | {"stop": None, "validation": None})
    assume(
        result.optimum.loss
        > 1e-9 * (result.losses[0] + np.mean(np.frombuffer(spec["data"].y) ** 2))
    )
    near = result.outcome != "diverged" and result.loss <= 1.01 * result.optimum.loss

    assert (result.verdict.reach == "converged") == near
    assert (result.verdict.reach == "diverged") == (result.outcome == "diverged")


@given(random_specs(steps=3))
def test_out_of_reach_is_out_of_reach_of_every_rate(spec: dict[str, Any]) -> None:
    result = fit(**spec)
    assume(result.verdict.reach == "out_of_reach" and result.optimum.loss > 1e-9 * result.losses[0])
    assert result.analysis.lr_limit

    reached = [
        fit(**spec | {"lr": f * result.analysis.lr_limit}).verdict.reach
        for f in np.linspace(0.1, 0.99, 9)
    ]

    assert "converged" not in reached


@pytest.mark.parametrize("rule", [Stop(gap=5.0), Stop(gradient=50.0)])
def test_nothing_is_suggested_where_the_descent_ends_where_the_caller_wanted(rule: Stop) -> None:
    result = lecture(scale="standardize", lr=0.05, steps=1000, stop=rule)

    assert result.outcome == "stopped_early"
    assert result.verdict.suggestion is None


def test_nothing_is_suggested_where_the_start_is_where_the_caller_wanted_at_any_rate() -> None:
    verdict = lecture(lr=1.0, stop=Stop(gap=1e9)).verdict

    assert (verdict.rate, verdict.suggestion) == (None, None)


def test_nothing_is_suggested_where_the_points_held_out_end_the_descent() -> None:
    result = lecture(
        scale="standardize",
        lr=0.1,
        steps=1000,
        stop=Stop(patience=5),
        validation=Validation(0.25, "interleaved"),
    )

    assert result.stopped_by == "patience"
    assert result.verdict.suggestion is None


def test_a_rule_in_the_way_is_taken_out() -> None:
    result = lecture(lr=1e-9, stop=Stop(min_improvement=0.5))

    assert result.verdict.suggestion == {"lr": result.analysis.lr_best, "stop": None}


def test_a_gap_is_never_in_the_way() -> None:
    result = lecture(lr=1e-9, stop=Stop(gap=1.0))

    assert result.verdict.suggestion == {"lr": result.analysis.lr_best}


def test_a_stopped_descent_is_judged_by_the_steps_it_made() -> None:
    asked: dict[str, Any] = {"scale": "standardize", "lr": 0.05, "init": "zeros"}
    stopped = lecture(**asked, steps=1000, stop=Stop(min_improvement=0.2))
    made = lecture(**asked, steps=stopped.steps)

    assert (stopped.stopped_by, stopped.steps) == ("min_improvement", 8)
    assert (
        (stopped.verdict.rate, stopped.verdict.reach)
        == (made.verdict.rate, made.verdict.reach)
        == ("too_small", "out_of_reach")
    )


@pytest.mark.parametrize("steps", [1, 2])
def test_standardizing_is_not_suggested_where_it_ends_higher(steps: int) -> None:
    recorded = lecture(steps=1, include=("params",)).history
    assert recorded
    assert recorded.params
    start = {name: column[0] for name, column in recorded.params.items()}
    raw, standardized = (
        lecture(steps=steps, lr="best", scale=scale, init=start)
        for scale in ("none", "standardize")
    )

    assert standardized.loss > raw.loss
    assert raw.verdict.suggestion == {"scale": "orthonormal", "lr": "best"}


def test_a_start_at_the_optimum_is_there_at_any_rate() -> None:
    points = Points.of([0, 1, 2], [0, 0, 0])
    verdicts = [fit(data=points, init="zeros", lr=lr).verdict for lr in (1e-300, 0.1, 1e300)]

    assert [(verdict.rate, verdict.reach, verdict.suggestion) for verdict in verdicts] == [
        ("good", "converged", None)
    ] * 3
    assert (
        verdicts[0].message.en
        == "Already there. The start is the best fit: its loss is 0, and no step changes it."
    )


@pytest.mark.parametrize(
    ("t", "y"),
    [
        ([3.0], [5.0]),
        ([2.0] * 5, [0.0, 1, 2, 3, 4]),
        ([*range(10)], [5.0] * 10),
        ([0.0, 1, 2], [1.0, 2, 9]),
    ],
)
@pytest.mark.parametrize("scale", ["none", "standardize", "orthonormal"])
def test_points_that_determine_little_are_judged(
    t: list[float], y: list[float], scale: Scale
) -> None:
    """One point, one t, one y, and as many points as coefficients: the best rate of many steps
    converges on orthonormal columns.
    """
    result = fit(data=Points.of(t, y), scale=scale, lr="best", steps=1000)

    assert result.verdict.rate == "good"
    assert result.verdict.reach == "converged" or scale == "none"


def test_a_perfect_fit_is_converged_at_a_loss_of_rounding() -> None:
    result = fit(
        data=Points.of([*range(5)], [1, 3, 5, 7, 9]),
        model=Polynomial(degree=1),
        scale="orthonormal",
        lr=0.5,
    )

    assert result.verdict.reach == "converged"
    assert result.loss < 1e-25


def test_the_smallest_rate_is_too_small() -> None:
    verdict = lecture(lr=1e-300).verdict

    assert (verdict.rate, verdict.reach, verdict.stalled) == ("too_small", "out_of_reach", True)


def test_the_largest_rate_diverges_at_the_first_step() -> None:
    result = lecture(lr=1e300)

    assert (result.verdict.rate, result.verdict.reach, result.diverged_at) == (
        "diverging",
        "diverged",
        1,
    )


def test_a_finished_fit_at_the_limit_is_near_from_the_start() -> None:
    finished = lecture(scale="standardize", lr="best", steps=20)
    assert finished.analysis.lr_limit

    verdict = lecture(
        scale="standardize", init=finished.scaled, lr=finished.analysis.lr_limit
    ).verdict

    assert (verdict.rate, verdict.reach) == ("edge", "converged")
    assert verdict.message.en.startswith("Near from the start.")


def test_standardizing_is_suggested_where_no_rate_arrives_without() -> None:
    points = Points.of(range(10**6, 10**6 + 20), [(i - 9) ** 2 + i % 3 for i in range(20)])
    verdict = fit(data=points, lr="best", scale="none", steps=1000).verdict

    assert verdict.suggestion == {"scale": "standardize", "lr": "best"}
    assert "too flat for any rate; with t rescaled it takes" in verdict.message.en


def test_other_coordinates_are_not_promised_where_there_are_none() -> None:
    points = Points.of([i * 1e-80 for i in range(5)], [3, 1, 2, 5, 9])
    result = fit(data=points, lr="best", scale="none")

    assert (
        result.analysis.steps_to_one_percent.standardized,
        result.analysis.steps_to_one_percent.orthonormal,
    ) == (None, None)
    assert result.verdict.message.en.endswith("directions are too flat for any rate.")
    assert result.verdict.suggestion is None


@pytest.mark.parametrize("fraction", [1.05, 3.0])
def test_growth_is_that_of_the_steepest_direction(fraction: float) -> None:
    """The loss itself may fall for now, where that direction holds little of it."""
    points = Points.of([-10, 10, -9, 9], [0.999, 1.001, 0.9991, 1.0019])
    spec: dict[str, Any] = {
        "data": points,
        "model": Polynomial(degree=1),
        "init": "zeros",
        "steps": 1,
    }
    limit = fit(**spec).analysis.lr_limit
    assert limit
    message = fit(**spec, lr=fraction * limit).verdict.message.en

    assert f"There each step multiplies the loss by {number((2 * fraction - 1) ** 2)}" in message


@pytest.mark.parametrize("fraction", [0.9999991, 1.0, 1.0000009])
def test_at_the_limit_is_the_edge(fraction: float) -> None:
    assert at_fraction(fraction, "none", 10).verdict.rate == "edge"


@pytest.mark.parametrize(("fraction", "rate"), [(0.9995, "bouncing"), (1.0003, "diverging")])
def test_next_to_the_limit_is_not_the_edge(fraction: float, rate: str) -> None:
    assert at_fraction(fraction, "none", 10).verdict.rate == rate


def test_a_warm_start_is_near_from_the_start() -> None:
    finished = lecture(scale="standardize", lr="best", steps=20)

    warm = lecture(init=finished.scaled, lr=1e-6)

    assert warm.verdict.reach == "converged"
    assert warm.verdict.message.en.startswith("Near from the start.")


def test_the_smallest_step_is_judged_by_both_solvers_alike() -> None:
    exact, loop = (lecture(steps=1, solver=solver).verdict for solver in ("exact", "loop"))

    assert (exact.rate, exact.reach, exact.message, exact.suggestion) == (
        loop.rate,
        loop.reach,
        loop.message,
        loop.suggestion,
    )


def test_the_best_rate_below_the_limit_is_not_suggested_where_a_rate_above_it_ends_lower() -> None:
    """Few steps, and next to nothing in the steepest direction: a rate that would diverge does
    better, for now.
    """
    points = Points.of([-10, 10, -9, 9], [0.999, 1.001, 0.9991, 1.0019])
    spec: dict[str, Any] = {
        "data": points,
        "model": Polynomial(degree=1),
        "init": "zeros",
        "lr": 0.5,
        "steps": 1,
    }
    before = fit(**spec)

    assert before.verdict.rate == "diverging"
    assert before.verdict.suggestion is None or followed(spec, before).loss < before.loss


def test_an_overflow_of_the_points_held_out_alone_is_not_divergence() -> None:
    points = Points.of([0, 1, 2, 1e4, 1e5], [1e150, -1e150, 1e150, 1, 1])

    with pytest.raises(NotComputableError, match="held-out"):
        fit(
            data=points,
            scale="standardize",
            init="zeros",
            lr="best",
            validation=Validation(0.4, "tail"),
        )


@pytest.mark.parametrize("lr", [1e-57, 1e39])
def test_a_rate_that_float32_does_not_have_is_refused(lr: float) -> None:
    points = Points.of(range(1000, 1012), [i % 5 for i in range(12)])

    with pytest.raises(NotComputableError, match="float32"):
        fit(
            data=points,
            model=Polynomial(degree=9),
            init="zeros",
            lr=lr,
            precision="float32",
            solver="loop",
        )


def test_a_start_at_the_optimum_is_near_at_any_good_rate() -> None:
    arrived = lecture(scale="standardize", lr="best", steps=100)

    assert lecture(
        scale="standardize", lr="best", init=arrived.scaled
    ).verdict.message.en.startswith("Near from the start.")
