"""What the tests of a store put into it, and what they look up in its database."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Table, func, select, update

from service.jobs.claim import Claim
from service.jobs.errors import StoreUnavailableError
from service.jobs.job import Created, StoredJob
from service.jobs.storage import claims, commands, expiry, queries
from service.jobs.storage.schema import JOB, Now, jobs_table
from service.jobs.storage.store import Store
from service.jobs.storage.transactions import R
from service.jobs.submission import Submission
from service.pool.frames import EventBytes
from service.settings import Settings

DEFAULTS = Settings()
STARTED = EventBytes("started", -1, b'{"type":"started"}')
LONG_AGO = 1000.0
"""Seconds, more than any lease."""


def submission(**given: Any) -> Submission:
    """A request for a job of ten steps."""
    fields = {
        "question": "fit",
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


async def create(store: Store, settings: Settings = DEFAULTS, **given: Any) -> Created:
    """Create a job, unless its key is known."""
    return await store.write(commands.create, submission(**given), settings)


async def queued(store: Store, settings: Settings = DEFAULTS, **given: Any) -> StoredJob:
    """Create a job."""
    return (await create(store, settings, **given)).job


def listed(jobs: Sequence[StoredJob]) -> list[StoredJob]:
    """The jobs as a page lists them: without their requests."""
    return [replace(job, request=b"") for job in jobs]


async def claimed(store: Store, kind: str = "x86") -> Claim:
    """Create a job and claim it."""
    claim = await store.change(
        claims.claim_job, (await queued(store)).id, token=uuid4().hex, kind=kind
    )
    assert claim is not None
    return claim


async def begun(store: Store, kind: str = "x86") -> Claim:
    """Create a job, claim it and write the first event into its log."""
    claim = await claimed(store, kind)
    await store.change(claims.append, claim, after=None, events=[STARTED])
    return claim


async def finished(store: Store, done: bytes = b"done") -> str:
    """Create a job that has succeeded, with this last event."""
    claim = await begun(store)
    await store.change(claims.finish, claim, done)
    return claim.job


async def expire(store: Store, settings: Settings = DEFAULTS) -> None:
    """Let old jobs expire, as the sweep does."""
    while await store.write(expiry.expire, settings):
        pass


async def again(store: Store, job_id: str, kind: str = "x86") -> Claim | None:
    """Let the claim on a job lapse and claim the job again."""
    await age(store, job_id, "touched")
    return await store.change(claims.claim_job, job_id, token=uuid4().hex, kind=kind)


async def age(store: Store, job_id: str, column: str, seconds: float = LONG_AGO) -> None:
    """Move a moment in the life of a job into the past."""
    earlier = update(jobs_table).where(JOB.id == job_id).values({column: JOB[column] - seconds})
    await store.write(lambda connection: connection.execute(earlier))


async def set_clock(store: Store, seconds: float) -> None:
    """Set the clock of the database forward by some seconds, or back if they are negative: move all
    that is stored the other way.
    """
    times = "touched", "hinted", "created_at", "started_at", "finished_at", "expired_at"
    await store.write(
        lambda connection: connection.execute(
            update(jobs_table).values({name: JOB[name] - seconds for name in times})
        )
    )


async def now(store: Store) -> float:
    """The time of the database's clock."""
    return await store.read(lambda connection: connection.execute(select(Now())).scalar_one())


async def rows(store: Store, table: Table) -> int:
    """The number of rows of a table."""
    return await store.read(
        lambda connection: connection.execute(select(func.count()).select_from(table)).scalar_one()
    )


async def logged(store: Store, job_id: str) -> list[EventBytes]:
    """The whole log of a job."""
    found: list[EventBytes] = []
    while more := (
        await store.read(
            queries.log_part, job_id, after=found[-1].last if found else None, limit=1000
        )
    ).events:
        found += more
    return found


async def patiently(asked: Callable[[], Awaitable[R]]) -> R:
    """Ask until the database works."""
    while True:
        with suppress(StoreUnavailableError):
            return await asked()
        await asyncio.sleep(0.3)


def watch(
    monkeypatch: pytest.MonkeyPatch, store: Store, method: str, seen: Callable[..., None]
) -> None:
    """Let a function see the arguments of each call of a method of the store first."""
    run = getattr(store, method)

    async def seen_and_run(*args: Any, **named: Any) -> Any:
        seen(*args, **named)
        return await run(*args, **named)

    monkeypatch.setattr(store, method, seen_and_run)
