"""Each limit of what a request may ask for, just below it, at it and just above it."""

import json
import math
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.support.bodies import JSON
from tests.support.server import LONG, PATIENCE_SECONDS, serving

pytestmark = pytest.mark.shares

SOME: dict[str, Any] = {"synthetic": {}, "seed": 42, "lr": 1e-5, "steps": 1}
OK = "ok"
LOOP = {"solver": "loop", "record_every": 500}
LARGEST = 1e150
FASTEST = 1e300


@dataclass(frozen=True)
class Limit:
    """Values around a limit, the fields of a fit for a value, and the outcome of each."""

    values: Sequence[Any]
    fields: Callable[[Any], dict[str, Any]]
    outcomes: list[str]


def most(value: float, fields: Callable[[Any], dict[str, Any]], beyond: str) -> Limit:
    """Return the limit for the greatest value, whose neighbours are as near as numbers can be."""
    if isinstance(value, int):
        return Limit((value - 1, value, value + 1), fields, [OK, OK, beyond])
    below, above = math.nextafter(value, 0), math.nextafter(value, math.copysign(math.inf, value))
    return Limit((below, value, above), fields, [OK, OK, beyond])


def points(n: int) -> dict[str, Any]:
    return {"synthetic": None, "data": {"t": list(range(n)), "y": [1] * n}, "lr": 1e-12}


def two_points(y: float) -> dict[str, Any]:
    return {"synthetic": None, "data": {"t": [0, 1], "y": [y, 0]}}


def synthetic_points(n: int) -> dict[str, Any]:
    return {"synthetic": {"points": n}, "lr": 1e-30}


def polynomial(degree: int) -> dict[str, Any]:
    return {"model": {"kind": "polynomial", "degree": degree}}


def recorded(steps: int) -> dict[str, Any]:
    return {"steps": steps, "record_every": 1}


def network(hidden: list[int]) -> dict[str, Any]:
    return {"model": {"kind": "mlp", "hidden": hidden}}


def scheduled(n: int) -> dict[str, Any]:
    return {"schedule": {"kind": "list", "lrs": [1e-5] * n}, "steps": n, "lr": None}


LIMITS = {
    "points": most(50_000, points, "too_many_points"),
    "least points": Limit((0, 1, 2), points, ["too_few_points", OK, OK]),
    "synthetic points": most(50_000, synthetic_points, "out_of_range"),
    "steps": most(10_000_000, lambda n: {"steps": n}, "out_of_range"),
    "at": most(10_000, lambda n: {"at": [0] * n}, "too_many_items"),
    "degree": most(10, polynomial, "out_of_range"),
    "least degree": Limit((0, 1), polynomial, ["out_of_range", OK]),
    "records": most(999_999, recorded, "answer_too_large"),
    "numbers in the answer": most(
        249_999, lambda n: recorded(n) | {"include": ["params", "gradients"]}, "answer_too_large"
    ),
    "numbers": most(LARGEST, two_points, "out_of_range"),
    "negative numbers": most(-LARGEST, two_points, "out_of_range"),
    "lr": most(FASTEST, lambda lr: {"lr": lr}, "out_of_range"),
    "least lr": Limit((0.0, math.ulp(0)), lambda lr: {"lr": lr}, ["out_of_range", OK]),
    "seed": most(2**53 - 1, lambda n: {"seed": n}, "out_of_range"),
    "rates of a schedule": most(10_000, scheduled, "too_many_items"),
    "layers": most(4, lambda n: network([2] * n), "too_many_items"),
    "units": most(64, lambda n: network([n]), "out_of_range"),
}


def outcome(answer: httpx.Response, good: int = 200) -> str:
    """Return the code of the problem, or ok."""
    return OK if answer.status_code == good else str(answer.json()["code"])


def fitted(client: httpx.Client, fields: dict[str, Any]) -> str:
    return outcome(client.post("/fit", json=SOME | fields))


def around(limit: int, asked: Callable[[int], str]) -> list[str]:
    """Return the outcomes below a limit, at it and above it."""
    return [asked(n) for n in (limit - 1, limit, limit + 1)]


@pytest.mark.parametrize("name", LIMITS)
def test_a_limit_of_a_fit(client: httpx.Client, name: str) -> None:
    limit = LIMITS[name]

    assert [fitted(client, limit.fields(value)) for value in limit.values] == limit.outcomes


