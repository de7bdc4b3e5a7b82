"""Test that a suggestion does what it promises, by following it."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from service.descent.answers.results import Fit
from service.descent.errors import NotComputableError
from service.descent.fit import collect, events
from service.descent.judging.verdict import judge_exact
from service.descent.methods.models.polynomial import Polynomial
from service.descent.quadratic.problem import prepare_polynomial
from service.descent.questions.fit import FitSpec
from service.descent.questions.options import Stop, Synthetic, Validation
from service.descent.questions.points import Points
from service.descent.watching.outcome import Descent
from tests.support.specs import fit, random_specs

HELD_OUT: dict[str, Any] = {
    "synthetic": Synthetic(),
    "scale": "standardize",
    "init": "zeros",
    "validation": Validation(0.25, "interleaved"),
}
"""The lecture's points; those held out lose least after about 12 steps."""


def followed(spec: dict[str, Any], before: Fit) -> Fit:
    """Merge the suggestion into what was resolved, and make the fit."""
    assert before.verdict.suggestion
    points = {name: spec[name] for name in ("data",) if name in spec}
    return collect(
        events(FitSpec(**{**vars(before.resolved), **points, **before.verdict.suggestion}))
    )


def held_out_loss(result: Fit) -> float:
    assert result.validation_losses
    return result.validation_losses[-1]


@given(
    random_specs(steps=20),
    st.sampled_from([1, 10, 200]),
    st.sampled_from(["interleaved", "tail", "random"]),
)
def test_with_points_held_out_a_suggestion_lowers_their_loss(
    spec: dict[str, Any], steps: int, split: Any
) -> None:
    if len(spec["data"]) < 5:
        reject()
    asked = spec | {"steps": steps, "validation": Validation(0.25, split)}
    try:
        before = fit(**asked)
    except NotComputableError:
        reject()
    if before.verdict.suggestion:
        assert held_out_loss(followed(asked, before)) < held_out_loss(before)


def test_fewer_steps_are_suggested_where_the_points_held_out_lose_less_before() -> None:
    before = fit(**HELD_OUT, lr=0.1, steps=300)
    after = followed(HELD_OUT, before)

    assert before.verdict.reach == "converged"
    assert held_out_loss(after) <= min(before.validation_losses or [])


def test_nothing_is_suggested_where_no_rate_lowers_the_loss_of_the_points_held_out() -> None:
    better = followed(HELD_OUT, fit(**HELD_OUT, lr=0.1, steps=300))
    lr, steps = better.resolved.lr, better.steps

    assert fit(**HELD_OUT, lr=lr, steps=steps).verdict.suggestion is None


def test_more_steps_are_suggested_where_ten_times_as_many_are_enough() -> None:
    asked: dict[str, Any] = {"synthetic": Synthetic(), "scale": "standardize", "lr": 0.3}
    before = fit(**asked, steps=10)
    after = followed(asked, before)
    needed = before.analysis.steps_to_one_percent.lr

    assert before.verdict.reach == "out_of_reach"
    assert before.verdict.suggestion == {"steps": needed}
    assert after.verdict.reach == "converged"
    assert after.optimum is not None
    assert after.loss <= 1.01 * after.optimum.loss


def test_more_than_ten_times_as_many_steps_are_not_suggested() -> None:
    suggestion = fit(synthetic=Synthetic(), lr=1e-5, steps=10).verdict.suggestion

    assert suggestion
    assert "steps" not in suggestion


def test_steps_that_the_loop_takes_minutes_for_are_not_suggested() -> None:
    asked: dict[str, Any] = {
        "synthetic": Synthetic(),
        "seed": 42,
        "lr": 3.5e-5,
        "steps": 100_000,
        "scale": "none",
    }
    exact = fit(**asked)
    loop = prepare_polynomial(FitSpec(**asked, solver="loop"))
    verdict = judge_exact(loop, Descent(3.5e-5, 100_000, exact.loss, np.zeros(3)))

    assert exact.verdict.suggestion == {"steps": exact.analysis.steps_to_one_percent.lr}
    assert verdict.rate == "good"
    assert "steps" not in (verdict.suggestion or {})


def test_a_rule_in_the_way_is_removed_instead_of_more_steps() -> None:
    asked: dict[str, Any] = {
        "synthetic": Synthetic(),
        "scale": "standardize",
        "lr": 0.3,
        "init": "zeros",
    }
    before = fit(**asked, steps=1000, stop=Stop(min_improvement=0.2))

    assert before.stopped_by == "min_improvement"
    assert before.verdict.suggestion
    assert followed(asked, before).loss < before.loss


@pytest.mark.parametrize("degree", [1, 2, 3])
def test_a_diverged_run_out_of_digits_is_told_to_rescale(degree: int) -> None:
    t = [1767225600 + 3600 * i for i in range(8)]
    asked: dict[str, Any] = {
        "data": Points.of(t, [118.2, 121.0, 124.9, 127.3, 126, 125, 128, 131]),
        "model": Polynomial(degree=degree),
        "lr": 0.01,
        "steps": 100,
    }
    before = fit(**asked)

    assert before.outcome == "diverged"
    if (before.analysis.condition or 0) > 2**52:
        assert before.verdict.suggestion
        assert before.verdict.suggestion.get("lr") == "best"
        assert followed(asked, before).verdict.reach == "converged"
