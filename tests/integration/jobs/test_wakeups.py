"""Changes of jobs as another process hears of them, over PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from service.jobs.errors import StoreUnavailableError
from service.jobs.job import Failure
from service.jobs.storage.connect import opened
from service.jobs.storage.store import Store, StoreLimits
from service.jobs.wakeups import Bell
from tests.support.postgres import Postgres
from tests.support.stores import STARTED, claimed, queued

pytestmark = pytest.mark.usefixtures("patient")


class Rings(Bell):
    """A bell that hands on the jobs it has rung for."""

    def __init__(self) -> None:
        super().__init__()
        self.rung: asyncio.Queue[str] = asyncio.Queue()

    def ring(self, job_id: str) -> None:
        self.rung.put_nowait(job_id)

    async def next(self) -> str:
        """The next ring."""
        async with asyncio.timeout(60):
            return await self.rung.get()


@pytest.fixture
async def far() -> Rings:
    """The bell of another process."""
    return Rings()


@pytest.fixture
async def store(postgresql: str, far: Rings) -> AsyncIterator[Store]:
    """A store that another process listens to."""
    async with opened(postgresql, Bell()) as database, opened(postgresql, far):
        store = Store(database, StoreLimits(), Bell())
        await listens(far, store)
        yield store


async def listens(far: Rings, store: Store) -> None:
    """Return when the other process hears of changes: it connects after it was opened."""
    async with asyncio.timeout(60):
        while far.rung.empty():
            try:
                await queued(store)
            except StoreUnavailableError:
                continue
            await asyncio.sleep(0.05)
    job_id = (await queued(store)).id
    while await far.next() != job_id:
        pass


async def test_every_change_is_heard_in_another_process_once(store: Store, far: Rings) -> None:
    job_id = (await queued(store)).id
    claim = await store.claim(job_id, token="t", kind="x86")
    assert claim is not None
    await store.append(claim, after=None, events=[STARTED])
    await store.touch(claim)
    await store.release(claim)
    await store.cancel(job_id)
    await store.delete(job_id)
    assert [await far.next() for _ in range(6)] == [job_id] * 6

    succeeding, failing = await claimed(store), await claimed(store)
    await store.finish(succeeding, b"done")
    await store.fail(failing, Failure("broken", "It broke."))
    jobs = [succeeding.job, failing.job]
    assert [await far.next() for _ in range(6)] == [
        *[jobs[0]] * 2,
        *[jobs[1]] * 2,
        *jobs,
    ]


async def test_a_listener_comes_back_with_the_server(
    store: Store, far: Rings, postgres: Postgres
) -> None:
    postgres.stop()
    postgres.start()
    await listens(far, store)
