import asyncio
import json
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.promises.drains import MORE, Body, Drain, drained, ended, rest_of
from tests.promises.ledger import Entry, reference, see_through
from tests.promises.listeners import address
from tests.promises.loads import FIT, Client
from tests.promises.processes import cpu_seconds, job_workers
from tests.promises.slow_readers import slow_readers
from tests.promises.systems import Part, System, on_postgresql, on_sqlite, until_ready
from tests.server import LONG
from tests.streams import sse

EXIT_SECONDS = 8
STREAMS = 4
"""Of fits, a worker each; those of jobs need none."""
FOLLOWERS = 16
FITS = [LONG | {"steps": 3000}] * 2
"""The service has the time to end them; LONG ones it has not."""
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
"""Long enough beside other fits, before which it stands back."""
LARGE = {"synthetic": {}, "seed": 42, "lr": 1e-5, "steps": 399_000, "record_every": 1}
"""A log of some 40 MB: more than the kernel takes for a reader."""


@pytest.fixture(scope="module")
def undisturbed() -> list[float]:
    """The losses of the job."""
    return reference(JOB)


def begun(url: str, request: Body) -> str:
    """The path of a new job whose log has begun."""
    with httpx.Client(base_url=url, timeout=10) as client:
        path = client.post("/jobs", json=request).headers["location"]
        while client.get(path).json()["progress"]["steps_done"] == 0:
            time.sleep(0.05)
    return str(path)


def check(drain: Drain) -> None:
    """What is promised to whoever is connected, and to the machine."""
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
    assert drain.code == 0
    assert drain.left == []
    assert drain.seconds <= EXIT_SECONDS


def told(drain: Drain) -> list[bytes]:
    return [follower.content.removesuffix(MORE) for follower in drain.followers]


def status_in(folder: Path, job: str) -> str:
    """As it stands in the file."""
    with closing(sqlite3.connect(folder / "jobs.db")) as database:
        (status,) = database.execute(
            "SELECT status FROM jobs WHERE id = ?", [job.removeprefix("/jobs/")]
        ).fetchone()
    return str(status)


@pytest.mark.parametrize(
    ("times", "streams", "fits"),
    [
        pytest.param(1, 2, [], marks=pytest.mark.quick),
        pytest.param(9, STREAMS, FITS, marks=[pytest.mark.long, pytest.mark.shares]),
        pytest.param(1, STREAMS, [LONG] * 2, marks=pytest.mark.long),
    ],
)
def test_a_service_that_is_told_to_end_does_so_in_time_and_its_jobs_go_on_after_the_next_start(
    times: int, streams: int, fits: list[Body], tmp_path: Path, tell: Callable[[str], None]
) -> None:
    drains, undisturbed = [], reference(SHORT)
    settings = {"COASTER_WORKERS": str(streams + len(fits)), "COASTER_JOB_WORKERS": "1"}
    with on_sqlite(tmp_path, settings=settings) as system:
        (url,), (part,) = system.urls, system.parts
        for _ in range(times):
            job = begun(url, SHORT)
            drains.append(
                drain := asyncio.run(
                    drained(part, url, job, streams=streams, followers=FOLLOWERS, fits=fits)
                )
            )
            status = status_in(tmp_path, job)
            part.start()
            until_ready(url)
            whole = asyncio.run(rest_of(url, job, told(drain)))
            # while fits are made to their end, so are jobs
            assert status in ({"queued", "succeeded"} if fits else {"queued"})
            assert whole == [undisturbed] * FOLLOWERS

    tell(f"{times} end{'s' * (times > 1)}, {max(drain.seconds for drain in drains):.2f} s at most")
    for drain in drains:
        check(drain)


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
    whole = asyncio.run(rest_of(second, job, told(drain)))

    tell(f"a replica ends after {drain.seconds:.2f} s")
    check(drain)
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
        while len(entry.losses) < 100:
            time.sleep(0.05)
        code, seconds, left = ended(busiest(cluster.parts[2:]))
        stopped_at = len(entry.losses)
        followed.result()

    tell(f"a worker ends after {seconds:.2f} s, at record {stopped_at} of {len(undisturbed)}")
    assert (code, left) == (0, [])
    assert seconds <= EXIT_SECONDS
    assert stopped_at < len(undisturbed)
    assert (entry.losses, entry.endings) == (undisturbed, 1)


def busiest(hosts: list[Part]) -> Part:
    """The one that runs the job."""
    return max(hosts, key=lambda host: max(map(cpu_seconds, job_workers(host.pid))))


@dataclass
class Loaded:
    """How a service ended under load: when it was told to, and of each fit when it was asked for,
    and what became of it.
    """

    told_at: float
    code: int
    seconds: float
    left: list[int]
    fits: list[tuple[float, str]]


async def ended_under_load(part: Part, url: str) -> Loaded:
    """It is told to end after three seconds of ten times as many fits as it can make."""
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
        told_at, ending = time.monotonic(), group.create_task(asyncio.to_thread(ended, part))
        while not ending.done():
            group.create_task(ask())
            await asyncio.sleep(1 / LOAD_RATE)
    return Loaded(told_at, *ending.result(), fits)


@pytest.mark.shares
@pytest.mark.long
def test_under_load_whoever_was_accepted_is_answered(
    tmp_path: Path, tell: Callable[[str], None]
) -> None:
    with on_sqlite(tmp_path, settings={"COASTER_WORKERS": "1"}) as system:
        loaded = asyncio.run(ended_under_load(system.parts[0], system.urls[0]))

    before, after = (
        Counter(how for asked_at, how in loaded.fits if (asked_at < loaded.told_at) == early)
        for early in (True, False)
    )
    tell(
        f"under load it ends after {loaded.seconds:.2f} s; fits asked for before: {dict(before)}, "
        f"after: {dict(after)}"
    )
    assert (loaded.code, loaded.left) == (0, [])
    assert loaded.seconds <= EXIT_SECONDS
    assert before.keys() == {"200", "503"}
    assert after.keys() <= {"200", "503", "closed"}


@pytest.mark.shares
@pytest.mark.long
def test_slow_readers_do_not_hold_up_the_end(tmp_path: Path, tell: Callable[[str], None]) -> None:
    with on_sqlite(tmp_path) as system:
        url = system.urls[0]
        path = str(httpx.post(url + "/jobs", json=LARGE).raise_for_status().headers["location"])
        with slow_readers(url, path + "/events", FOLLOWERS):
            time.sleep(3)
            code, seconds, left = ended(system.parts[0])

    tell(f"with {FOLLOWERS} slow readers it ends after {seconds:.2f} s")
    assert (code, left) == (0, [])
    assert seconds <= EXIT_SECONDS
