import json
import math
from contextlib import ExitStack
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.api.bodies import JSON
from tests.server import LONG, serving

pytestmark = pytest.mark.shares

SOME: dict[str, Any] = {"synthetic": {}, "seed": 42, "lr": 1e-5, "steps": 1}


def code(client: httpx.Client, **fields: Any) -> str:
    """The code of the problem, or ok."""
    answer = client.post("/fit", json=SOME | fields)
    return "ok" if answer.status_code == 200 else str(answer.json()["code"])


def points(n: int) -> dict[str, Any]:
    return {"synthetic": None, "data": {"t": list(range(n)), "y": [1] * n}, "lr": 1e-12}


@pytest.mark.parametrize(
    ("n", "expected"), [(49_999, "ok"), (50_000, "ok"), (50_001, "too_many_points")]
)
def test_points(client: httpx.Client, n: int, expected: str) -> None:
    assert code(client, **points(n)) == expected


@pytest.mark.parametrize(("n", "expected"), [(0, "too_few_points"), (1, "ok"), (2, "ok")])
def test_least_points(client: httpx.Client, n: int, expected: str) -> None:
    assert code(client, **points(n)) == expected


@pytest.mark.parametrize(
    ("n", "expected"), [(49_999, "ok"), (50_000, "ok"), (50_001, "out_of_range")]
)
def test_synthetic_points(client: httpx.Client, n: int, expected: str) -> None:
    assert code(client, synthetic={"points": n}, lr=1e-30) == expected


@pytest.mark.parametrize(
    ("n", "expected"), [(9_999_999, "ok"), (10_000_000, "ok"), (10_000_001, "out_of_range")]
)
def test_steps(client: httpx.Client, n: int, expected: str) -> None:
    assert code(client, steps=n) == expected


@pytest.mark.parametrize(
    ("n", "expected"), [(9_999, "ok"), (10_000, "ok"), (10_001, "too_many_items")]
)
def test_at(client: httpx.Client, n: int, expected: str) -> None:
    assert code(client, at=[0] * n) == expected


@pytest.mark.parametrize(
    ("n", "expected"), [(0, "out_of_range"), (1, "ok"), (10, "ok"), (11, "out_of_range")]
)
def test_degree(client: httpx.Client, n: int, expected: str) -> None:
    assert code(client, model={"kind": "polynomial", "degree": n}) == expected


@pytest.mark.parametrize(
    ("n", "expected"), [(999_998, "ok"), (999_999, "ok"), (1_000_000, "answer_too_large")]
)
def test_records(client: httpx.Client, n: int, expected: str) -> None:
    assert code(client, steps=n, record_every=1) == expected


@pytest.mark.parametrize(
    ("n", "expected"), [(249_998, "ok"), (249_999, "ok"), (250_000, "answer_too_large")]
)
def test_numbers_in_the_answer(client: httpx.Client, n: int, expected: str) -> None:
    assert code(client, steps=n, record_every=1, include=["params", "gradients"]) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (math.nextafter(1e150, 0), "ok"),
        (1e150, "ok"),
        (math.nextafter(1e150, math.inf), "out_of_range"),
    ],
)
@pytest.mark.parametrize("sign", [1, -1])
def test_numbers(client: httpx.Client, value: float, sign: int, expected: str) -> None:
    assert code(client, synthetic=None, data={"t": [0, 1], "y": [sign * value, 0]}) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (math.nextafter(1e300, 0), "ok"),
        (1e300, "ok"),
        (math.nextafter(1e300, math.inf), "out_of_range"),
    ],
)
def test_lr(client: httpx.Client, value: float, expected: str) -> None:
    assert code(client, lr=value) == expected


@pytest.mark.parametrize(("value", "expected"), [(0.0, "out_of_range"), (math.ulp(0), "ok")])
def test_least_lr(client: httpx.Client, value: float, expected: str) -> None:
    assert code(client, lr=value) == expected


@pytest.mark.parametrize(
    ("n", "expected"), [(2**53 - 2, "ok"), (2**53 - 1, "ok"), (2**53, "out_of_range")]
)
def test_seed(client: httpx.Client, n: int, expected: str) -> None:
    assert code(client, seed=n) == expected


@pytest.mark.parametrize(("more", "expected"), [(-1, "ok"), (0, "ok"), (1, "body_too_large")])
def test_body(client: httpx.Client, more: int, expected: str) -> None:
    body = b'{"synthetic": {}, "lr": 1e-5}'.ljust(4 * 1024 * 1024 + more)

    answer = client.post("/fit", content=body, headers=JSON)

    assert (expected if answer.status_code == 200 else answer.json()["code"]) == expected


