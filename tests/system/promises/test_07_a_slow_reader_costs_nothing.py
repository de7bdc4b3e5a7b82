import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import datetime

import httpx
import pytest

from service.server import TRIM_SECONDS
from tests.support.kernel import resident_bytes, settled_sockets, sockets
from tests.support.raw import post
from tests.support.server import PATIENCE_SECONDS, Server, serving
from tests.system.promises.slow_readers import rest_of, slow_reader, slow_readers

READERS = 50
MEGABYTES = 10
LATE = 1.5
"""How much longer a job may take that has such readers."""
CUT_SECONDS = 2 * 10 + 5
"""Twice the patience of ten seconds, for an event and for the last one, and some time."""
LECTURE = {"synthetic": {}, "seed": 42, "lr": 1e-5}
STEPWISE = LECTURE | {
    "scale": "standardize",
    "lr": 1e-4,
    "solver": "loop",
    "model": {"kind": "polynomial", "degree": 10},
    "steps": 20_000,
}
"""A job of some seconds with a log of some 5 MB."""
WIDE = LECTURE | {
    "synthetic": {"points": 1000},
    "lr": 1e-12,
    "steps": 1900,
    "include": ["predictions"],
}
"""A job with a log of large events, 60 kB each."""
NEXT = LECTURE | {"steps": 800, "record_every": 800, "solver": "loop"}
"""A fit that is too long for the reserved worker: it waits for the worker of a slow reader."""
LARGE = LECTURE | {"steps": 399_000, "record_every": 1}
"""A stream of some 40 MB, which is more than the kernel buffers for a reader."""


@pytest.fixture
def service() -> Iterator[Server]:
    with serving("--workers", "1", COASTER_MAX_STREAMS=str(READERS)) as started:
        yield started


def made(service: Server, body: dict[str, object]) -> str:
    """Return the path of a new job."""
    return str(
        httpx.post(service.url + "/jobs", json=body, timeout=PATIENCE_SECONDS)
        .raise_for_status()
        .headers["location"]
    )


def ended(service: Server, path: str) -> tuple[float, int]:
    """Return how long a job ran, in seconds, and the most memory that the service held."""
    most = 0
    while (
        job := httpx.get(service.url + path, verify=False, timeout=PATIENCE_SECONDS)
        .raise_for_status()
        .json()
    )["status"] in {"queued", "running"}:
        most = max(most, resident_bytes(service.pid))
        time.sleep(0.05)
    assert job["status"] == "succeeded", job
    return (
        datetime.fromisoformat(job["finished_at"]) - datetime.fromisoformat(job["started_at"])
    ).total_seconds(), most


def run(service: Server, readers: int) -> tuple[float, int]:
    """Return the same for a new job with some slow readers."""
    path = made(service, STEPWISE)
    with slow_readers(service.url, path + "/events", readers) if readers else nullcontext():
        return ended(service, path)


def accepted(service: Server, path: str) -> int:
    """Return how many streams are accepted, at most as many as there are places."""
    with httpx.Client(
        base_url=service.url, limits=httpx.Limits(max_connections=None), timeout=PATIENCE_SECONDS
    ) as client:
        answers = [
            client.send(client.build_request("GET", path), stream=True) for _ in range(READERS)
        ]
        for answer in answers:
            answer.close()
        return sum(answer.status_code == 200 for answer in answers)


def at_rest(service: Server, path: str) -> int:
    """Return the memory of the service after some readers who were not slow: the connections of the
    database have allocated theirs by then.
    """
    with ThreadPoolExecutor(4) as threads:
        assert all(
            len(answer.content) > 30_000_000
            for answer in threads.map(
                lambda url: httpx.get(url, timeout=30), [service.url + path] * 4
            )
        )
    time.sleep(1)
    return resident_bytes(service.pid)


@pytest.mark.long
def test_fifty_slow_readers_do_not_hold_up_a_job(
    service: Server, tell: Callable[[str], None]
) -> None:
    run(service, 0)
    runs = {readers: [run(service, readers) for _ in range(2)] for readers in (0, READERS)}

    (alone, most_alone), (watched, most_watched) = (
        map(min, zip(*each, strict=True)) for each in runs.values()
    )
    megabytes = (most_watched - most_alone) / 1e6
    tell(f"{READERS} slow readers: {watched / alone:.2f} times as long, {megabytes:+.1f} MB")
    assert watched <= LATE * alone
    assert megabytes <= MEGABYTES


@pytest.mark.shares
@pytest.mark.long
def test_slow_readers_of_a_job_are_cut_and_their_places_freed(
    service: Server, tell: Callable[[str], None]
) -> None:
    path = made(service, LARGE) + "/events"
    ended(service, path.removesuffix("/events"))
    idle = settled_sockets(service.pid)

    with slow_readers(service.url, path, READERS):
        began = time.monotonic()
        while sockets(service.pid) > idle and time.monotonic() - began < 2 * CUT_SECONDS:
            time.sleep(0.1)
        seconds = time.monotonic() - began
        places = accepted(service, path)

    tell(f"{READERS} slow readers are cut after {seconds:.1f} s")
    assert 10 < seconds <= CUT_SECONDS
    assert places == READERS


@pytest.mark.shares
@pytest.mark.long
def test_slow_readers_of_large_events_who_come_one_after_the_other_take_no_memory(
    service: Server, tell: Callable[[str], None]
) -> None:
    path = made(service, WIDE)
    ended(service, path)
    before = min(at_rest(service, path + "/events") for _ in range(3))

    with slow_readers(service.url, path + "/events", READERS, pause=0.1):
        time.sleep(TRIM_SECONDS + 1)  # by then it has given back what it does not use
        megabytes = (resident_bytes(service.pid) - before) / 1e6

    tell(f"{READERS} slow readers of large events: {megabytes:+.1f} MB")
    assert megabytes <= MEGABYTES


@pytest.mark.shares
@pytest.mark.long
def test_a_slow_reader_of_a_fit_is_told_so_and_its_worker_serves_others(
    service: Server, tell: Callable[[str], None]
) -> None:
    before = resident_bytes(service.pid)

    with slow_reader(service.url, post("/fit/stream", json.dumps(LARGE).encode())) as reader:
        began = time.monotonic()
        time.sleep(1)
        megabytes = (resident_bytes(service.pid) - before) / 1e6
        while httpx.post(service.url + "/fit", json=NEXT, timeout=20).status_code != 200:
            assert time.monotonic() - began < CUT_SECONDS
        seconds = time.monotonic() - began
        whole = rest_of(reader)

    tell(
        f"a slow reader of a fit: {megabytes:+.1f} MB, its worker serves others after "
        f"{seconds:.1f} s"
    )
    assert b'"code":"slow_reader"' in whole.split(b"event: ")[-1]
    assert whole.count(b"event: failed") == 1
    assert b"event: done" not in whole
    assert megabytes <= MEGABYTES
