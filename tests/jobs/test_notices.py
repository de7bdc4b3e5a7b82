import asyncio
from time import perf_counter

from service.jobs.bell import Heard
from service.jobs.store import Store
from tests.jobs.postgres import Postgres
from tests.jobs.stores import STARTED, begun, claimed, opened, queued

SOON = 1.0
"""Seconds in which a listener has heard."""


async def listens(store: Store, other: Store) -> None:
    """Comes back when a store hears what another does."""
    job_id = (await queued(other)).id
    with store._bell.listening(job_id) as heard:
        while await waited(heard, 0.1) >= 0.1:
            await other.cancel(job_id)


async def waited(heard: Heard, seconds: float) -> float:
    began = perf_counter()
    await heard.wait(seconds)
    return perf_counter() - began


def test_every_change_is_heard_in_the_process(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            claim = await claimed(store)
            with store._bell.listening(claim.job) as heard:
                for change in (
                    store.append(claim, after=None, told=[STARTED]),
                    store.release(claim),
                    store.cancel(claim.job),
                    store.delete(claim.job),
                ):
                    await change
                    assert await waited(heard, 5) < SOON

    asyncio.run(run())


def test_a_change_is_heard_in_another_process(postgresql: str) -> None:
    async def run() -> None:
        async with opened(postgresql) as store, opened(postgresql) as other:
            await listens(store, other)
            claim = await begun(other)
            with store._bell.listening(claim.job) as heard:
                await other.finish(claim, b"")
                assert await waited(heard, 5) < SOON

    asyncio.run(run())


def test_a_listener_comes_back_with_the_server(postgresql: str, postgres: Postgres) -> None:
    async def run() -> None:
        async with opened(postgresql) as store, opened(postgresql) as other:
            await listens(store, other)
            postgres.stop()
            postgres.start()
            async with asyncio.timeout(5):
                await listens(store, other)

    asyncio.run(run())
