import asyncio
from collections.abc import Sequence

import pytest

from service.jobs.errors import StoreUnavailableError
from service.jobs.recovery import sweeping
from service.jobs.storage.database import Database
from service.jobs.storage.schema import jobs_table
from service.jobs.storage.store import Store, StoreLimits
from service.jobs.wakeups import Bell
from tests.support.stores import age, begun, claimed, finished, queued, rows
from tests.support.time import settled


class Hints:
    """An engine that remembers what was submitted, and runs nothing."""

    def __init__(self) -> None:
        self.ids: list[str] = []

    async def submit(self, job_id: str) -> None:
        self.ids.append(job_id)


class Swept(Store):
    """A store that remembers when it was swept, and fails once if there is a failure."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, StoreLimits(), Bell())
        self.looks: list[tuple[float, float]] = []
        self.expiries: list[float] = []
        self.failure: Exception | None = None

    async def stale(self, *, again_after: float) -> Sequence[str]:
        self.looks.append((clock(), again_after))
        if self.failure:
            failure, self.failure = self.failure, None
            raise failure
        return await super().stale(again_after=again_after)

    async def expire(self) -> None:
        self.expiries.append(clock())
        await super().expire()


def clock() -> float:
    return asyncio.get_running_loop().time()


async def test_jobs_that_nothing_runs_are_submitted_at_the_start(
    database: Database, store: Store
) -> None:
    waiting = (await queued(store)).id
    await begun(store)
    abandoned = (await claimed(store)).job
    await age(database, abandoned, "touched")
    hints = Hints()

    async with sweeping(store, hints), asyncio.timeout(60):
        while len(hints.ids) < 2:
            await asyncio.sleep(0.01)

    assert hints.ids == [waiting, abandoned]


async def test_old_jobs_expire(database: Database, store: Store) -> None:
    job_id = await finished(store)
    await age(database, job_id, "finished_at", 100_000)

    async with sweeping(store, Hints()), asyncio.timeout(60):
        while (await store.page(status=None, after=None, limit=1)).jobs:
            await asyncio.sleep(0.01)

    assert await rows(database, jobs_table) == 1


async def test_jobs_that_wait_longer_are_looked_for_every_two_seconds(database: Database) -> None:
    store = Swept(database)
    async with sweeping(store, Hints()):
        await asyncio.sleep(5)
    assert store.looks == [(0, 0), (2, 10), (4, 10)]


async def test_old_jobs_are_looked_for_every_minute(database: Database) -> None:
    store = Swept(database)
    async with sweeping(store, Hints()):
        await asyncio.sleep(130)
    assert store.expiries == [0, 60, 120]


async def test_sweeping_ends_with_its_block(database: Database) -> None:
    store = Swept(database)
    async with sweeping(store, Hints()):
        await settled()
    await asyncio.sleep(10)
    assert store.looks == [(0, 0)]


@pytest.mark.parametrize(
    ("failure", "logged"), [(StoreUnavailableError(), []), (ValueError(), ["sweep_failed"])]
)
async def test_a_sweep_that_fails_is_followed_by_the_next(
    database: Database, caplog: pytest.LogCaptureFixture, failure: Exception, logged: list[str]
) -> None:
    store = Swept(database)
    job_id = (await queued(store)).id
    await age(database, job_id, "hinted")
    store.failure = failure
    hints = Hints()
    async with sweeping(store, hints):
        await asyncio.sleep(3)
    assert hints.ids == [job_id]
    assert [record.getMessage() for record in caplog.records] == logged
