import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from tests.support.server import PATIENCE_SECONDS, until
from tests.system.promises.systems import System, on_sqlite

MEBIBYTE = 1024 * 1024
LIMIT = 160 * MEBIBYTE
PAGES = 1.2
"""The size of the file, relative to what the jobs store: its pages are not all full."""
LARGEST = {"synthetic": {}, "seed": 42, "lr": 1e-5, "steps": 390_000, "record_every": 1}
"""A fit whose events have as many numbers as an answer may have."""
REUSED_SECONDS = 20
EXPIRED = 1_000_000
ROWS = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
INSERT INTO jobs (id, status, steps, record_every, attempts, touched, hinted, created_at,
    started_at, finished_at, ended_age, expired_at)
SELECT printf('%026x', i), 'succeeded', 10, 1, 0, now, 0, now, now, now, 0, now
FROM n, (SELECT unixepoch() AS now)
"""
CALLS = 200
LONGEST_SECONDS = 0.1


def client(system: System) -> httpx.Client:
    return httpx.Client(base_url=system.urls[0], timeout=PATIENCE_SECONDS)


def filled(http: httpx.Client) -> tuple[list[str], httpx.Response]:
    """Create jobs until there is space for no other, although all have ended. Return their paths,
    and the response to the first job that has no space.
    """
    paths: list[str] = []
    while True:
        until(lambda: all(http.get(path).json()["status"] == "succeeded" for path in paths))
        answer = eventually_created(http)
        if answer.status_code != 202:
            return paths, answer
        paths.append(answer.headers["location"])


def eventually_created(http: httpx.Client) -> httpx.Response:
    """Create a job, as soon as the space of others is counted anew."""
    end = time.monotonic() + REUSED_SECONDS
    while (answer := http.post("/jobs", json=LARGEST)).status_code == 503:
        if time.monotonic() > end:
            break
        time.sleep(0.5)
    return answer


def test_the_largest_jobs_fill_the_store_and_no_more(
    tmp_path: Path, tell: Callable[[str], None]
) -> None:
    file = tmp_path / "jobs.db"
    settings = {"COASTER_MAX_STORE_BYTES": str(LIMIT)}
    with on_sqlite(tmp_path, settings=settings) as system, client(system) as http:
        paths, refused = filled(http)
        full = file.stat().st_size
        fitted = http.post("/fit", json=LARGEST | {"steps": 10})
        http.delete(paths[0]).raise_for_status()
        again = eventually_created(http)
        until(lambda: http.get(again.headers["location"]).json()["status"] == "succeeded")
        reused = file.stat().st_size

    tell(
        f"{len(paths)} jobs fill {LIMIT / MEBIBYTE:.0f} MiB: a file of {full / MEBIBYTE:.0f} MiB, "
        f"and of {reused / MEBIBYTE:.0f} MiB after another job in the place of a deleted one"
    )
    assert (refused.status_code, refused.json()["code"]) == (503, "store_full")
    assert (fitted.status_code, again.status_code) == (200, 202)
    assert full <= PAGES * LIMIT
    assert reused <= PAGES * LIMIT


def calls(http: httpx.Client, created: str) -> dict[str, Callable[[], httpx.Response]]:
    """Return what clients ask of the store, by its name."""
    return {
        "list": lambda: http.get("/jobs"),
        "list of one status": lambda: http.get("/jobs?status=succeeded&limit=100"),
        "a job": lambda: http.get(created),
        "an expired job": lambda: http.get(f"/jobs/{EXPIRED:026x}"),
        "/readyz": lambda: http.get("/readyz"),
        "a new job": lambda: http.post("/jobs", json=LARGEST | {"steps": 10}),
    }


def seconds(call: Callable[[], httpx.Response], status: int) -> float:
    began = time.monotonic()
    answer = call()
    taken = time.monotonic() - began
    assert answer.status_code == status
    return taken


@pytest.mark.long
def test_a_million_expired_jobs_delay_nothing(tmp_path: Path, tell: Callable[[str], None]) -> None:
    with on_sqlite(tmp_path) as system:
        assert system.parts[0].stop() == 0
        with closing(sqlite3.connect(tmp_path / "jobs.db")) as store, store:
            store.execute(ROWS, [EXPIRED])
        system.start()
        with client(system) as http:
            created = http.post("/jobs", json=LARGEST | {"steps": 10}).headers["location"]
            taken = {
                name: sorted(
                    seconds(call, {"an expired job": 410, "a new job": 202}.get(name, 200))
                    for _ in range(CALLS)
                )
                for name, call in calls(http, created).items()
            }

    slow = {name: found[int(0.99 * CALLS)] for name, found in taken.items()}
    tell(
        f"next to {EXPIRED:,} expired jobs, p99: "
        + ", ".join(f"{name} {1000 * found:.0f} ms" for name, found in slow.items())
    )
    assert [name for name, found in slow.items() if found > LONGEST_SECONDS] == []
