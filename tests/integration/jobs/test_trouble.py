"""Databases that are locked, full, read-only, stopped or silent.

How long a caller waits at most is proved in tests/unit/jobs/storage/test_deadlines.py, on a clock
that the test drives. Here the error must arrive at all, and the store must work again afterwards.
"""

import asyncio
import random
import resource
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, closing, contextmanager

import psycopg
import pytest
from sqlalchemy import text

from service.jobs.errors import ExpiredJobError, StoreUnavailableError
from service.jobs.storage import claims, expiry, queries
from service.jobs.storage.store import Store, opened
from tests.support.postgres import Postgres
from tests.support.stores import DEFAULTS, begun, finished, patiently, queued, steps

NONE_KEPT = DEFAULTS.model_copy(update={"max_kept_jobs": 0})


async def unavailable(asked: Awaitable[object]) -> None:
    """Check that the store says that its database does not work."""
    async with asyncio.timeout(60):
        with pytest.raises(StoreUnavailableError):
            await asked


async def recovered(asked: Callable[[], Awaitable[object]]) -> None:
    """Return when the store works again."""
    async with asyncio.timeout(60):
        await patiently(asked)


@contextmanager
def full_disk() -> Iterator[None]:
    """Let no file of this process grow beyond what it may hold."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def locked(url: str) -> Iterator[sqlite3.Connection]:
    """Let another process have the file to itself, until the block ends or it rolls back."""
    path = url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield other


async def test_a_job_with_the_largest_last_event_ends(url: str) -> None:
    numbers = random.Random(1)
    done = b",".join(b"%.16f" % numbers.random() for _ in range(2_000_000))
    async with opened(url) as store:
        claim = await begun(store)

        await patiently(lambda: store.change(claims.finish, claim, done))

        assert (await store.read(queries.find, claim.job)).status == "succeeded"


@pytest.fixture
async def in_file(sqlite: str) -> AsyncIterator[Store]:
    """A store in a file."""
    async with opened(sqlite) as store:
        yield store


@pytest.fixture
async def in_server(postgresql: str) -> AsyncIterator[Store]:
    """A store in the server."""
    async with opened(postgresql) as store:
        yield store


async def test_a_locked_file_is_unavailable_for_writing_only(in_file: Store, sqlite: str) -> None:
    claim = await patiently(lambda: begun(in_file))
    with locked(sqlite):
        await asyncio.gather(
            unavailable(queued(in_file)),
            unavailable(in_file.change(claims.append, claim, after=-1, events=[steps(5)])),
            unavailable(in_file.write(claims.touch, claim)),
        )
        job = await patiently(lambda: in_file.read(queries.find, claim.job))
        assert job.status == "running"
    await recovered(lambda: in_file.change(claims.append, claim, after=-1, events=[steps(5)]))


@pytest.mark.usefixtures("patient")
async def test_a_short_lock_is_waited_for(in_file: Store, sqlite: str) -> None:
    with locked(sqlite) as other:
        waiting = asyncio.create_task(queued(in_file))
        done, _ = await asyncio.wait({waiting}, timeout=0.1)
        assert not done
        other.execute("ROLLBACK")
        assert (await waiting).status == "queued"


async def test_a_file_that_many_found_locked_works_again(in_file: Store, sqlite: str) -> None:
    with locked(sqlite):
        await asyncio.gather(*(unavailable(queued(in_file)) for _ in range(50)))
    await recovered(lambda: queued(in_file))


async def test_a_full_disk_is_unavailable_and_loses_nothing(in_file: Store) -> None:
    kept = await patiently(lambda: finished(in_file))
    claim = await patiently(lambda: begun(in_file))
    with full_disk():
        await unavailable(in_file.change(claims.finish, claim, bytes(1_000_000)))
        assert await patiently(lambda: in_file.read(queries.ending, kept)) == b"done"
        assert (await patiently(lambda: in_file.read(queries.find, claim.job))).status == "running"
    await recovered(lambda: in_file.change(claims.finish, claim, bytes(1_000_000)))
    assert await patiently(lambda: in_file.read(queries.ending, claim.job)) == bytes(1_000_000)


async def test_a_database_that_became_read_only_is_unavailable_for_writing_only(
    in_server: Store,
) -> None:
    await patiently(
        lambda: in_server.write(
            lambda connection: connection.execute(text("SET default_transaction_read_only = on"))
        )
    )
    await unavailable(queued(in_server))
    await patiently(lambda: in_server.read(queries.page, status=None, after=None, limit=1))


async def test_a_stopped_server_is_unavailable_until_it_is_started(
    in_server: Store, postgres: Postgres
) -> None:
    claim = await patiently(lambda: begun(in_server))
    await patiently(
        lambda: asyncio.gather(*(in_server.read(queries.find, claim.job) for _ in range(20)))
    )
    postgres.stop()
    try:
        await unavailable(in_server.change(claims.append, claim, after=-1, events=[steps(5)]))
        await asyncio.gather(
            *(unavailable(in_server.read(queries.find, claim.job)) for _ in range(20))
        )
        assert not await in_server.reachable()
    finally:
        postgres.start()
    await recovered(lambda: in_server.change(claims.append, claim, after=-1, events=[steps(5)]))
    async with asyncio.timeout(60):
        while not await in_server.reachable():
            pass


@pytest.mark.usefixtures("patient")
async def test_a_restart_of_the_server_between_two_requests_is_not_noticed(
    in_server: Store, postgres: Postgres
) -> None:
    claim = await begun(in_server)
    postgres.stop()
    postgres.start()
    await in_server.change(claims.append, claim, after=-1, events=[steps(5)])


async def test_what_a_server_has_accepted_is_there_after_it_was_killed(
    in_server: Store, postgres: Postgres
) -> None:
    job_id = await patiently(lambda: finished(in_server))
    postgres.kill_and_start()
    await recovered(lambda: in_server.read(queries.find, job_id))
    assert await patiently(lambda: in_server.read(queries.ending, job_id)) == b"done"


async def test_a_server_that_hangs_is_unavailable_until_it_goes_on(
    in_server: Store, postgres: Postgres
) -> None:
    claim = await patiently(lambda: begun(in_server))
    await patiently(
        lambda: asyncio.gather(*(in_server.read(queries.find, claim.job) for _ in range(20)))
    )
    with postgres.hanging():
        for _ in range(2):
            await asyncio.gather(
                *(unavailable(in_server.read(queries.find, claim.job)) for _ in range(20)),
                unavailable(in_server.change_silently(claims.touch, claim)),
            )
    await recovered(lambda: in_server.change(claims.append, claim, after=-1, events=[steps(5)]))
    await recovered(
        lambda: asyncio.gather(*(in_server.read(queries.find, claim.job) for _ in range(20)))
    )


async def test_a_database_closes_while_its_server_hangs(
    postgresql: str, postgres: Postgres
) -> None:
    async with asyncio.timeout(60), AsyncExitStack() as stack:
        store = await stack.enter_async_context(opened(postgresql))
        await patiently(lambda: asyncio.gather(*(queued(store) for _ in range(5))))
        with postgres.hanging():
            await unavailable(queued(store))
            await stack.aclose()


async def test_a_lock_in_the_server_is_unavailable_while_it_lasts(
    in_server: Store, postgresql: str
) -> None:
    claim = await patiently(lambda: begun(in_server))
    with psycopg.connect(postgresql) as other:
        other.execute("LOCK TABLE jobs")
        await asyncio.gather(
            *(unavailable(in_server.change_silently(claims.touch, claim)) for _ in range(20))
        )
    await recovered(lambda: in_server.change_silently(claims.touch, claim))


async def test_expiring_waits_for_no_job_that_another_transaction_has_locked(
    in_server: Store, postgresql: str
) -> None:
    ended, locked_one, forgotten = [await patiently(lambda: finished(in_server)) for _ in range(3)]
    with psycopg.connect(postgresql) as other:
        other.execute("UPDATE jobs SET expired_at = 0 WHERE id = %s", [forgotten])
        other.commit()
        other.execute("SELECT FROM jobs WHERE id = ANY(%s) FOR UPDATE", [[locked_one, forgotten]])
        async with asyncio.timeout(60):
            await patiently(lambda: in_server.write(expiry.expire, NONE_KEPT))
    with pytest.raises(ExpiredJobError):
        await patiently(lambda: in_server.read(queries.find, ended))
    assert (await patiently(lambda: in_server.read(queries.find, locked_one))).final
