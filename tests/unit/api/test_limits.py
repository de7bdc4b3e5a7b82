import json
import math
from dataclasses import replace
from typing import Any

import httpx
import pytest

from service.api.requests import parse
from service.descent.methods.option import RuleError
from service.descent.questions.budget import affordable
from service.descent.questions.fit import FitSpec
from service.descent.questions.options import Form, Synthetic
from service.descent.questions.records import MAX_RECORDS
from service.descent.questions.sweep import SweepSpec

SOME = {"synthetic": {}, "seed": 42, "lr": 1e-5}
MOMENTUM: dict[str, Any] = {"optimizer": {"kind": "sgd", "momentum": 0.9}}


SPEC = FitSpec(synthetic=Synthetic(), seed=42, lr=1e-5, steps=10, record_every=1)


def post(client: httpx.Client, **fields: Any) -> httpx.Response:
    return client.post("/fit", json=SOME | fields)


def test_a_loop_over_the_budget_is_told_the_largest_steps_that_fit(client: httpx.Client) -> None:
    problem = post(client, steps=10_000_000, solver="loop", record_every=10_000_000).json()

    assert problem["code"] == "cost_over_budget"
    assert problem["limit"] == 10
    steps = int(problem["detail"].split()[3])
    assert (
        post(client, steps=steps + 1, solver="loop", record_every=10_000_000).json()["code"]
        == "cost_over_budget"
    )


@pytest.mark.parametrize(
    "fields",
    [
        {"steps": 10_000_000, "stop": {"gap": 1e-3}} | MOMENTUM,
        {"steps": 1_000_000, "solver": "loop"},
        {"steps": 1_000_000, "solver": "loop", "record_every": 7},
        {
            "steps": 10_000_000,
            "synthetic": {"points": 100},
            "include": ["predictions"],
            "validation": {"fraction": 0.2},
        }
        | MOMENTUM,
    ],
)
@pytest.mark.parametrize("form", [None, "svg"])
@pytest.mark.parametrize("max_seconds", [0.7, 3.0, 10.0])
def test_the_steps_that_are_told_are_accepted(
    fields: dict[str, Any], form: Form | None, max_seconds: float
) -> None:
    def check(**fields: Any) -> None:
        spec = parse(json.dumps(SOME | fields).encode(), FitSpec)
        affordable(spec.drawn(form) if form else spec, max_seconds)

    with pytest.raises(RuleError) as refused:
        check(**fields)
    steps = int(str(refused.value).split()[3])

    for fewer in (steps, steps - 1, 9 * steps // 10, 1):
        check(**fields | {"steps": fewer})


def test_too_many_numbers_are_told_the_smallest_record_every_that_fits(
    client: httpx.Client,
) -> None:
    fields = {"steps": 1_000_000, "include": ["params", "gradients"]}

    problem = post(client, record_every=1, **fields).json()

    assert (problem["code"], problem["limit"]) == ("answer_too_large", 1_000_000)
    every = int(problem["detail"].split()[3])
    assert post(client, record_every=every - 1, **fields).json()["code"] == "answer_too_large"
    assert post(client, record_every=every, **fields).status_code == 200


@pytest.mark.parametrize(
    ("steps", "every", "records"),
    [(10_000, 1, 10_001), (10_001, 2, 5_002), (25_000, 3, 8_335), (10_000_000, 1000, 10_001)],
)
def test_without_record_every_at_most_10001_are_recorded(
    client: httpx.Client, steps: int, every: int, records: int
) -> None:
    answer = post(client, steps=steps).json()

    assert (answer["record_every"], len(answer["losses"])) == (every, records)


def refusal(spec: FitSpec | SweepSpec) -> tuple[str, float | None, float | None, str]:
    """The code, limit, number given and detail of the rule that an answer would break."""
    with pytest.raises(RuleError) as refused:
        affordable(spec, math.inf)
    error = refused.value
    return error.code, error.limit, error.given, str(error)


def test_an_answer_has_at_most_a_million_records() -> None:
    most = replace(SPEC, steps=MAX_RECORDS - 1)
    affordable(most, math.inf)

    assert refusal(replace(most, steps=MAX_RECORDS)) == (
        "answer_too_large",
        1_000_000,
        1_000_001,
        "Set `record_every` to 2 or more",
    )


def test_an_answer_has_at_most_two_million_numbers() -> None:
    """Of each record eight numbers are told: the loss, the step, three parameters, three slopes."""
    most = replace(SPEC, steps=249_999, include=("params", "gradients"))
    affordable(most, math.inf)

    assert refusal(replace(most, steps=250_000)) == (
        "answer_too_large",
        2_000_000,
        2_000_008,
        "Set `record_every` to 2 or more",
    )


def test_a_cost_of_the_whole_budget_is_accepted() -> None:
    affordable(SPEC, SPEC.seconds)
    loop = replace(SPEC, steps=1000, solver="loop")

    with pytest.raises(RuleError) as refused:
        affordable(loop, loop.seconds - 0.01)

    assert refused.value.code == "cost_over_budget"
    assert refused.value.limit == loop.seconds - 0.01
    assert refused.value.given == round(loop.seconds, 3)


@pytest.mark.parametrize("spec", [replace(SPEC, solver="loop"), SPEC])
def test_where_not_even_a_step_is_cheap_enough_fewer_points_are_asked_for(spec: FitSpec) -> None:
    with pytest.raises(RuleError) as refused:
        affordable(spec, 1e-9)

    assert str(refused.value) == "Send fewer points"


def test_a_sweep_that_is_too_dear_has_too_many_rates_or_points() -> None:
    sweep = SweepSpec(synthetic=Synthetic(), seed=42, steps=10, lrs=(1.0, 2.0))

    with pytest.raises(RuleError) as refused:
        affordable(sweep, 1e-9)

    assert str(refused.value) == "Ask for fewer rates, or send fewer points"


def test_the_largest_steps_that_fit_are_told() -> None:
    loop = replace(SPEC, steps=5000, solver="loop")

    with pytest.raises(RuleError) as refused:
        affordable(loop, 0.5)

    steps = int(str(refused.value).split()[3])
    assert replace(loop, steps=steps).seconds <= 0.5 < replace(loop, steps=steps + 1).seconds


@pytest.mark.parametrize(
    ("steps", "points", "asked", "every"),
    [(100, 20, 1, 1), (100, 20, 7, 7), (100_000, 20, 1, 2), (100_000, 20, 5, 5), (1, 20, 1, 1)],
)
def test_a_picture_has_the_curves_of_as_many_steps_as_may_be_recorded(
    steps: int, points: int, asked: int, every: int
) -> None:
    spec = replace(SPEC, steps=steps, synthetic=Synthetic(points=points), record_every=asked)

    picture = spec.drawn("png")

    assert (picture.record_every, picture.form) == (every, "png")
    assert picture.include == ("predictions", "data")
