import asyncio
import json
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.support.kernel import cpu_seconds, job_workers
from tests.support.server import LONG, PATIENCE_SECONDS, address, until
from tests.support.streams import sse
from tests.system.promises.drains import (
    CLEAN_SECONDS,
    MORE,
    Body,
    Drain,
    Ending,
    drained,
    ended,
    rest_of,
)
from tests.system.promises.ledger import Entry, reference, see_through
from tests.system.promises.loads import FIT, Client
from tests.system.promises.slow_readers import slow_readers
from tests.system.promises.systems import Part, System, on_postgresql, on_sqlite, until_ready

EXIT_SECONDS = 8
STREAMS = 4
"""Streams of fits, each with a worker; streams of jobs need none."""
FOLLOWERS = 16
FITS = [LONG | {"steps": 3000}] * 2
"""The service has the time to end these fits; it has not for LONG ones."""
LOAD_SECONDS, LOAD_RATE = 3, 50
JOB = {
    "synthetic": {},
    "seed": 42,
    "lr": 1e-5,
    "steps": 20_000,
    "solver": "loop",
    "record_every": 3,
}
SHORT = JOB | {"steps": 5000}
"""A job that lasts long enough next to other fits, which come first."""
LARGE = {"synthetic": {}, "seed": 42, "lr": 1e-5, "steps": 399_000, "record_every": 1}
"""A job whose log of some 40 MB is more than the kernel buffers for a reader."""


@pytest.fixture(scope="module")
def undisturbed() -> list[float]:
    """Return the losses of the job."""
    return reference(JOB)


def begun(url: str, request: Body) -> str:
    """Return the path of a new job whose log has begun."""
    with httpx.Client(base_url=url, timeout=PATIENCE_SECONDS) as client:
        path = client.post("/jobs", json=request).headers["location"]
        until(lambda: client.get(path).json()["progress"]["steps_done"] > 0)
    return str(path)


def check(drain: Drain, *, timed: bool) -> None:
    """Check what is promised to connected clients and to the machine."""
    for stream in drain.streams:
        *_, last = sse(stream.content)
        assert (last.content["type"], last.content["problem"]["code"]) == (
            "failed",
            "shutting_down",
        )
        assert stream.content.count(b"event: failed") == 1
    for follower in drain.followers:
        assert follower.content.endswith(MORE)
        assert b"event: done" not in follower.content
        assert b"event: failed" not in follower.content
    for fit in drain.fits:
        assert fit.status in {200, 503}
        assert (
            fit.status == 200
            or json.loads(fit.received.partition(b"\r\n\r\n")[2])["code"] == "shutting_down"
        )
    check_ending(drain.ending, timed=timed)


def check_ending(ending: Ending, *, timed: bool) -> None:
    assert ending.code == 0
    if timed:
        assert ending.seconds <= EXIT_SECONDS
        assert ending.clean_seconds <= CLEAN_SECONDS


def received(drain: Drain) -> list[bytes]:
    return [follower.content.removesuffix(MORE) for follower in drain.followers]


def status_in(folder: Path, job: str) -> str:
    """Return the status of a job in the file."""
    with closing(sqlite3.connect(folder / "jobs.db")) as database:
        (status,) = database.execute(
            "SELECT status FROM jobs WHERE id = ?", [job.removeprefix("/jobs/")]
        ).fetchone()
    return str(status)


@dataclass(frozen=True)
class Case:
    """How often a service ends, with how many streams and which fits, while it runs a job."""

    times: int
    streams: int
    fits: Sequence[Body]
    job: Body


CASES = [
    pytest.param(Case(1, 2, [], JOB), marks=pytest.mark.quick, id="once, without fits"),
    pytest.param(
        Case(9, STREAMS, FITS, SHORT),
        marks=[pytest.mark.long, pytest.mark.shares],
        id="nine times, with short fits",
    ),
    pytest.param(
        Case(1, STREAMS, [LONG] * 2, SHORT), marks=pytest.mark.long, id="once, with long fits"
    ),
]


@pytest.mark.parametrize("case", CASES)
def test_a_service_that_is_told_to_end_does_so_in_time_and_its_jobs_go_on_after_the_next_start(
    case: Case, tmp_path: Path, tell: Callable[[str], None], *, timed: bool
) -> None:
    drains, undisturbed = [], reference(case.job)
    streams, fits = case.streams, case.fits
    settings = {"COASTER_WORKERS": str(streams + len(fits)), "COASTER_JOB_WORKERS": "1"}
    with on_sqlite(tmp_path, settings=settings) as system:
        (url,), (part,) = system.urls, system.parts
        for _ in range(case.times):
            job = begun(url, case.job)
            drains.append(
                drain := asyncio.run(
                    drained(part, url, job, streams=streams, followers=FOLLOWERS, fits=fits)
                )
            )
            status = status_in(tmp_path, job)
            part.start()
            until_ready(url)
            whole = asyncio.run(rest_of(url, job, received(drain)))
            # while fits go on to their end, so do jobs
            assert status in ({"queued", "succeeded"} if fits else {"queued"})
            assert whole == [undisturbed] * FOLLOWERS

    slowest = max(drain.ending.seconds for drain in drains)
    tell(f"{case.times} end{'s' * (case.times > 1)}, {slowest:.2f} s at most")
    for drain in drains:
        check(drain, timed=timed)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[System]:
    with on_postgresql(tmp_path) as system:
        yield system


