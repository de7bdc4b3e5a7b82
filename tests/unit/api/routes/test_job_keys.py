"""Idempotency keys: a request that is sent again gives the same job."""

from collections.abc import Iterator

import httpx
import pytest

from tests.support.applications import Client, client_in_process
from tests.support.streams import Json
from tests.unit.api.routes.test_file_requests import POINTS, refusal
from tests.unit.api.routes.test_job_files import LONG, created, events, posted

FIT: Json = {"synthetic": {}, "seed": 42, "solver": "loop", "steps": 2_000}
KEY = {"Idempotency-Key": "k"}


@pytest.fixture
def fresh() -> Iterator[Client]:
    """A client of an application without jobs."""
    with client_in_process() as client:
        yield client


def fit(client: httpx.Client, body: Json = FIT) -> httpx.Response:
    return client.post("/jobs", json=body, headers=KEY)


def gives_the_same_job(first: httpx.Response, again: httpx.Response) -> bool:
    assert first.status_code == 202, first.text
    assert again.status_code == 202, again.text
    return "Idempotency-Replayed" in again.headers and again.json()["id"] == first.json()["id"]


def test_the_points_of_jobs_that_are_gone_give_the_same_job(fresh: Client) -> None:
    part = created(fresh, include=["factor"])
    events(fresh, part)
    body: Json = {"data": {"parts": [part]}}
    first = fit(fresh, body)
    fresh.delete(f"/jobs/{part}").raise_for_status()

    assert gives_the_same_job(first, fit(fresh, body))


def test_the_points_of_other_jobs_are_another_request(fresh: Client) -> None:
    parts = [created(fresh, include=["factor"]) for _ in range(2)]
    for part in parts:
        events(fresh, part)
    fit(fresh, {"data": {"parts": parts[:1]}}).raise_for_status()

    assert refusal(fit(fresh, {"data": {"parts": parts[1:]}})) == (422, "key_reused")


def test_points_of_jobs_that_never_were_are_rejected_with_a_key(fresh: Client) -> None:
    assert refusal(fit(fresh, {"data": {"parts": ["0" * 26]}})) == (422, "unknown_value")


def test_a_lower_limit_of_the_cost_gives_the_same_job(fresh: Client) -> None:
    first = fit(fresh)
    fresh.inside.set(max_job_seconds=0.01)

    assert refusal(fresh.post("/jobs", json=FIT)) == (422, "cost_over_budget")
    assert gives_the_same_job(first, fit(fresh))


@pytest.mark.parametrize("limit", [{"max_job_seconds": 50.0}, {"max_upload_bytes": 8 * 1024}])
def test_another_limit_gives_the_same_job_of_a_file(
    fresh: Client, limit: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.jobs.files.HEAD_BYTES", 4 * 1024)
    monkeypatch.setattr("service.jobs.files.PIECE_BYTES", 4 * 1024)
    first = posted(fresh, LONG, key="k")
    fresh.inside.set(**limit)

    assert gives_the_same_job(first, posted(fresh, LONG, key="k"))


def test_the_same_bytes_as_another_kind_of_file_are_another_request(fresh: Client) -> None:
    posted(fresh, POINTS, key="k").raise_for_status()

    answer = posted(fresh, POINTS, "application/x-npy", key="k")

    assert refusal(answer) == (422, "key_reused")


def test_an_invalid_body_is_rejected_as_without_its_key(fresh: Client) -> None:
    fit(fresh).raise_for_status()

    assert refusal(fit(fresh, {"steps": 0})) == refusal(fresh.post("/jobs", json={"steps": 0}))


def test_a_body_that_is_nested_too_deeply_is_rejected(fresh: Client) -> None:
    body = b'{"data":' * 500 + b"1" + b"}" * 500
    headers = KEY | {"Content-Type": "application/json"}

    answer = fresh.post("/jobs", content=body, headers=headers)

    assert 400 <= answer.status_code < 500