def test_body(client: httpx.Client) -> None:
    def sent(length: int) -> str:
        body = b'{"synthetic": {}, "lr": 1e-5}'.ljust(length)
        return outcome(client.post("/fit", content=body, headers=JSON))

    assert around(4 * 1024 * 1024, sent) == [OK, OK, "body_too_large"]


def streamed(client: httpx.Client, fields: dict[str, Any]) -> str:
    """Return whether a stream begins; it is left at once."""
    with client.stream("POST", "/fit/stream", json=SOME | fields) as answer:
        return OK if answer.status_code == 200 else str(json.loads(answer.read())["code"])


def most_steps(client: httpx.Client, path: str) -> int:
    """Return the most steps of the loop that the service allows, as its refusal names them."""
    problem = client.post(path, json=SOME | LOOP | {"steps": 10_000_000}).json()
    return int(problem["detail"].split()[3])


def test_cost(client: httpx.Client) -> None:
    steps = most_steps(client, "/fit/stream")

    outcomes = around(steps, lambda n: streamed(client, LOOP | {"steps": n}))

    assert outcomes == [OK, OK, "cost_over_budget"]


def test_cost_of_a_whole_fit(client: httpx.Client) -> None:
    steps = most_steps(client, "/fit")

    assert fitted(client, LOOP | {"steps": steps + 1}) == "cost_over_budget"


@pytest.mark.long
def test_a_fit_within_the_cost_ends_in_time() -> None:
    """A worker is killed after twice the cost, by the clock."""
    with (
        serving("--workers", "1", COASTER_MAX_FIT_SECONDS="0.5") as server,
        httpx.Client(base_url=server.url, timeout=PATIENCE_SECONDS) as client,
    ):
        assert fitted(client, LOOP | {"steps": most_steps(client, "/fit")}) == OK


def test_numbers_in_a_stream(client: httpx.Client) -> None:
    """Each of n + 1 records has a loss, three coefficients and its number; the points, sent once,
    have 40 numbers: 5 (n + 1) + 40 is two million for n = 399,991.
    """
    outcomes = around(399_991, lambda n: streamed(client, recorded(n)))

    assert outcomes == [OK, OK, "answer_too_large"]


def test_rates_of_a_sweep(client: httpx.Client) -> None:
    def swept(n: int) -> str:
        lrs = [1e-6 * (1 + i) for i in range(n)]
        body = {"synthetic": {}, "seed": 42, "steps": 10, "lrs": lrs}
        return outcome(client.post("/sweep", json=body))

    assert around(1000, swept) == [OK, OK, "too_many_items"]


def job(client: httpx.Client, key: str | None = None, **metadata: str) -> str:
    headers = {"Idempotency-Key": key} if key else {}
    answer = client.post("/jobs", json=SOME | {"metadata": metadata}, headers=headers)
    return outcome(answer, good=202)


def test_metadata(client: httpx.Client) -> None:
    def noted(n: int) -> str:
        return job(client, **{f"k{i}": "" for i in range(n)})

    assert around(16, noted) == [OK, OK, "too_many_items"]


def test_names_of_metadata(client: httpx.Client) -> None:
    assert around(64, lambda n: job(client, **{"k" * n: ""})) == [OK, OK, "out_of_range"]


def test_notes_of_metadata(client: httpx.Client) -> None:
    assert around(512, lambda n: job(client, k="v" * n)) == [OK, OK, "out_of_range"]


def test_idempotency_key(client: httpx.Client) -> None:
    outcomes = around(255, lambda n: job(client, f"{uuid4().hex:x<{n}}"))

    assert outcomes == [OK, OK, "out_of_range"]


def test_jobs_of_a_list(client: httpx.Client) -> None:
    def listed(n: int) -> str:
        return outcome(client.get("/jobs", params={"limit": n}))

    assert around(100, listed) == [OK, OK, "out_of_range"]


def test_streams() -> None:
    with serving("--workers", "3", COASTER_MAX_STREAMS="2") as server, ExitStack() as opened:
        outcomes = []
        for _ in range(3):
            client = opened.enter_context(httpx.Client(base_url=server.url, timeout=60))
            answer = opened.enter_context(client.stream("POST", "/fit/stream", json=LONG))
            good = answer.status_code == 200
            outcomes.append(OK if good else json.loads(answer.read())["code"])

    assert outcomes == [OK, OK, "too_many_streams"]
