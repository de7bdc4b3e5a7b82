"""The application works under another ASGI server, where it only lacks deadlines of connections."""

from collections.abc import Iterator

import httpx
import pytest

from service.api.state import state_of
from tests.support.portable import Portable, under_hypercorn
from tests.support.server import PATIENCE_SECONDS, until
from tests.support.streams import NDJSON, SSE, Json, events, folded, ndjson, sse, timeless

LECTURE: Json = {"synthetic": {}, "seed": 42, "lr": 1e-5, "steps": 10}
LONG: Json = LECTURE | {"steps": 399_000, "record_every": 1}
"""A stream of some 40 MB: more than the buffers on its way hold."""
SILENT: Json = LECTURE | {"steps": 60_000, "solver": "loop", "record_every": 60_000}
"""A stream that has nothing to say for seconds."""


@pytest.fixture(scope="module")
def service() -> Iterator[Portable]:
    with under_hypercorn() as started:
        yield started


@pytest.fixture(scope="module")
def client(service: Portable) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=service.url, timeout=PATIENCE_SECONDS) as opened:
        yield opened


def test_a_fit_is_answered(client: httpx.Client) -> None:
    answer = client.post("/fit", json=LECTURE, headers={"X-Request-ID": "mine"})

    assert (answer.status_code, answer.headers["X-Request-ID"]) == (200, "mine")
    assert answer.json()["steps"] == LECTURE["steps"]


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("POST", "/fit", 415, "unsupported_media_type"),
        ("GET", "/fit", 405, "method_not_allowed"),
        ("GET", "/nothing", 404, "not_found"),
    ],
)
def test_failures_are_problems(
    client: httpx.Client, method: str, path: str, status: int, code: str
) -> None:
    answer = client.request(method, path)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_stream_is_its_result(client: httpx.Client) -> None:
    assert folded(events(client, LECTURE)) == timeless(client.post("/fit", json=LECTURE).json())


def test_a_job_is_run_and_its_events_are_its_result(client: httpx.Client) -> None:
    place = client.post("/jobs", json=LECTURE).raise_for_status().headers["Location"]

    told = sse(client.get(f"{place}/events", headers={"Accept": SSE}).content)

    result = client.get(f"{place}/result").raise_for_status().json()
    assert folded(event.content for event in told) == timeless(result)


def test_a_client_that_leaves_in_the_middle_frees_its_worker(
    service: Portable, client: httpx.Client
) -> None:
    with client.stream("POST", "/fit/stream", json=SILENT) as answer:
        next(answer.iter_raw())

    until(lambda: not len(state_of(service.app).streams))
    assert client.post("/fit", json=LECTURE).status_code == 200


def test_a_slow_reader_is_told_why_its_stream_ends(
    service: Portable, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.api.streaming.PATIENCE_SECONDS", 2)
    with client.stream("POST", "/fit/stream", json=LONG, headers={"Accept": NDJSON}) as answer:
        content = answer.iter_raw()
        first = next(content)
        until(lambda: not state_of(service.app).pool.load.busy)
        *told, failed = ndjson(first + b"".join(content))

    assert failed["problem"]["code"] == "slow_reader"
    steps = [event for event in told if event["type"] == "steps"]
    assert [event["first"] for event in steps[1:]] == [event["last"] + 1 for event in steps[:-1]]


def test_a_slow_reader_that_never_reads_again_ends_its_stream(
    service: Portable,
    client: httpx.Client,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("service.api.streaming.PATIENCE_SECONDS", 1)
    with client.stream("POST", "/fit/stream", json=LONG) as answer:
        content = answer.iter_raw()
        next(content)
        until(lambda: not len(state_of(service.app).streams))
        with pytest.raises(httpx.TransportError):
            b"".join(content)

    assert [record.getMessage() for record in caplog.records if record.exc_info] == []
    assert client.post("/fit", json=LECTURE).status_code == 200


def test_an_open_stream_is_told_that_the_service_ends() -> None:
    with (
        under_hypercorn() as service,
        httpx.Client(base_url=service.url, timeout=PATIENCE_SECONDS) as client,
        client.stream("POST", "/fit/stream", json=SILENT, headers={"Accept": NDJSON}) as answer,
    ):
        content = answer.iter_raw()
        first = next(content)
        service.end()
        last = ndjson(first + b"".join(content))[-1]

    assert (last["type"], last["problem"]["code"]) == ("failed", "shutting_down")
