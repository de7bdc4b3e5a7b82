import asyncio

import pytest

from service.background import in_background
from service.jobs.engine import recover
from service.jobs.errors import StoreUnavailableError
from service.jobs.storage import claims, expiry, queries
from service.jobs.storage.schema import jobs_table
from service.jobs.storage.store import Store
from tests.support.hints import Hints
from tests.support.stores import (
    DEFAULTS,
    age,
    begun,
    claimed,
    finished,
    queued,
    rows,
    watch,
)
from tests.support.time import settled


class Sweeps:
    """Remembers when a store was swept, and lets a sweep fail once if there is a failure."""

    def __init__(self) -> None:
        self.looks: list[tuple[float, float]] = []
        self.expiries: list[float] = []
        self.failure: Exception | None = None

    def see(self, command: object, *_: object, again_after: float = 0, **__: object) -> None:
        if command is expiry.expire:
            self.expiries.append(clock())
        if command is claims.stale:
            self.looks.append((clock(), again_after))
            if self.failure:
                failure, self.failure = self.failure, None
                raise failure


@pytest.fixture
def sweeps(monkeypatch: pytest.MonkeyPatch, store: Store) -> Sweeps:
    """The sweeps of the store."""
    made = Sweeps()
    watch(monkeypatch, store, "write", made.see)
    return made


def clock() -> float:
    return asyncio.get_running_loop().time()


async def test_jobs_that_nothing_runs_are_submitted_at_the_start(store: Store) -> None:
    waiting = (await queued(store)).id
    await begun(store)
    abandoned = (await claimed(store)).job
    await age(store, abandoned, "touched")
    hints = Hints()

    async with in_background(recover(store, hints, DEFAULTS)), asyncio.timeout(60):
        while len(hints.ids) < 2:
            await asyncio.sleep(0.01)

    assert hints.ids == [waiting, abandoned]


async def test_old_jobs_expire(store: Store) -> None:
    job_id = await finished(store)
    await age(store, job_id, "ended_age", 100_000)

    async with in_background(recover(store, Hints(), DEFAULTS)), asyncio.timeout(60):
        while (await store.read(queries.page, status=None, after=None, limit=1)).jobs:
            await asyncio.sleep(0.01)

    assert await rows(store, jobs_table) == 1


async def test_jobs_that_wait_longer_are_looked_for_every_two_seconds(
    store: Store, sweeps: Sweeps
) -> None:
    async with in_background(recover(store, Hints(), DEFAULTS)):
        await asyncio.sleep(5)
    assert sweeps.looks == [(0, 0), (2, 10), (4, 10)]


async def test_old_jobs_are_looked_for_every_minute(store: Store, sweeps: Sweeps) -> None:
    async with in_background(recover(store, Hints(), DEFAULTS)):
        await asyncio.sleep(130)
    assert sweeps.expiries == [0, 60, 120]


async def test_sweeping_ends_with_its_block(store: Store, sweeps: Sweeps) -> None:
    async with in_background(recover(store, Hints(), DEFAULTS)):
        await settled()
    await asyncio.sleep(10)
    assert sweeps.looks == [(0, 0)]


@pytest.mark.parametrize(
    ("failure", "logged"), [(StoreUnavailableError(), []), (ValueError(), ["recovery_failed"])]
)
async def test_a_sweep_that_fails_is_followed_by_the_next(
    store: Store,
    sweeps: Sweeps,
    caplog: pytest.LogCaptureFixture,
    failure: Exception,
    logged: list[str],
) -> None:
    job_id = (await queued(store)).id
    await age(store, job_id, "hinted")
    sweeps.failure = failure
    hints = Hints()
    async with in_background(recover(store, hints, DEFAULTS)):
        await asyncio.sleep(3)
    assert hints.ids == [job_id]
    assert [record.getMessage() for record in caplog.records] == logged
