import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import httpx
import pytest

from tests.promises.clients import RIGHT, Clients
from tests.promises.ledger import Entry, follow, reference
from tests.promises.processes import cpu_seconds, job_workers, workers
from tests.server import LONG, Server, is_ready, serving
from tests.streams import sse

pytestmark = pytest.mark.shares

READY_SECONDS = 5
FIT = {"synthetic": {}, "lr": 1e-5, "steps": 2500, "solver": "loop"}
"""Some hundreds of milliseconds of work."""
JOB = {
    "synthetic": {},
    "seed": 42,
    "lr": 1e-5,
    "steps": 20_000,
    "solver": "loop",
    "record_every": 3,
}
WARM_SECONDS = 0.1
"""Of a processor: a worker that has just begun has used less."""
LOSSES = 3
"""Workers that may die in one fit."""


@pytest.fixture(scope="module")
def service() -> Iterator[Server]:
    with serving("--workers", "2") as started:
        yield started


def busy(pids: Callable[[], list[int]]) -> int:
    """A worker in the middle of a fit: one that works now, and has for some time."""
    deadline = time.monotonic() + 10
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
    """Seconds from the death of a worker in mid fit until all are ready again."""
    killed = busy(lambda: workers(service.pid))
    os.kill(killed, signal.SIGKILL)
    began = time.monotonic()
    while killed in workers(service.pid) or not is_ready(service.url):
        assert time.monotonic() - began < 10 * READY_SECONDS, service.log()
        time.sleep(0.02)
    return time.monotonic() - began


def kill_one_and_wait(service: Server, clients: Clients) -> float:
    """The same; then every client has an answer: no fit loses its worker again and again."""
    seconds = kill_one(service)
    answered, deadline = clients.endings.total(), time.monotonic() + 30
    while clients.endings.total() < answered + clients.number:
        assert time.monotonic() < deadline, clients.endings
        time.sleep(0.05)
    return seconds


def kill_until_given_up(service: Server, answer: "Future[httpx.Response]") -> None:
    """Kills each worker that goes on with the only fit there is, until that is answered."""
    for _ in range(LOSSES):
        assert not answer.done()
        os.kill(busy(lambda: workers(service.pid)), signal.SIGKILL)


def until_further(client: httpx.Client, path: str) -> None:
    """Returns when the log of a job has grown."""
    job = began = client.get(path).json()
    while job["progress"] == began["progress"]:
        assert job["status"] in {"queued", "running"}, job
        time.sleep(0.05)
        job = client.get(path).json()


@pytest.mark.parametrize(
    "kills", [pytest.param(2, marks=pytest.mark.quick), pytest.param(20, marks=pytest.mark.long)]
)
def test_workers_killed_in_mid_fit_are_replaced_and_their_fits_made_again(
    service: Server, kills: int, tell: Callable[[str], None]
) -> None:
    clients = Clients(service.url, FIT, number=4)
    clients.learn()
    before = service.log().count("worker_lost")

    with clients.asking():
        seconds = [kill_one_and_wait(service, clients) for _ in range(kills)]

    tell(
        f"{kills} killings: {dict(clients.endings)}, ready again after {max(seconds):.2f} s at most"
    )
    assert set(clients.endings) == {RIGHT}
    assert max(seconds) <= READY_SECONDS
    assert service.log().count("worker_lost") - before == kills


@pytest.mark.parametrize("path", ["/fit", "/fit/stream"])
def test_a_fit_that_loses_three_workers_is_given_up_in_clear_words(
    service: Server, path: str
) -> None:
    with ThreadPoolExecutor() as threads:
        answer = threads.submit(httpx.post, service.url + path, json=LONG, timeout=30)
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
    with httpx.Client(base_url=service.url, timeout=30) as client, ThreadPoolExecutor() as threads:
        path = client.post("/jobs", json=JOB).headers["location"]
        followed = threads.submit(follow, client, path.removeprefix("/jobs/"), entry)
        for _ in range(LOSSES + 1):
            until_further(client, path)
            os.kill(busy(lambda: job_workers(service.pid)), signal.SIGKILL)
        followed.result()

    tell(f"a job whose worker is killed {LOSSES + 1} times: {len(entry.losses)} steps")
    assert entry.status == "succeeded"
    assert (entry.losses, entry.endings) == (reference(JOB), 1)
