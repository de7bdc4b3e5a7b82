import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.promises.asking import FIT, Answer, Answers, asking
from tests.promises.ledger import Entry, reference, see_through
from tests.promises.systems import System, on_postgresql, on_sqlite
from tests.promises.troubles import (
    Trouble,
    full,
    hanging,
    locked,
    needs_root,
    read_only_file,
    read_only_server,
    small_disk,
    stopped,
)

pytestmark = pytest.mark.shares

ANSWER_SECONDS = 2
RECOVERY_SECONDS = 5
JOB = {
    "synthetic": {},
    "seed": 42,
    "lr": 1e-5,
    "steps": 12_000,
    "solver": "loop",
    "record_every": 3,
}
"""A second or two of work, and more than can be told before the trouble begins."""
LARGE = {"synthetic": {}, "seed": 42, "lr": 1e-5, "steps": 399_000, "record_every": 1}
"""A log of some 40 MB."""
CALLS = ("create", "look", "cancel")


@dataclass
class Lived:
    """A trouble as clients saw it, from one moment to another, and the job that ran through it."""

    answers: Answers
    between: tuple[float, float]
    entry: Entry
    recovered: float
    ran: float
    unfinished: list[str]

    @property
    def meanwhile(self) -> list[Answer]:
        return self.answers.of(*CALLS, between=self.between)

    def slowest(self) -> float:
        return max(answer.seconds for answer in self.meanwhile)


@contextmanager
def on_file(folder: Path) -> Iterator[tuple[System, Path]]:
    with on_sqlite(folder) as system:
        yield system, folder


@contextmanager
def on_disk(folder: Path) -> Iterator[tuple[System, Path]]:
    with small_disk(folder) as disk, on_sqlite(folder, settings=on_it(disk)) as system:
        yield system, disk


def on_it(disk: Path) -> dict[str, str]:
    return {"COASTER_DATABASE_URL": f"sqlite:///{disk}/jobs.db"}


@contextmanager
def on_server(folder: Path) -> Iterator[tuple[System, Path]]:
    with on_postgresql(
        folder, replicas=1, workers=1, settings={"COASTER_JOB_WORKERS": "2"}
    ) as system:
        yield system, folder


SYSTEMS: dict[Trouble, Callable[[Path], AbstractContextManager[tuple[System, Path]]]] = {
    locked: on_file,
    full: on_disk,
    read_only_file: on_file,
    stopped: on_server,
    hanging: on_server,
    read_only_server: on_server,
}


def live_through(trouble: Trouble, seconds: float, folder: Path) -> Lived:
    with SYSTEMS[trouble](folder) as (system, place), ThreadPoolExecutor() as threads:
        url, entry = system.urls[0], Entry(JOB)
        ended = made(url)
        followed = threads.submit(see_through, url, entry, deadline=time.monotonic() + seconds + 60)
        until(lambda: len(entry.losses) > 100)
        with asking(url, ended) as answers:
            with trouble(system, place):
                began = time.monotonic()
                time.sleep(seconds)
                end = time.monotonic()
            until(lambda: all(good_again(answers, call, end) for call in CALLS), seconds=30)
            recovered = max(good_again(answers, call, end) for call in CALLS) - end
            ran = succeeded(url, answers, end) - end
        followed.result()
        accepted = [
            answer.content["id"]
            for answer in answers
            if answer.call == "create" and answer.status == 202
        ]
        return Lived(answers, (began, end), entry, recovered, ran, unfinished(url, accepted))


def made(url: str) -> str:
    """The path of a job that has ended."""
    path = str(httpx.post(url + "/jobs", json=FIT).raise_for_status().headers["location"])
    until(lambda: bool(httpx.get(url + path).json()["status"] == "succeeded"))
    return path


def until(true: Callable[[], bool], *, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def good_again(answers: Answers, call: str, end: float) -> float:
    """When, after the end of the trouble; 0 as long as it is not."""
    good = (
        answer.began + answer.seconds
        for answer in answers.of(call, between=(end, float("inf")))
        if answer.good
    )
    return min(good, default=0.0)


def succeeded(url: str, answers: Answers, end: float) -> float:
    """When the first job that was accepted after the end of the trouble had run."""
    first = next(
        answer for answer in answers.of("create", between=(end, float("inf"))) if answer.good
    )
    until(
        lambda: bool(
            httpx.get(f"{url}/jobs/{first.content['id']}").json()["status"] == "succeeded"
        ),
        seconds=60,
    )
    return time.monotonic()


def unfinished(url: str, jobs: list[str]) -> list[str]:
    """Accepted jobs that do not succeed."""
    deadline = time.monotonic() + 30
    with httpx.Client(base_url=url, timeout=10) as client:
        while left := [
            job for job in jobs if client.get(f"/jobs/{job}").json()["status"] != "succeeded"
        ]:
            if time.monotonic() > deadline:
                break
            time.sleep(0.5)
    return left


@pytest.fixture(scope="module")
def undisturbed() -> list[float]:
    """The losses of the job."""
    return reference(JOB)


@pytest.mark.parametrize(
    ("trouble", "seconds"),
    [
        pytest.param(locked, 4, marks=pytest.mark.quick),
        pytest.param(locked, 30, marks=pytest.mark.long),
        pytest.param(full, 5, marks=[pytest.mark.long, needs_root]),
        pytest.param(read_only_file, 5, marks=[pytest.mark.long, needs_root]),
        pytest.param(stopped, 20, marks=pytest.mark.long),
        pytest.param(hanging, 5, marks=pytest.mark.long),
        pytest.param(read_only_server, 5, marks=pytest.mark.long),
    ],
)
def test_store_trouble_is_a_clean_503_until_it_ends(
    trouble: Trouble,
    seconds: float,
    tmp_path: Path,
    undisturbed: list[float],
    tell: Callable[[str], None],
) -> None:
    lived = live_through(trouble, seconds, tmp_path)

    seen = dict(
        Counter(
            f"{answer.call} {answer.status}"
            for answer in lived.answers.of(*CALLS, "fit", between=lived.between)
        )
    )
    tell(f"{trouble.__name__} {seconds} s: {seen}, slowest {lived.slowest():.2f} s")
    tell(f"then answers after {lived.recovered:.2f} s, and jobs run after {lived.ran:.2f} s")
    assert [answer for answer in lived.meanwhile if not answer.good and not answer.clean] == []
    assert any(answer.clean for answer in lived.meanwhile if answer.call == "create")
    assert lived.slowest() <= ANSWER_SECONDS
    assert {answer.status for answer in lived.answers.of("fit", between=lived.between)} == {200}
    assert lived.recovered <= RECOVERY_SECONDS
    assert lived.ran <= RECOVERY_SECONDS
    assert lived.unfinished == []
    assert lived.entry.status == "succeeded"
    assert (lived.entry.losses, lived.entry.endings) == (undisturbed, 1)


@pytest.mark.long
def test_a_job_outlives_a_trouble_that_is_longer_than_its_own_time(tmp_path: Path) -> None:
    """The database is locked for twice the wall clock of the job, which has more to tell than fits
    into the memory between.
    """
    entry = Entry(LARGE)
    with (
        on_sqlite(tmp_path, settings={"COASTER_MAX_JOB_SECONDS": "2"}) as system,
        ThreadPoolExecutor() as threads,
    ):
        followed = threads.submit(
            see_through, system.urls[0], entry, deadline=time.monotonic() + 60
        )
        until(lambda: len(entry.losses) > 100)
        with locked(system, tmp_path):
            time.sleep(8)
        followed.result()

    assert entry.status == "succeeded"
    assert len(entry.losses) == 399_001
