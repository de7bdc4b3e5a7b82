"""Changes of jobs as another process hears of them, over PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import make_url

from service.background import in_background
from service.jobs.bell import Bell
from service.jobs.errors import StoreUnavailableError
from service.jobs.job import Failure, LogEnd
from service.jobs.storage import claims, commands
from service.jobs.storage import postgresql as postgresql_module
from service.jobs.storage.store import Store, opened
from tests.support.postgres import Postgres
from tests.support.stores import STARTED, claimed, queued

pytestmark = pytest.mark.usefixtures("patient")


class Rings(Bell):
    """A bell that hands on the jobs it has rung for."""

    def __init__(self) -> None:
        super().__init__()
        self.rung: asyncio.Queue[str] = asyncio.Queue()

    def ring(self, job_id: str, log_end: LogEnd | None = None) -> None:  # noqa: ARG002
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
    heard = postgresql_module.listen(make_url(postgresql), far)
    async with opened(postgresql) as store, in_background(heard):
        await listens(far, store)
        yield store


async def listens(far: Rings, store: Store) -> None:
    """Return when the other process hears of changes: it connects after it was opened."""
    async with asyncio.timeout(60):
        while far.rung.empty():
            try:
                await claimed(store)
            except StoreUnavailableError:
                continue
            await asyncio.sleep(0.05)
    job_id = (await claimed(store)).job
    while await far.next() != job_id:
        pass


async def test_every_change_is_heard_in_another_process_once(store: Store, far: Rings) -> None:
    job_id = (await queued(store)).id
    claim = await store.change(claims.claim_job, job_id, token="t", kind="x86")
    assert claim is not None
    await store.change(claims.append, claim, after=None, events=[STARTED])
    await store.change_silently(claims.touch, claim)
    await store.change(claims.release, claim)
    await store.change(commands.cancel, job_id)
    await store.change(commands.remove, job_id)
    assert [await far.next() for _ in range(5)] == [job_id] * 5

    succeeding, failing = await claimed(store), await claimed(store)
    await store.change(claims.finish, succeeding, b"done")
    await store.change(claims.fail, failing, Failure("broken", "It broke."))
    jobs = [succeeding.job, failing.job]
    assert [await far.next() for _ in range(4)] == jobs * 2


async def test_a_listener_comes_back_with_the_server(
    store: Store, far: Rings, postgres: Postgres
) -> None:
    postgres.stop()
    postgres.start()
    await listens(far, store)
