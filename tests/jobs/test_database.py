import asyncio
import logging
import resource
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from time import perf_counter

import psycopg
import pytest
from sqlalchemy import text

from service.jobs.errors import StoreUnavailableError
from service.jobs.schema import jobs
from service.jobs.store import Store
from tests.jobs.postgres import Postgres
from tests.jobs.stores import (
    STARTED,
    begun,
    claimed,
    finished,
    opened,
    queued,
    rows,
    steps,
    with_store,
)

PROMPT = 1.5
"""Seconds in which trouble is told."""
RECOVERED = 2.0
"""Seconds in which the store works again after the trouble."""


async def unavailable(asked: Awaitable[object]) -> None:
    began = perf_counter()
    with pytest.raises(StoreUnavailableError):
        await asked
    assert perf_counter() - began < PROMPT


async def recovered(asked: Callable[[], Awaitable[object]]) -> None:
    async with asyncio.timeout(RECOVERED):
        while True:
            try:
                await asked()
            except StoreUnavailableError:
                continue
            return


@contextmanager
def full_disk() -> Iterator[None]:
    """No file of this process grows beyond what it may hold."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_locked_file_is_unavailable_for_writing_and_nothing_else(sqlite: str) -> None:
    async def test(store: Store) -> None:
        claim = await begun(store)
        with closing(
            sqlite3.connect(sqlite.removeprefix("sqlite:///"), isolation_level=None)
        ) as other:
            other.execute("BEGIN EXCLUSIVE")
            await asyncio.gather(
                unavailable(queued(store)),
                unavailable(store.append(claim, after=-1, told=[steps(5)])),
                unavailable(store.touch(claim)),
            )
            assert (await store.job(claim.job)).status == "running"
            other.execute("ROLLBACK")
        await recovered(lambda: store.append(claim, after=-1, told=[steps(5)]))

    with_store(sqlite, test)


def test_a_short_lock_is_waited_for(sqlite: str) -> None:
    async def test(store: Store) -> None:
        with closing(
            sqlite3.connect(sqlite.removeprefix("sqlite:///"), isolation_level=None)
        ) as other:
            other.execute("BEGIN EXCLUSIVE")
            waiting = asyncio.create_task(queued(store))
            await asyncio.sleep(0.1)
            other.execute("ROLLBACK")
            assert await waiting

    with_store(sqlite, test)


def test_many_who_met_a_lock_are_not_waited_for_afterwards(sqlite: str) -> None:
    async def test(store: Store) -> None:
        with closing(
            sqlite3.connect(sqlite.removeprefix("sqlite:///"), isolation_level=None)
        ) as other:
            other.execute("BEGIN EXCLUSIVE")
            await asyncio.gather(*(unavailable(queued(store)) for _ in range(50)))
            other.execute("ROLLBACK")
        await recovered(lambda: queued(store))

    with_store(sqlite, test)


def test_a_full_disk_is_unavailable_and_loses_nothing(sqlite: str) -> None:
    async def test(store: Store) -> None:
        kept = await finished(store)
        claim = await begun(store)
        with full_disk():
            await unavailable(store.finish(claim, bytes(1_000_000)))
            assert await store.ending(kept) == b"done"
            assert (await store.job(claim.job)).status == "running"
        await store.finish(claim, bytes(1_000_000))
        assert len(await store.ending(claim.job)) == 1_000_000  # type: ignore[arg-type]

    with_store(sqlite, test)


def test_a_database_that_became_read_only_is_unavailable(postgresql: str) -> None:
    async def test(store: Store) -> None:
        await queued(store)
        await store._database.write(
            lambda connection: connection.execute(text("SET default_transaction_read_only = on"))
        )
        await unavailable(queued(store))
        assert await store.reachable()

    with_store(postgresql, test)


def test_a_stopped_server_is_unavailable_until_it_is_started(
    postgresql: str, postgres: Postgres
) -> None:
    async def test(store: Store) -> None:
        claim = await begun(store)
        await asyncio.gather(*(store.job(claim.job) for _ in range(20)))
        postgres.stop()
        try:
            await unavailable(store.append(claim, after=-1, told=[steps(5)]))
            await asyncio.gather(*(unavailable(store.job(claim.job)) for _ in range(20)))
            assert not await store.reachable()
        finally:
            postgres.start()
        await recovered(lambda: store.append(claim, after=-1, told=[steps(5)]))
        assert await store.reachable()

    with_store(postgresql, test)


def test_a_server_that_was_started_again_between_is_not_noticed(
    postgresql: str, postgres: Postgres
) -> None:
    async def test(store: Store) -> None:
        claim = await begun(store)
        postgres.stop()
        postgres.start()
        await store.append(claim, after=-1, told=[steps(5)])

    with_store(postgresql, test)


def test_what_a_server_has_accepted_is_there_after_it_was_killed(
    postgresql: str, postgres: Postgres
) -> None:
    async def test(store: Store) -> None:
        job_id = await finished(store)
        postgres.kill_and_start()
        await recovered(lambda: store.job(job_id))
        assert await store.ending(job_id) == b"done"

    with_store(postgresql, test)


def test_a_server_that_hangs_is_unavailable_until_it_goes_on(
    postgresql: str, postgres: Postgres
) -> None:
    async def test(store: Store) -> None:
        claim = await begun(store)
        await asyncio.gather(*(store.job(claim.job) for _ in range(20)))
        with postgres.hanging():
            for _ in range(2):
                await asyncio.gather(
                    *(unavailable(store.job(claim.job)) for _ in range(20)),
                    unavailable(store.touch(claim)),
                )
        await recovered(lambda: store.append(claim, after=-1, told=[steps(5)]))
        await asyncio.gather(*(store.job(claim.job) for _ in range(20)))

    with_store(postgresql, test)


def test_a_store_closes_while_its_server_hangs(postgresql: str, postgres: Postgres) -> None:
    async def run() -> None:
        async with opened(postgresql) as store:
            await asyncio.gather(*(queued(store) for _ in range(5)))
            with postgres.hanging():
                await unavailable(queued(store))
                await store.__aexit__()

    asyncio.run(asyncio.wait_for(run(), 5))


def test_a_lock_in_the_server_is_unavailable_and_does_not_outlast_itself(postgresql: str) -> None:
    async def test(store: Store) -> None:
        claim = await begun(store)
        with psycopg.connect(postgresql) as other:
            other.execute("LOCK TABLE jobs")
            await asyncio.gather(*(unavailable(store.touch(claim)) for _ in range(20)))
        await recovered(lambda: store.touch(claim))

    with_store(postgresql, test)


def test_who_leaves_does_not_cut_a_transaction(url: str) -> None:
    async def test(store: Store) -> None:
        for _ in range(5):
            leaving = asyncio.create_task(queued(store))
            await asyncio.sleep(0)
            leaving.cancel()
        await asyncio.wait(store._database._under_way)
        assert await rows(store, jobs) == 5
        assert await queued(store)

    with_store(url, test)


def test_a_transaction_that_fails_leaves_nothing(url: str) -> None:
    async def test(store: Store) -> None:
        claim = await claimed(store)
        with pytest.raises(StoreUnavailableError):
            await store.append(claim, after=None, told=[STARTED, STARTED])
        assert (await store.job(claim.job)).position is None

    with_store(url, test)


def test_trouble_is_logged_without_data(url: str, caplog: pytest.LogCaptureFixture) -> None:
    async def test(store: Store) -> None:
        with pytest.raises(StoreUnavailableError):
            await store._database.write(
                lambda connection: connection.execute(
                    text("INSERT INTO secret VALUES (:p)"), {"p": "secret"}
                )
            )

    with caplog.at_level(logging.WARNING):
        with_store(url, test)
    assert [record.getMessage() for record in caplog.records] == ["store_unavailable"]
    assert "secret" not in str(caplog.records[0].__dict__["fields"])
