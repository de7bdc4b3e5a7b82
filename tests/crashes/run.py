"""The run that is recorded. It writes down the responses that a client received::

    python -m tests.crashes.run STORE RESPONSES SYNCHRONOUS

The store syncs as the service does if the last word is FULL, and less with NORMAL or OFF.
"""

import sys
from pathlib import Path
from unittest.mock import patch

from sqlalchemy import URL

from service.jobs.storage import claims, commands, sqlite
from service.jobs.storage.store import Store, opened
from tests.support.stores import DEFAULTS, STARTED, steps, submission
from tests.support.time import run

JOBS = 12
CHECKPOINT = "PRAGMA wal_autocheckpoint = 16;"
"""SQLite moves the WAL into the database after 16 pages, so that a short run has many such moments.
"""
POINTS = b"[%s]" % b",".join([b"1"] * 3000)
"""Points that take several pages."""


DONE = b"done"
LOG = [STARTED, steps(5), steps(10)]
"""The log of a job that succeeds."""


class Responses:
    """The file of the responses that a client received. Each line is written at once."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb", buffering=0)

    def add(self, what: str, job_id: str) -> None:
        self._file.write(f"{what} {job_id}\n".encode())


async def record(store_path: Path, responses: Responses) -> None:
    """Create jobs, and let each end in one of several ways."""
    url = URL.create("sqlite", database=str(store_path))
    async with opened(url.render_as_string()) as store:
        for number in range(JOBS):
            job = submission(key=f"key-{number}", points=POINTS)
            job_id = (await store.write(commands.create, job, DEFAULTS)).job.id
            responses.add("accepted", job_id)
            await END[number % len(END)](store, job_id, responses)


async def succeed(store: Store, job_id: str, responses: Responses) -> None:
    claim = await store.change(claims.claim_job, job_id, token=job_id, kind="x86")
    assert claim is not None
    await store.change(claims.append, claim, after=None, events=LOG[:1])
    await store.change(claims.append, claim, after=-1, events=LOG[1:2])
    responses.add("logged", job_id)
    await store.change(claims.finish, claim, DONE, after=5, events=LOG[2:])
    responses.add("succeeded", job_id)


async def cancel(store: Store, job_id: str, responses: Responses) -> None:
    await store.change(commands.cancel, job_id)
    responses.add("cancelled", job_id)


async def remove(store: Store, job_id: str, responses: Responses) -> None:
    responses.add("removing", job_id)
    await store.change(commands.remove, job_id)
    responses.add("removed", job_id)


async def leave(_store: Store, _job_id: str, _responses: Responses) -> None:
    """Let the job wait."""


END = (succeed, cancel, succeed, remove, leave)


def main() -> None:
    store, responses, synchronous = sys.argv[1:]
    pragmas = sqlite.PRAGMAS.replace("FULL", synchronous) + CHECKPOINT
    with patch.object(sqlite, "PRAGMAS", pragmas):
        run(record(Path(store), Responses(Path(responses))))


if __name__ == "__main__":
    main()
