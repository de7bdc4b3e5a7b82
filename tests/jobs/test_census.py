import asyncio

import httpx
import pytest

from service.jobs import census
from service.jobs.census import Census
from service.jobs.errors import StoreUnavailableError
from service.jobs.job import Counted
from service.jobs.store import Store
from tests.api.scraping import scraped_here
from tests.jobs.stores import claimed, finished, queued, with_store
from tests.server import serving_here

ONE = Counted({"queued": 1}, 2.0)


def test_jobs_are_counted_by_status(url: str) -> None:
    async def test(store: Store) -> None:
        await finished(store)
        await claimed(store)
        for _ in range(2):
            await queued(store)
        await asyncio.sleep(0.05)
        counted = await store.counted()
        assert counted.by_status == {
            "queued": 2,
            "running": 1,
            "succeeded": 1,
            "failed": 0,
            "cancelled": 0,
        }
        assert 0.04 < counted.oldest_seconds < 20

    with_store(url, test)


def test_where_no_job_waits_none_is_old(url: str) -> None:
    async def test(store: Store) -> None:
        await claimed(store)
        assert (await store.counted()).oldest_seconds == 0

    with_store(url, test)


def test_they_are_counted_once_however_many_ask() -> None:
    asked: list[int] = []

    async def count() -> Counted:
        asked.append(1)
        await asyncio.sleep(0.01)
        return ONE

    async def test() -> None:
        jobs = Census(count)
        first, beside = await asyncio.gather(jobs.known(), jobs.known())
        assert (first, beside, await jobs.known()) == (ONE, None, ONE)
        assert len(asked) == 1

    asyncio.run(test())


def test_what_was_known_is_forgotten_when_the_database_does_not_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(census, "FRESH_SECONDS", 0.0)
    answers = [ONE]

    async def count() -> Counted:
        if not answers:
            raise StoreUnavailableError
        return answers.pop()

    async def test() -> None:
        jobs = Census(count)
        assert [await jobs.known(), await jobs.known()] == [ONE, None]

    asyncio.run(test())


def test_a_database_that_does_not_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(census, "PATIENCE_SECONDS", 0.01)

    async def test() -> None:
        async with asyncio.timeout(1):
            assert await Census(lambda: asyncio.sleep(30, ONE)).known() is None

    asyncio.run(test())


def test_a_replica_of_a_cluster_counts_jobs_but_has_no_workers_that_run_them(
    postgresql: str,
) -> None:
    async def test() -> None:
        async with (
            serving_here(database_url=postgresql) as (app, url),
            httpx.AsyncClient(base_url=url, timeout=20) as client,
        ):
            await app.state.jobs
            await client.post("/jobs", json={"synthetic": {}, "lr": 1e-5})
            told = await scraped_here(client)
            assert (told("coaster_jobs", status="queued"), told("coaster_store_up")) == (1, 1)
            assert told.values("pool") == {"fits"}

    asyncio.run(test())