@pytest.mark.shares
@pytest.mark.long
def test_the_streams_of_a_replica_that_ends_go_on_at_another(
    cluster: System, undisturbed: list[float], tell: Callable[[str], None]
) -> None:
    first, second = cluster.urls
    job = begun(first, JOB)

    drain = asyncio.run(drained(cluster.parts[0], first, job, streams=0, followers=FOLLOWERS))
    whole = asyncio.run(rest_of(second, job, received(drain)))

    tell(f"a replica ends after {drain.ending.seconds:.2f} s")
    check(drain, timed=True)
    assert whole == [undisturbed] * FOLLOWERS


@pytest.mark.shares
@pytest.mark.long
def test_the_job_of_a_worker_that_ends_goes_on_at_another(
    cluster: System, undisturbed: list[float], tell: Callable[[str], None]
) -> None:
    entry = Entry(JOB)
    with ThreadPoolExecutor() as threads:
        followed = threads.submit(
            see_through, cluster.urls[0], entry, deadline=time.monotonic() + 60
        )
        until(lambda: len(entry.losses) >= 100)
        ending = ended(busiest(cluster.parts[2:]))
        stopped_at = len(entry.losses)
        followed.result()

    tell(
        f"a worker ends after {ending.seconds:.2f} s, at record {stopped_at} of {len(undisturbed)}"
    )
    check_ending(ending, timed=True)
    assert stopped_at < len(undisturbed)
    assert (entry.losses, entry.endings) == (undisturbed, 1)


def busiest(hosts: list[Part]) -> Part:
    """Return the machine that runs the job."""
    return max(hosts, key=lambda host: max(map(cpu_seconds, job_workers(host.pid))))


@dataclass
class Loaded:
    """How a service ended under load, when SIGTERM was sent, and for each fit when it was requested
    and how it ended.
    """

    sent_at: float
    ending: Ending
    fits: list[tuple[float, str]]


async def ended_under_load(part: Part, url: str) -> Loaded:
    """End a service after three seconds of ten times as many fits as it can make."""
    client, fits = Client(*address(url), FIT), []

    async def ask() -> None:
        asked_at = time.monotonic()
        try:
            fits.append((asked_at, str((await client.ask()).status)))
        except ConnectionError:
            fits.append((asked_at, "closed"))

    async with asyncio.TaskGroup() as group:
        for _ in range(LOAD_SECONDS * LOAD_RATE):
            group.create_task(ask())
            await asyncio.sleep(1 / LOAD_RATE)
        sent_at, ending = time.monotonic(), group.create_task(asyncio.to_thread(ended, part))
        while not ending.done():
            group.create_task(ask())
            await asyncio.sleep(1 / LOAD_RATE)
    return Loaded(sent_at, ending.result(), fits)


@pytest.mark.shares
@pytest.mark.long
def test_under_load_each_accepted_fit_is_answered(
    tmp_path: Path, tell: Callable[[str], None]
) -> None:
    with on_sqlite(tmp_path, settings={"COASTER_WORKERS": "1"}) as system:
        loaded = asyncio.run(ended_under_load(system.parts[0], system.urls[0]))

    before, after = (
        Counter(how for asked_at, how in loaded.fits if (asked_at < loaded.sent_at) == early)
        for early in (True, False)
    )
    tell(
        f"under load it ends after {loaded.ending.seconds:.2f} s; fits asked for before: "
        f"{dict(before)}, after: {dict(after)}"
    )
    check_ending(loaded.ending, timed=True)
    assert before.keys() == {"200", "503"}
    assert after.keys() <= {"200", "503", "closed"}


@pytest.mark.shares
@pytest.mark.long
def test_slow_readers_do_not_hold_up_the_end(tmp_path: Path, tell: Callable[[str], None]) -> None:
    with on_sqlite(tmp_path) as system:
        url = system.urls[0]
        path = str(
            httpx.post(url + "/jobs", json=LARGE, timeout=PATIENCE_SECONDS)
            .raise_for_status()
            .headers["location"]
        )
        with slow_readers(url, path + "/events", FOLLOWERS):
            time.sleep(3)
            ending = ended(system.parts[0])

    tell(f"with {FOLLOWERS} slow readers it ends after {ending.seconds:.2f} s")
    check_ending(ending, timed=True)
