"""Stores to try, and what is put into them."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any
from uuid import uuid4

from sqlalchemy import Table, func, select, update

from service.jobs.bell import Bell
from service.jobs.job import Claim, Job, Row, Submission
from service.jobs.schema import jobs
from service.jobs.store import Store, StoreLimits
from service.workers.frames import Told

STARTED = Told("started", -1, b'{"type":"started"}')
LONG_AGO = 1000.0
"""Seconds, more than any lease."""


def with_store(url: str, test: Callable[[Store], Awaitable[None]], **limits: float) -> None:
    """Runs a test with an open store."""

    async def run() -> None:
        async with asyncio.timeout(30), opened(url, **limits) as store:
            await test(store)

    asyncio.run(run())


def opened(url: str, **limits: float) -> Store:
    """A store with a bell of its own."""
    return Store(url, StoreLimits(**limits), Bell())  # type: ignore[arg-type]


def submission(**given: Any) -> Submission:
    """A job of ten steps."""
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


def steps(last: int) -> Told:
    """An event that ends with this step."""
    return Told("steps", last, f'{{"last":{last}}}'.encode())


async def queued(store: Store, **given: Any) -> Job:
    """A new job."""
    return (await store.create(submission(**given))).job


def told(jobs: Sequence[Job]) -> list[Job]:
    """As a page has them: without their requests."""
    return [replace(job, request=b"") for job in jobs]


async def claimed(store: Store, kind: str = "x86") -> Claim:
    """The claim of a new job."""
    claim = await store.claim((await queued(store)).id, token=uuid4().hex, kind=kind)
    assert claim is not None
    return claim


async def begun(store: Store, kind: str = "x86") -> Claim:
    """The claim of a job with its first event in the log."""
    claim = await claimed(store, kind)
    await store.append(claim, after=None, told=[STARTED])
    return claim


async def finished(store: Store) -> str:
    """A job that has succeeded."""
    claim = await begun(store)
    await store.finish(claim, b"done")
    return claim.job


async def again(store: Store, job_id: str, kind: str = "x86") -> Claim | None:
    """The claim after the one before has lapsed."""
    await age(store, job_id, "touched")
    return await store.claim(job_id, token=uuid4().hex, kind=kind)


async def age(store: Store, job_id: str, column: str, seconds: float = LONG_AGO) -> None:
    """Makes a moment in the life of a job longer ago."""
    earlier = update(jobs).where(jobs.c.id == job_id).values({column: jobs.c[column] - seconds})
    await store._database.write(lambda connection: connection.execute(earlier))


async def rows(store: Store, table: Table) -> int:
    """How many rows a table has."""
    return await store._database.read(
        lambda connection: connection.execute(select(func.count()).select_from(table)).scalar_one()
    )


async def logged(store: Store, job_id: str) -> list[Row]:
    """All of a log."""
    found: list[Row] = []
    while more := (
        await store.read(job_id, after=found[-1].last if found else None, limit=1000)
    ).rows:
        found += more
    return found
