import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.descent.parts import Include, Points, Solver, Stop, Synthetic, Validation
from service.descent.spec import AnalysisSpec, FitSpec, Question, SweepSpec
from service.workers.child import replies
from service.workers.frames import Kind, Reply, Tally
from tests.descent.specs import random_specs

LECTURE = FitSpec(synthetic=Synthetic(), seed=42, lr=1e-5, steps=10)


def answer(spec: FitSpec) -> bytes:
    (reply,) = replies([spec])
    return reply.payload


def test_an_answer_leaves_out_what_does_not_apply() -> None:
    assert set(json.loads(answer(LECTURE))) == {
        *(
            "params",
            "scaled",
            "loss",
            "outcome",
            "steps",
            "best",
            "optimum",
            "analysis",
            "verdict",
            "resolved",
        ),
        *("losses", "record_every", "elapsed_ms"),
    }


def test_an_optimum_tells_what_does_not_exist() -> None:
    lonely = FitSpec(data=Points.of([1], [2]), seed=1, lr=0.1, steps=1)

    assert json.loads(answer(lonely))["optimum"]["standard_errors"] is None


def test_what_cannot_be_computed_is_refused_with_a_reason() -> None:
    huge = FitSpec(data=Points.of([1e100], [2]), seed=1, lr=0.1, steps=1)

    (reply,) = replies([huge])

    assert reply.kind is Kind.REFUSED
    assert b"scale" in reply.payload


def test_an_error_of_our_own_is_told_without_its_text() -> None:
    without_points = FitSpec(seed=42, lr=1e-5, steps=10)

    assert replies([without_points]) == [Reply(Kind.FAILED)]


def test_fits_of_one_message_keep_their_own_answers() -> None:
    alone = FitSpec(synthetic=Synthetic(), seed=42, lr=1e-5, steps=3, solver="loop")
    refused, failed = (
        FitSpec(data=Points.of([1e100], [2]), seed=1, lr=0.1, steps=1),
        FitSpec(seed=42, lr=1e-5, steps=10),
    )

    together = replies([LECTURE, refused, alone, failed])

    assert [reply.kind for reply in together] == [
        Kind.ANSWER,
        Kind.REFUSED,
        Kind.ANSWER,
        Kind.FAILED,
    ]
    for spec, reply in zip((LECTURE, alone), (together[0], together[2]), strict=True):
        assert numbers(reply.payload) == numbers(answer(spec))


def numbers(payload: bytes) -> dict[str, object]:
    return {name: value for name, value in json.loads(payload).items() if name != "elapsed_ms"}


ALL: tuple[Include, ...] = ("params", "gradients", "predictions", "data")
HELD_OUT = [None, Validation(0.3, "tail"), Validation(0.2, "random")]
STOPS = [None, Stop(patience=2), Stop(gradient=1.0, min_improvement=1e-3)]


@given(
    spec=random_specs(steps=20),
    solver=st.sampled_from(["exact", "loop"]),
    validation=st.sampled_from(HELD_OUT),
    stop=st.sampled_from(STOPS),
    whole=st.booleans(),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_question_is_answered_or_refused(
    spec: dict[str, Any],
    solver: Solver,
    validation: Validation | None,
    stop: Stop | None,
    *,
    whole: bool,
) -> None:
    """Among what is written are numbers of numpy and torch, if one forgets to make them plain."""
    setting = spec | {"validation": validation if len(spec["data"]) >= 5 else None}
    others = {name: value for name, value in setting.items() if name != "lr"}
    questions: list[Question] = [
        FitSpec(
            **setting,
            solver=solver,
            stop=stop,
            include=ALL if whole else (),
            at=(0.5,) if whole else None,
        ),
        SweepSpec(
            **others,
            solver=solver,
            lrs=(spec["lr"], 3 * spec["lr"]),
            include=("losses",) if whole else (),
        ),
        AnalysisSpec(**others, lr=spec["lr"] if whole else None),
    ]

    for reply in replies(questions):
        assert reply.kind is not Kind.FAILED
        if reply.kind is Kind.ANSWER:
            json.loads(reply.payload, parse_constant=pytest.fail)


def tally(question: Question) -> Tally:
    (reply,) = replies([question])
    assert reply.tally
    return reply.tally


def test_an_answer_is_counted_by_its_outcome_steps_and_seconds() -> None:
    counted = tally(LECTURE)

    assert (counted.outcome, counted.steps) == ("completed", 10)
    assert 0 < counted.seconds < 10
    assert tally(FitSpec(synthetic=Synthetic(), seed=42, lr=1, steps=1000)).outcome == "diverged"


def test_of_a_sweep_the_steps_of_all_rates_are_counted_and_of_an_analysis_none() -> None:
    swept = tally(SweepSpec(synthetic=Synthetic(), seed=42, lrs=(1e-6, 1e-5), steps=10))
    forecast = tally(AnalysisSpec(synthetic=Synthetic(), seed=42, steps=10))

    assert (swept.outcome, swept.steps) == (None, 20)
    assert (forecast.outcome, forecast.steps) == (None, 0)
