import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from tests.support.server import PATIENCE_SECONDS, descendants, until
from tests.system.promises.ledger import Entry, reference, see_through
from tests.system.promises.systems import System, on_sqlite

pytestmark = pytest.mark.shares

JOB = {
    "synthetic": {},
    "seed": 42,
    "lr": 1e-5,
    "steps": 6000,
    "solver": "loop",
    "record_every": 3,
}
"""A second or two of work."""
SETTINGS = {"COASTER_MAX_JOB_SECONDS": "3", "COASTER_JOB_WORKERS": "1"}
"""A job may take 6 seconds of CPU time."""
HOUR = 3600.0
FOREVER = float("inf")


@pytest.fixture(scope="module")
def undisturbed() -> list[float]:
    """Return the losses of the job."""
    return reference(JOB)


@contextmanager
def followed(system: System) -> Iterator[Entry]:
    """Follow a job to its end. The block begins when it has run for a moment."""
    entry = Entry(JOB)
    with ThreadPoolExecutor() as threads:
        end = threads.submit(see_through, system.urls[0], entry, deadline=FOREVER)
        until(lambda: len(entry.losses) > 100)
        yield entry
        end.result()


@contextmanager
def busy_cores() -> Iterator[None]:
    """Two busy processes for each core, with priority over the workers of jobs."""
    loops = [
        subprocess.Popen([sys.executable, "-c", "while True: pass"])
        for _ in range(2 * (os.cpu_count() or 1))
    ]
    try:
        yield
    finally:
        for each in loops:
            each.kill()
            each.wait()


def stop_for(seconds: float, processes: list[int]) -> None:
    """Stop processes for some seconds."""
    for pid in processes:
        os.kill(pid, signal.SIGSTOP)
    time.sleep(seconds)
    for pid in processes:
        with suppress(ProcessLookupError):  # another worker has taken its place
            os.kill(pid, signal.SIGCONT)


def set_clock(folder: Path, seconds: float) -> None:
    """Set the clock forward by some seconds, as a store sees it: all its times move back."""
    moved = ", ".join(
        f"{name} = {name} - :seconds"
        for name in ("touched", "hinted", "created_at", "started_at", "finished_at")
    )
    with closing(sqlite3.connect(folder / "jobs.db", timeout=PATIENCE_SECONDS)) as store, store:
        store.execute(f"UPDATE jobs SET {moved}", {"seconds": seconds})


@pytest.mark.long
def test_busy_cores_next_to_it_fail_no_job(
    tmp_path: Path, undisturbed: list[float], tell: Callable[[str], None]
) -> None:
    with on_sqlite(tmp_path, settings=SETTINGS) as system:
        began = time.monotonic()
        with busy_cores(), followed(system) as entry:
            pass
        took = time.monotonic() - began

    tell(f"next to busy cores a job takes {took:.0f} s of the clock")
    assert (entry.status, entry.losses) == ("succeeded", undisturbed)


@pytest.mark.parametrize(
    "seconds", [pytest.param(2, marks=pytest.mark.quick), pytest.param(30, marks=pytest.mark.long)]
)
@pytest.mark.parametrize("stopped", ["service", "worker"])
def test_a_pause_fails_no_job(
    stopped: str,
    seconds: int,
    tmp_path: Path,
    undisturbed: list[float],
    tell: Callable[[str], None],
) -> None:
    with on_sqlite(tmp_path, settings=SETTINGS) as system, followed(system) as entry:
        pid = system.parts[0].pid
        workers = [worker for child in descendants(pid) for worker in descendants(child)]
        stop_for(seconds, [pid] if stopped == "service" else workers)

    tell(f"after a pause of the {stopped} for {seconds} s: {entry.status}")
    assert (entry.status, entry.losses) == ("succeeded", undisturbed)


@pytest.mark.parametrize("step", [-HOUR, 25 * HOUR])
@pytest.mark.parametrize("restarted", [False, True])
@pytest.mark.quick
def test_a_change_of_the_clock_stops_no_job_and_loses_no_result(
    step: float,
    tmp_path: Path,
    undisturbed: list[float],
    tell: Callable[[str], None],
    *,
    restarted: bool,
) -> None:
    with on_sqlite(tmp_path, settings=SETTINGS) as system:
        with followed(system) as earlier:
            pass
        with followed(system) as entry:
            if restarted:
                system.parts[0].kill()
            set_clock(tmp_path, step)
            system.start()
        [job_id] = earlier.ids
        result = httpx.get(f"{system.urls[0]}/jobs/{job_id}/result", timeout=PATIENCE_SECONDS)

    after = "after a restart" if restarted else "at once"
    tell(f"the clock set by {step / HOUR:+.0f} h, noticed {after}: {entry.status}")
    assert (entry.status, entry.losses) == ("succeeded", undisturbed)
    assert (result.status_code, result.json()["losses"]) == (200, undisturbed)
