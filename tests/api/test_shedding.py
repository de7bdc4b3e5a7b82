"""Fits that could not even wait are refused before anything is done for them."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.api.scraping import scraped
from tests.server import LONG, Server, serving

ASKING = ["/fit", "/fit/stream", "/sweep", "/analysis"]
REQUESTS = "coaster_request_duration_seconds_count"


@pytest.fixture(scope="module")
def full() -> Iterator[Server]:
    """A service whose one worker is at work, and in whose queue one fit waits, which is all that
    may.
    """
    with (
        serving(
            "--workers", "1", COASTER_WAITING_PER_WORKER="1", COASTER_MAX_WAIT_SECONDS="60"
        ) as server,
        ThreadPoolExecutor() as threads,
        httpx.Client(base_url=server.url) as client,
    ):
        asked = [threads.submit(client.post, "/fit", json=LONG, timeout=60) for _ in range(2)]
        while scraped(client)("coaster_waiting_fits", pool="fits") != 1:
            time.sleep(0.05)
        yield server
        server.process.kill()
        for each in asked:
            each.exception()


@pytest.mark.parametrize("path", ASKING)
def test_what_wants_a_worker_is_refused_without_a_look_at_its_body(full: Server, path: str) -> None:
    answer = httpx.post(full.url + path, content=b"no JSON")

    assert (answer.status_code, answer.json()["code"]) == (503, "queue_full")
    assert int(answer.headers["Retry-After"]) >= 1
    assert answer.json()["request_id"] == answer.headers["X-Request-ID"]


def test_it_is_counted_as_a_request_of_its_route(full: Server) -> None:
    with httpx.Client(base_url=full.url) as client:
        before = scraped(client)(REQUESTS, route="/fit", method="POST", status="503") or 0
        client.post("/fit", json={})
        after = scraped(client)(REQUESTS, route="/fit", method="POST", status="503")

    assert after == before + 1


def test_all_else_is_answered(full: Server) -> None:
    assert httpx.get(full.url + "/fit").status_code == 405
    assert httpx.post(full.url + "/jobs", json={"synthetic": {}, "lr": 1e-5}).status_code == 202
    assert httpx.get(full.url + "/limits").status_code == 200
