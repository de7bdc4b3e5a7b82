import json
import os
import random
import signal
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.support.kernel import alive, cpu_seconds, job_workers, workers
from tests.support.raw import post
from tests.support.server import (
    LONG,
    PATIENCE_SECONDS,
    Server,
    address,
    descendants,
    is_ready,
    serving,
    until,
)
from tests.support.streams import sse
from tests.system.promises.clients import RIGHT, Clients
from tests.system.promises.ledger import Entry, follow, reference

pytestmark = pytest.mark.shares

READY_SECONDS = 5
FIT = {"synthetic": {}, "lr": 1e-5, "steps": 1200, "solver": "loop"}
"""A fit of some hundreds of milliseconds."""
JOB = {
    "synthetic": {},
    "seed": 42,
    "lr": 1e-5,
    "steps": 9000,
    "solver": "loop",
    "record_every": 3,
}
WARM_SECONDS = 0.1
"""Processor time that a worker has used by the middle of a fit; one that just started has less."""
LOSSES = 3
"""Workers that may die during one fit."""


@pytest.fixture(scope="module")
def as_shipped() -> Iterator[Server]:
    """A service with the limits that users have."""
    with serving("--workers", "2") as started:
        yield started


@pytest.fixture(scope="module")
def service() -> Iterator[Server]:
    """A service that waits long enough on a busy machine, too."""
    patience: dict[str, Any] = {"COASTER_MAX_WAIT_SECONDS": "60", "COASTER_MAX_JOB_SECONDS": "600"}
    with serving("--workers", "2", **patience) as started:
        yield started


def busy(pids: Callable[[], list[int]]) -> int:
    """Return a worker in the middle of a fit: one that works now, and has for some time."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        before = {pid: cpu_seconds(pid) for pid in pids()}
        time.sleep(0.1)
        working = [
            pid
            for pid in pids()
            if before.get(pid, 0) >= WARM_SECONDS and cpu_seconds(pid) - before[pid] >= 0.02
        ]
        if working:
            return random.choice(working)
    raise AssertionError("no worker works")


def kill_one(service: Server) -> float:
    """Kill a worker in mid fit and return the seconds until all workers are ready again."""
    killed = busy(lambda: workers(service.pid))
    os.kill(killed, signal.SIGKILL)
    began = time.monotonic()
    until(lambda: killed not in workers(service.pid) and is_ready(service.url))
    return time.monotonic() - began


def kill_one_and_wait(service: Server, clients: Clients) -> float:
    """Do the same, then wait until every client has an answer: no fit loses three workers."""
    seconds = kill_one(service)
    answered = clients.endings.total()
    until(lambda: clients.endings.total() >= answered + clients.number)
    return seconds


def kill_until_given_up(service: Server, answer: "Future[httpx.Response]") -> None:
    """Kill each worker that goes on with the only fit there is, until it is answered."""
    for _ in range(LOSSES):
        assert not answer.done()
        os.kill(busy(lambda: workers(service.pid)), signal.SIGKILL)


def until_further(client: httpx.Client, path: str) -> None:
    """Wait until the log of a job has grown."""
    began = client.get(path).json()

    def grown() -> bool:
        job = client.get(path).json()
        assert job["status"] in {"queued", "running"}, job
        return bool(job["progress"] != began["progress"])

    until(grown)


@pytest.mark.parametrize(
    ("served_by", "kills"),
    [
        pytest.param("service", 2, marks=pytest.mark.quick),
        pytest.param("as_shipped", 20, marks=pytest.mark.long),
    ],
)
def test_workers_killed_in_mid_fit_are_replaced_and_their_fits_made_again(
    request: pytest.FixtureRequest,
    served_by: str,
    kills: int,
    tell: Callable[[str], None],
    *,
    timed: bool,
) -> None:
    service: Server = request.getfixturevalue(served_by)
    clients = Clients(service.url, FIT, number=4)
    clients.learn()
    before = service.log().count("worker_lost")

    with clients.asking():
        seconds = [kill_one_and_wait(service, clients) for _ in range(kills)]

    tell(
        f"{kills} killings: {dict(clients.endings)}, ready again after {max(seconds):.2f} s at most"
    )
    assert set(clients.endings) == {RIGHT}
    assert service.log().count("worker_lost") - before == kills
    if timed:
        assert max(seconds) <= READY_SECONDS


@pytest.mark.parametrize("path", ["/fit", "/fit/stream"])
def test_a_fit_that_loses_three_workers_is_given_up_in_clear_words(
    service: Server, path: str
) -> None:
    with ThreadPoolExecutor() as threads:
        answer = threads.submit(httpx.post, service.url + path, json=LONG, timeout=PATIENCE_SECONDS)
        kill_until_given_up(service, answer)
        given_up = answer.result()

    if path == "/fit":
        assert (given_up.status_code, given_up.json()["code"], given_up.headers["retry-after"]) == (
            503,
            "worker_lost",
            "1",
        )
    else:
        assert sse(given_up.content)[-1].content["problem"]["code"] == "worker_lost"


def test_a_job_whose_workers_are_killed_but_get_further_goes_on_without_a_gap(
    service: Server, tell: Callable[[str], None]
) -> None:
    entry = Entry(JOB)
    with (
        httpx.Client(base_url=service.url, timeout=PATIENCE_SECONDS) as client,
        ThreadPoolExecutor() as threads,
    ):
        path = client.post("/jobs", json=JOB).headers["location"]
        followed = threads.submit(follow, client, path.removeprefix("/jobs/"), entry)
        for _ in range(LOSSES + 1):
            until_further(client, path)
            os.kill(busy(lambda: job_workers(service.pid)), signal.SIGKILL)
        followed.result()

    tell(f"a job whose worker is killed {LOSSES + 1} times: {len(entry.losses)} steps")
    assert entry.status == "succeeded"
    assert (entry.losses, entry.endings) == (reference(JOB), 1)


def forkserver(service: Server) -> int:
    """Return the process that starts the workers of a service."""
    return next(child for child in descendants(service.pid) if descendants(child))


@pytest.mark.quick
def test_a_lost_worker_is_replaced_although_what_starts_workers_stands_still(
    tell: Callable[[str], None],
) -> None:
    with serving("--workers", "1") as service:
        os.kill(forkserver(service), signal.SIGSTOP)
        os.kill(workers(service.pid)[0], signal.SIGKILL)
        began = time.monotonic()
        until(lambda: not is_ready(service.url))
        until(lambda: is_ready(service.url))
        seconds = time.monotonic() - began

        log = service.log()

    tell(f"a lost worker and a stopped forkserver: ready again after {seconds:.1f} s")
    assert "forkserver_stands_still" in log


@pytest.mark.quick
def test_a_worker_of_a_client_that_leaves_ends_although_its_forkserver_was_killed() -> None:
    with serving("--workers", "1") as service:
        with socket.create_connection(address(service.url)) as client:
            client.sendall(post("/fit", json.dumps(LONG).encode()))
            at_work = busy(lambda: workers(service.pid))
            os.kill(forkserver(service), signal.SIGKILL)
        until(lambda: not alive(at_work))
