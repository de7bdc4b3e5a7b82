import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.support.server import PATIENCE_SECONDS, until
from tests.system.promises.asking import FIT, Answer, Answers, asking
from tests.system.promises.ledger import Entry, reference, see_through
from tests.system.promises.systems import System, on_postgresql, on_sqlite
from tests.system.promises.troubles import (
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
    "steps": 6000,
    "solver": "loop",
    "record_every": 3,
}
"""A second or two of work, and more events than are sent before the trouble begins."""
LARGE = {"synthetic": {}, "seed": 42, "lr": 1e-5, "steps": 399_000, "record_every": 1}
"""A job with a log of some 40 MB."""
CALLS = ("create", "look", "cancel")
EACH = 3
"""How often each call is made during a short trouble."""
FOREVER = float("inf")


@dataclass
class Lived:
    """A trouble as clients saw it, and the job that ran through it.

    `between` is when it began and ended; jobs were accepted again after `recovered` seconds, and
    run after `ran` seconds.
    """

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


def live_through(trouble: Trouble, seconds: float | None, folder: Path) -> Lived:
    """Have a trouble for some seconds, or until each call was made some times."""
    with SYSTEMS[trouble](folder) as (system, place), ThreadPoolExecutor() as threads:
        url, entry = system.urls[0], Entry(JOB)
        ended = made(url)
        followed = threads.submit(see_through, url, entry, deadline=FOREVER)
        until(lambda: len(entry.losses) > 100)
        with asking(url, ended) as answers:
            with trouble(system, place):
                began = time.monotonic()
                if seconds:
                    time.sleep(seconds)
                else:
                    until(lambda: all(made_often(answers, call, began) for call in CALLS))
                end = time.monotonic()
            until(lambda: all(good_again(answers, call, end) for call in CALLS))
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
    """Return the path of a job that has ended."""
    path = str(
        httpx.post(url + "/jobs", json=FIT, timeout=PATIENCE_SECONDS)
        .raise_for_status()
        .headers["location"]
    )
    until(
        lambda: bool(
            httpx.get(url + path, timeout=PATIENCE_SECONDS).json()["status"] == "succeeded"
        )
    )
    return path


def made_often(answers: Answers, call: str, began: float) -> bool:
    return len(answers.of(call, between=(began, FOREVER))) >= EACH


def good_again(answers: Answers, call: str, end: float) -> float:
    """Return when a call first succeeded after the trouble; 0 if it has not yet."""
    good = (
        answer.began + answer.seconds
        for answer in answers.of(call, between=(end, FOREVER))
        if answer.good
    )
    return min(good, default=0.0)


def succeeded(url: str, answers: Answers, end: float) -> float:
    """Return when the first job that was accepted after the trouble had run."""
    first = next(answer for answer in answers.of("create", between=(end, FOREVER)) if answer.good)
    until(
        lambda: bool(
            httpx.get(f"{url}/jobs/{first.content['id']}", timeout=PATIENCE_SECONDS).json()[
                "status"
            ]
            == "succeeded"
        )
    )
    return time.monotonic()


def unfinished(url: str, jobs: list[str]) -> list[str]:
    """Return the accepted jobs that do not succeed."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    with httpx.Client(base_url=url, timeout=PATIENCE_SECONDS) as client:
        while left := [
            job for job in jobs if client.get(f"/jobs/{job}").json()["status"] != "succeeded"
        ]:
            if time.monotonic() > deadline:
                break
            time.sleep(0.5)
    return left


@pytest.fixture(scope="module")
def undisturbed() -> list[float]:
    """Return the losses of the job."""
    return reference(JOB)


@pytest.mark.parametrize(
    ("trouble", "seconds"),
    [
        pytest.param(locked, None, marks=pytest.mark.quick),
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
    seconds: float | None,
    tmp_path: Path,
    undisturbed: list[float],
    tell: Callable[[str], None],
    *,
    timed: bool,
) -> None:
    lived = live_through(trouble, seconds, tmp_path)

    seen = dict(
        Counter(
            f"{answer.call} {answer.status}"
            for answer in lived.answers.of(*CALLS, "fit", between=lived.between)
        )
    )
    lasted = lived.between[1] - lived.between[0]
    tell(f"{trouble.__name__} {lasted:.0f} s: {seen}, slowest {lived.slowest():.2f} s")
    tell(f"then answers after {lived.recovered:.2f} s, and jobs run after {lived.ran:.2f} s")
    assert [answer for answer in lived.meanwhile if not answer.good and not answer.clean] == []
    assert any(answer.clean for answer in lived.meanwhile if answer.call == "create")
    assert {answer.status for answer in lived.answers.of("fit", between=lived.between)} == {200}
    assert lived.unfinished == []
    assert lived.entry.status == "succeeded"
    assert (lived.entry.losses, lived.entry.endings) == (undisturbed, 1)
    if timed:
        assert lived.slowest() <= ANSWER_SECONDS
        assert lived.recovered <= RECOVERY_SECONDS
        assert lived.ran <= RECOVERY_SECONDS


@pytest.mark.long
def test_a_job_outlives_a_trouble_that_is_longer_than_its_own_time(tmp_path: Path) -> None:
    """The database is locked for twice the wall clock of the job, which has more events than the
    memory between the two holds.
    """
    entry = Entry(LARGE)
    with (
        on_sqlite(tmp_path, settings={"COASTER_MAX_JOB_SECONDS": "2"}) as system,
        ThreadPoolExecutor() as threads,
    ):
        followed = threads.submit(see_through, system.urls[0], entry, deadline=FOREVER)
        until(lambda: len(entry.losses) > 100)
        with locked(system, tmp_path):
            time.sleep(8)
        followed.result()

    assert entry.status == "succeeded"
    assert len(entry.losses) == 399_001
