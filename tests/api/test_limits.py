import json
from typing import Any

import httpx
import pytest

from service.api.limits import check_cost, drawn
from service.api.problems import ProblemError
from service.api.schemas import FitRequest
from service.descent.cost import seconds
from service.descent.parts import Form

SOME = {"synthetic": {}, "seed": 42, "lr": 1e-5}


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
        {"steps": 10_000_000, "stop": {"gap": 1e-3}},
        {"steps": 1_000_000, "solver": "loop"},
        {"steps": 1_000_000, "solver": "loop", "record_every": 7},
        {
            "steps": 10_000_000,
            "synthetic": {"points": 100},
            "include": ["predictions"],
            "validation": {"fraction": 0.2},
        },
    ],
)
@pytest.mark.parametrize("form", [None, "svg"])
@pytest.mark.parametrize("max_seconds", [0.7, 3.0, 10.0])
def test_the_steps_that_are_told_are_accepted(
    fields: dict[str, Any], form: Form | None, max_seconds: float
) -> None:
    def check(**fields: Any) -> None:
        spec = FitRequest.model_validate_json(json.dumps(SOME | fields)).spec()
        question = drawn(spec, form) if form else spec
        check_cost(question, seconds(question), max_seconds)

    with pytest.raises(ProblemError) as refused:
        check(**fields)
    steps = int(refused.value.detail.split()[3])

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
