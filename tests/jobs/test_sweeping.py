import asyncio

from service.jobs.schema import jobs
from service.jobs.store import Store
from service.jobs.sweeping import sweeping
from tests.jobs.stores import age, begun, claimed, finished, queued, rows, with_store


class Heard:
    """An engine that only listens."""

    def __init__(self) -> None:
        self.ids: list[str] = []

    async def submit(self, job_id: str) -> None:
        self.ids.append(job_id)


def test_whatever_nobody_runs_is_submitted_at_the_start(url: str) -> None:
    async def test(store: Store) -> None:
        waiting, running, lost = (
            (await queued(store)).id,
            (await begun(store)).job,
            (await claimed(store)).job,
        )
        await age(store, lost, "touched")
        engine = Heard()

        async with sweeping(store, engine):
            while not engine.ids:
                await asyncio.sleep(0.01)

        assert engine.ids == [waiting, lost]
        assert running not in engine.ids

    with_store(url, test)


def test_old_jobs_expire(url: str) -> None:
    async def test(store: Store) -> None:
        job_id = await finished(store)
        await age(store, job_id, "finished_at", 100_000)

        async with sweeping(store, Heard()), asyncio.timeout(5):
            while (await store.page(status=None, after=None, limit=1)).jobs:
                await asyncio.sleep(0.01)

        assert await rows(store, jobs) == 1

    with_store(url, test)
