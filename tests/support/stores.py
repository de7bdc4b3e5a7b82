"""What the tests of a store put into it, and what they look up in its database."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import uuid4

from sqlalchemy import Table, func, select, update

from service.jobs.job import Claim, Row, StoredJob, Submission
from service.jobs.storage.clock import Now
from service.jobs.storage.database import Database
from service.jobs.storage.schema import JOB, jobs_table
from service.jobs.storage.store import Store
from service.pool.frames import EventBytes

STARTED = EventBytes("started", -1, b'{"type":"started"}')
LONG_AGO = 1000.0
"""Seconds, more than any lease."""


def submission(**given: Any) -> Submission:
    """A request for a job of ten steps."""
    fields = {
        "request": b'{"lr":0.1}',
        "points": b"[[1],[2]]",
        "metadata": {"run": "7"},
        "key": None,
        "digest": "d",
        "steps": 10,
        "record_every": 1,
    }
    return Submission(**fields | given)


def steps(last: int) -> EventBytes:
    """An event that ends with this step."""
    return EventBytes("steps", last, f'{{"last":{last}}}'.encode())


async def queued(store: Store, **given: Any) -> StoredJob:
    """Create a job."""
    return (await store.create(submission(**given))).job


def listed(jobs: Sequence[StoredJob]) -> list[StoredJob]:
    """The jobs as a page lists them: without their requests."""
    return [replace(job, request=b"") for job in jobs]


async def claimed(store: Store, kind: str = "x86") -> Claim:
    """Create a job and claim it."""
    claim = await store.claim((await queued(store)).id, token=uuid4().hex, kind=kind)
    assert claim is not None
    return claim


async def begun(store: Store, kind: str = "x86") -> Claim:
    """Create a job, claim it and write the first event into its log."""
    claim = await claimed(store, kind)
    await store.append(claim, after=None, events=[STARTED])
    return claim


async def finished(store: Store) -> str:
    """Create a job that has succeeded."""
    claim = await begun(store)
    await store.finish(claim, b"done")
    return claim.job


async def again(database: Database, store: Store, job_id: str, kind: str = "x86") -> Claim | None:
    """Let the claim on a job lapse and claim the job again."""
    await age(database, job_id, "touched")
    return await store.claim(job_id, token=uuid4().hex, kind=kind)


async def age(database: Database, job_id: str, column: str, seconds: float = LONG_AGO) -> None:
    """Move a moment in the life of a job into the past."""
    earlier = update(jobs_table).where(JOB.id == job_id).values({column: JOB[column] - seconds})
    await database.write(lambda connection: connection.execute(earlier))


async def now(database: Database) -> float:
    """The time of the database's clock."""
    return await database.read(lambda connection: connection.execute(select(Now())).scalar_one())


async def rows(database: Database, table: Table) -> int:
    """The number of rows of a table."""
    return await database.read(
        lambda connection: connection.execute(select(func.count()).select_from(table)).scalar_one()
    )


async def logged(store: Store, job_id: str) -> list[Row]:
    """The whole log of a job."""
    found: list[Row] = []
    while more := (
        await store.read(job_id, after=found[-1].last if found else None, limit=1000)
    ).rows:
        found += more
    return found