def test_cost() -> None:
    loop = {"solver": "loop", "record_every": 500}
    with (
        serving("--workers", "1", COASTER_MAX_FIT_SECONDS="0.5") as server,
        httpx.Client(base_url=server.url) as client,
    ):
        problem = client.post("/fit", json=SOME | loop | {"steps": 10_000_000}).json()
        steps = int(problem["detail"].split()[3])

        assert [code(client, steps=steps + more, **loop) for more in (-1, 0, 1)] == [
            "ok",
            "ok",
            "cost_over_budget",
        ]


@pytest.mark.parametrize(
    ("n", "expected"), [(399_982, "ok"), (399_983, "ok"), (399_984, "answer_too_large")]
)
def test_numbers_in_a_stream(client: httpx.Client, n: int, expected: str) -> None:
    """Its steps have params, and their number stands beside them; the points are told once: 5 (n +
    1) + 40.
    """
    with client.stream(
        "POST", "/fit/stream", json=SOME | {"steps": n, "record_every": 1}
    ) as answer:
        assert (
            expected if answer.status_code == 200 else answer.read() and answer.json()["code"]
        ) == expected


@pytest.mark.parametrize(("n", "expected"), [(999, "ok"), (1000, "ok"), (1001, "too_many_items")])
def test_rates_of_a_sweep(client: httpx.Client, n: int, expected: str) -> None:
    answer = client.post(
        "/sweep",
        json={"synthetic": {}, "seed": 42, "steps": 10, "lrs": [1e-6 * (1 + i) for i in range(n)]},
    )

    assert (expected if answer.status_code == 200 else answer.json()["code"]) == expected


@pytest.mark.parametrize(
    ("n", "expected"), [(9_999, "ok"), (10_000, "ok"), (10_001, "too_many_items")]
)
def test_rates_of_a_schedule(client: httpx.Client, n: int, expected: str) -> None:
    assert code(client, schedule={"kind": "list", "lrs": [1e-5] * n}, steps=n, lr=None) == expected


@pytest.mark.parametrize(("n", "expected"), [(3, "ok"), (4, "ok"), (5, "too_many_items")])
def test_layers(client: httpx.Client, n: int, expected: str) -> None:
    assert code(client, model={"kind": "mlp", "hidden": [2] * n}) == expected


@pytest.mark.parametrize(("n", "expected"), [(63, "ok"), (64, "ok"), (65, "out_of_range")])
def test_units(client: httpx.Client, n: int, expected: str) -> None:
    assert code(client, model={"kind": "mlp", "hidden": [n]}) == expected


def job(client: httpx.Client, key: str | None = None, **metadata: str) -> str:
    answer = client.post(
        "/jobs", json=SOME | {"metadata": metadata}, headers={"Idempotency-Key": key} if key else {}
    )
    return "ok" if answer.status_code == 202 else str(answer.json()["code"])


@pytest.mark.parametrize(("n", "expected"), [(15, "ok"), (16, "ok"), (17, "too_many_items")])
def test_metadata(client: httpx.Client, n: int, expected: str) -> None:
    assert job(client, **{f"k{i}": "" for i in range(n)}) == expected


@pytest.mark.parametrize(("n", "expected"), [(63, "ok"), (64, "ok"), (65, "out_of_range")])
def test_names_of_metadata(client: httpx.Client, n: int, expected: str) -> None:
    assert job(client, **{"k" * n: ""}) == expected


@pytest.mark.parametrize(("n", "expected"), [(511, "ok"), (512, "ok"), (513, "out_of_range")])
def test_notes_of_metadata(client: httpx.Client, n: int, expected: str) -> None:
    assert job(client, k="v" * n) == expected


@pytest.mark.parametrize(("n", "expected"), [(254, "ok"), (255, "ok"), (256, "out_of_range")])
def test_idempotency_key(client: httpx.Client, n: int, expected: str) -> None:
    assert job(client, f"{uuid4().hex:x<{n}}") == expected


@pytest.mark.parametrize(("n", "expected"), [(99, "ok"), (100, "ok"), (101, "out_of_range")])
def test_jobs_of_a_list(client: httpx.Client, n: int, expected: str) -> None:
    answer = client.get("/jobs", params={"limit": n})

    assert (expected if answer.status_code == 200 else answer.json()["code"]) == expected


def test_streams() -> None:
    with serving("--workers", "3", COASTER_MAX_STREAMS="2") as server, ExitStack() as opened:
        for expected in ("ok", "ok", "too_many_streams"):
            client = opened.enter_context(httpx.Client(base_url=server.url, timeout=20))
            answer = opened.enter_context(client.stream("POST", "/fit/stream", json=LONG))
            assert (
                expected if answer.status_code == 200 else json.loads(answer.read())["code"]
            ) == expected
