import asyncio
import logging

import pytest
from sqlalchemy import text

from service.jobs.errors import StoreUnavailableError
from service.jobs.storage import claims, queries
from service.jobs.storage.schema import jobs_table
from service.jobs.storage.store import Store
from tests.support.stores import STARTED, claimed, queued, rows


async def test_cancelling_a_caller_does_not_cut_its_transaction(store: Store) -> None:
    for _ in range(5):
        leaving = asyncio.create_task(queued(store))
        await asyncio.sleep(0)
        leaving.cancel()
    async with asyncio.timeout(60):
        while await rows(store, jobs_table) < 5:
            await asyncio.sleep(0.01)
    assert (await queued(store)).status == "queued"


async def test_a_transaction_that_fails_leaves_nothing(store: Store) -> None:
    claim = await claimed(store)
    with pytest.raises(StoreUnavailableError):
        await store.change(claims.append, claim, after=None, events=[STARTED, STARTED])
    assert (await store.read(queries.find, claim.job)).position is None


async def test_trouble_is_logged_without_data(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING), pytest.raises(StoreUnavailableError):
        await store.write(
            lambda connection: connection.execute(
                text("INSERT INTO secret VALUES (:p)"), {"p": "secret"}
            )
        )
    assert [record.getMessage() for record in caplog.records] == ["store_unavailable"]
    assert "secret" not in str(caplog.records[0].__dict__["fields"])


async def test_an_open_database_is_reachable(store: Store) -> None:
    assert await store.reachable()


async def test_a_database_that_fails_is_looked_at_at_once(store: Store) -> None:
    assert await store.reachable()
    await store.write(lambda connection: connection.execute(text("DROP TABLE pieces")))

    with pytest.raises(StoreUnavailableError):
        await queued(store)

    assert not await store.reachable()
