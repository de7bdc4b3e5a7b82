"""A full pool refuses what wants a worker before anything is done for it."""

from collections.abc import Iterator

import httpx
import pytest

from tests.support.applications import client_in_process
from tests.support.scraping import scraped

ASKING = ["/fit", "/fit/picture", "/fit/stream", "/sweep", "/series", "/analysis"]
REQUESTS = "coaster_request_duration_seconds_count"


@pytest.fixture(scope="module")
def full() -> Iterator[httpx.Client]:
    """A client of an application whose pool is full."""
    with client_in_process() as client:
        client.inside.pool.full = True
        yield client


@pytest.mark.parametrize("path", ASKING)
def test_what_wants_a_worker_is_refused_without_a_look_at_its_body(
    full: httpx.Client, path: str
) -> None:
    answer = full.post(path, content=b"no JSON")

    assert (answer.status_code, answer.json()["code"]) == (503, "queue_full")
    assert answer.headers["Retry-After"] == "1"
    assert answer.json()["request_id"] == answer.headers["X-Request-ID"]


@pytest.mark.parametrize("path", ASKING)
def test_a_refusal_is_counted_as_a_request_of_its_route(full: httpx.Client, path: str) -> None:
    before = scraped(full)(REQUESTS, route=path, method="POST", status="503") or 0
    full.post(path, json={})
    after = scraped(full)(REQUESTS, route=path, method="POST", status="503")

    assert after == before + 1


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/fit", None, 405),
        ("POST", "/jobs", {"synthetic": {}, "lr": 1e-5}, 202),
        ("GET", "/limits", None, 200),
    ],
)
def test_what_wants_no_worker_is_answered(
    full: httpx.Client, method: str, path: str, body: object, status: int
) -> None:
    assert full.request(method, path, json=body).status_code == status
