import os
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from pathlib import Path

import httpx
import pytest

from tests.support.server import PATIENCE_SECONDS, is_ready, until
from tests.system.promises.systems import System, on_sqlite
from tests.system.promises.troubles import full, needs_root, small_disk

pytestmark = pytest.mark.shares

NOTICED_SECONDS = 10
FIT = {"synthetic": {}, "seed": 42, "lr": 1e-5, "steps": 200, "record_every": 1}
JOBS = 30
"""The number of jobs, in each of which one byte is changed."""


def unlinked(file: Path) -> None:
    """Remove the file."""
    file.unlink()


def renamed(file: Path) -> None:
    """Rename the file."""
    file.rename(f"{file}-elsewhere")


def replaced(file: Path) -> None:
    """Put a copy in the place of the file."""
    copy = Path(f"{file}-copy")
    copy.write_bytes(file.read_bytes())
    copy.rename(file)


def without_log(file: Path) -> None:
    """Remove a table."""
    with closing(sqlite3.connect(file, timeout=PATIENCE_SECONDS)) as store, store:
        store.execute("DROP TABLE log")


def succeeded(http: httpx.Client, seed: int) -> str:
    """Return the path of a job that has succeeded."""
    path = str(http.post("/jobs", json=FIT | {"seed": seed}).raise_for_status().headers["location"])
    until(lambda: bool(http.get(path).json()["status"] == "succeeded"))
    return path


def client(system: System) -> httpx.Client:
    return httpx.Client(base_url=system.urls[0], timeout=PATIENCE_SECONDS)


def without_journal(file: Path) -> None:
    """Remove the journal, which has the newest changes."""
    Path(f"{file}-wal").unlink()


def truncated(file: Path) -> None:
    """Cut off the second half of the file."""
    os.truncate(file, file.stat().st_size // 2)


def with_half_a_journal(file: Path) -> None:
    """Cut off the second half of the journal."""
    truncated(Path(f"{file}-wal"))


CHANGES = [
    *[unlinked, renamed, replaced, truncated],
    *[without_log, without_journal, with_half_a_journal],
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_store_that_is_not_there_is_noticed(
    change: Callable[[Path], None], tmp_path: Path, tell: Callable[[str], None]
) -> None:
    with on_sqlite(tmp_path) as system, client(system) as http:
        succeeded(http, 1)

        change(tmp_path / "jobs.db")

        began = time.monotonic()
        until(lambda: "store_unavailable" in system.parts[0].log.read_text())
        noticed = time.monotonic() - began
        created, ready = http.post("/jobs", json=FIT), http.get("/readyz")
        fitted = http.post("/fit", json=FIT)

    tell(f"{change.__name__}: in the log after {noticed:.1f} s")
    assert noticed <= NOTICED_SECONDS
    assert (created.status_code, created.json()["code"]) == (503, "store_unavailable")
    assert (ready.status_code, fitted.status_code) == (503, 200)


def on_it(folder: Path, disk: Path) -> AbstractContextManager[System]:
    return on_sqlite(folder, settings={"COASTER_DATABASE_URL": f"sqlite:///{disk}/jobs.db"})


@needs_root
def test_a_service_on_a_full_disk_is_not_ready(tmp_path: Path) -> None:
    with small_disk(tmp_path) as disk, on_it(tmp_path, disk) as system, client(system) as http:
        succeeded(http, 1)

        with full(system, disk):
            created, ready = http.post("/jobs", json=FIT), http.get("/readyz")
            fitted = http.post("/fit", json=FIT)
        until(lambda: is_ready(system.urls[0]))

    assert (created.status_code, created.json()["code"]) == (503, "store_unavailable")
    assert (ready.status_code, fitted.status_code) == (503, 200)


def test_a_changed_byte_is_never_a_wrong_number(
    tmp_path: Path, tell: Callable[[str], None]
) -> None:
    file, generator = tmp_path / "jobs.db", random.Random(42)
    with on_sqlite(tmp_path) as system, client(system) as http:
        right = {path: http.get(path + "/result").json() for path in made(http)}
        assert system.parts[0].stop() == 0
        for path in right:
            change_a_byte(file, path.rpartition("/")[2], generator)
        checked = check(file)
        system.start()
        wrong, refused = [], 0
        for path, result in right.items():
            answer = http.get(path + "/result")
            refused += answer.status_code == 500
            if answer.status_code == 200 and answer.json() != result:
                wrong.append(path)

    tell(f"a byte changed in each of {JOBS} jobs: {refused} refused, {len(wrong)} wrong")
    assert wrong == []
    assert refused == JOBS
    assert [path for path in right if path.rpartition("/")[2] not in checked] == []


def made(http: httpx.Client) -> list[str]:
    return [succeeded(http, seed) for seed in range(JOBS)]


def change_a_byte(file: Path, job_id: str, generator: random.Random) -> None:
    """Change one bit of an event, of the result or of the request of a job, on the disk."""
    table, key = generator.choice([("log", "job"), ("endings", "job"), ("jobs", "id")])
    column = "request" if table == "jobs" else "body"
    with closing(sqlite3.connect(file)) as store, store:
        select = f"SELECT rowid, {column} FROM {table} WHERE {key} = ? ORDER BY rowid DESC"
        row, content = store.execute(select, [job_id]).fetchone()
        changed = bytearray(content)
        changed[generator.randrange(len(changed))] ^= 1
        update = f"UPDATE {table} SET {column} = ? WHERE rowid = ?"
        store.execute(update, [bytes(changed), row])


def check(file: Path) -> str:
    """Return what the check of a store says."""
    command = [sys.executable, "-m", "service", "check", str(file)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    return ended.stderr
