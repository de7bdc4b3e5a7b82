import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from service.descent.answers.explanation import Verdict
from service.descent.answers.results import Forecast
from service.descent.errors import NotComputableError
from service.descent.forecast import forecast
from service.descent.methods.models.polynomial import Polynomial
from service.descent.questions.analysis import AnalysisSpec
from service.descent.questions.options import Scale, Synthetic, Validation
from service.descent.questions.points import Points
from tests.support.specs import fit, random_specs

VALIDATIONS = [Validation(0.25, "interleaved"), Validation(0.3, "tail"), Validation(0.2, "random")]
RATES = [1e-300, 1e-9, 1e-5, 2.5453e-5, 3.53986294408925e-5, 3.6e-5, 1e-3, 1.0, 1e300, "best"]


def ahead(**given: Any) -> Forecast:
    asked: dict[str, Any] = {"synthetic": Synthetic(), "seed": 42, "steps": 10} | given
    return forecast(AnalysisSpec(**asked))


def judged(verdict: Verdict) -> dict[str, Any]:
    """All but the message and its validation loss, which may end in other digits where a crowd of
    points has lost them.
    """
    facts = replace(verdict.facts, validation_loss=None)
    return {name: value for name, value in vars(verdict).items() if name != "message"} | {
        "facts": facts
    }


@pytest.mark.parametrize("scale", ["none", "standardize", "orthonormal"])
@pytest.mark.parametrize("steps", [1, 10, 5000])
def test_a_forecast_is_what_the_fit_reports(scale: Scale, steps: int) -> None:
    forecasts = [ahead(lr=lr, scale=scale, steps=steps) for lr in RATES]
    fits = [
        fit(synthetic=Synthetic(), lr=lr, scale=scale, steps=steps, record_every=steps)
        for lr in RATES
    ]

    assert [
        lr
        for lr, told, result in zip(RATES, forecasts, fits, strict=True)
        if (told.optimum, told.analysis, told.verdict)
        != (result.optimum, result.analysis, result.verdict)
    ] == []


@given(random_specs())
def test_a_forecast_of_any_points_is_what_the_fit_reports(spec: dict[str, Any]) -> None:
    told, result = ahead(synthetic=None, **spec), fit(**spec)

    assert (told.optimum, told.analysis, told.verdict) == (
        result.optimum,
        result.analysis,
        result.verdict,
    )


@given(random_specs(), st.sampled_from(VALIDATIONS))
def test_a_forecast_with_points_held_out_is_what_the_fit_reports(
    spec: dict[str, Any], validation: Validation
) -> None:
    assume(len(spec["data"]) >= 5)
    asked = spec | {"validation": validation}
    try:
        result = fit(**asked)
    except NotComputableError as refused:
        with pytest.raises(NotComputableError, match=re.escape(str(refused))):
            ahead(synthetic=None, **asked)
        return
    told = ahead(synthetic=None, **asked)

    assert (told.optimum, told.analysis) == (result.optimum, result.analysis)
    assert told.verdict
    assert judged(told.verdict) == judged(result.verdict)


@pytest.mark.parametrize("degree", [1, 2, 7, 10])
def test_the_best_rate_in_the_best_coordinates_is_that_of_the_fit(degree: int) -> None:
    model = Polynomial(degree=degree)
    told = ahead(lr="best", scale="auto", model=model)
    result = fit(synthetic=Synthetic(), lr="best", scale="auto", model=model)

    assert (told.resolved.lr, told.resolved.scale) == (result.resolved.lr, result.resolved.scale)
    assert told.verdict == result.verdict


def test_without_a_rate_what_depends_on_it_is_unknown() -> None:
    told = ahead()

    assert told.verdict is None
    assert told.resolved.lr is None
    assert told.analysis.half_lives == [None, None, None]
    assert {mode.multiplier for mode in told.analysis.modes} == {None}
    assert (told.analysis.steps_to_one_percent.lr, told.analysis.predicted_overflow) == (None, None)


def test_without_a_rate_what_does_not_depend_on_it_is_known() -> None:
    told, judged = ahead().analysis, ahead(lr=1e-5).analysis

    assert (told.condition, told.lr_limit, told.lr_no_bounce, told.lr_fastest, told.lr_best) == (
        judged.condition,
        judged.lr_limit,
        judged.lr_no_bounce,
        judged.lr_fastest,
        judged.lr_best,
    )
    assert [mode.eigenvalue for mode in told.modes] == [mode.eigenvalue for mode in judged.modes]
    assert told.steps_to_one_percent.lr_fastest == 697_692


@pytest.mark.parametrize(
    "asked", [{}, {"lr": 1e-5}, {"lr": "best", "scale": "auto"}, {"init": "zeros", "lr": 1e-3}]
)
def test_resolved_sent_again_gives_the_same(asked: dict[str, Any]) -> None:
    first = ahead(**asked)

    assert forecast(AnalysisSpec(**vars(first.resolved))) == first


def test_a_start_without_a_finite_loss_is_refused() -> None:
    with pytest.raises(NotComputableError, match="before the first step"):
        ahead(
            synthetic=None,
            data=Points.of([1e5, 2e5, 3e5], [1, 2, 3]),
            init=dict.fromkeys("abc", 1e150),
            lr=1e-20,
        )


def test_a_forecast_of_ten_million_steps_is_made_without_them() -> None:
    told = ahead(lr=1e-5, steps=10_000_000)

    assert told.verdict
    assert told.verdict.reach == "converged"
