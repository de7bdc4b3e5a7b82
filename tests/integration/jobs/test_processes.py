"""Two processes that share a database, and one that is killed."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings

from service.jobs.storage.connect import opened
from service.jobs.storage.database import Database
from service.jobs.storage.store import Store, StoreLimits
from service.jobs.wakeups import Bell
from tests.support.stores import queued
from tests.unit.jobs.storage.test_store import MOVES, played, whole

KILLED = """
import asyncio, os, signal, sys
from service.jobs.wakeups import Bell
from service.jobs.storage.connect import opened
from service.jobs.storage.store import Store, StoreLimits
from tests.support.stores import finished, queued

async def run(url):
    async with opened(url, Bell()) as database:
        store = Store(database, StoreLimits(), Bell())
        print((await queued(store)).id, await finished(store), flush=True)
        os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(run(sys.argv[1]))
"""


@pytest.fixture
async def other(url: str, database: Database) -> AsyncIterator[Database]:  # noqa: ARG001 - it is first
    """The same database, opened a second time."""
    async with opened(url, Bell()) as other:
        yield other


async def test_one_of_two_concurrent_claims_succeeds(store: Store, other: Database) -> None:
    also = Store(other, StoreLimits(), Bell())
    for _ in range(10):
        job = await queued(store)
        claims = await asyncio.gather(
            store.claim(job.id, token="one", kind="x86"),
            also.claim(job.id, token="other", kind="x86"),
        )
        assert sum(claim is not None for claim in claims) == 1


async def whole_at(url: str, moves: list[tuple[int, str]]) -> bool:
    """Whether the log is whole after the moves of two executors with a connection each."""
    async with opened(url, Bell()) as one, opened(url, Bell()) as other:
        return whole(*await played(one, other, moves))


@pytest.mark.usefixtures("patient")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # it is only patient
@given(MOVES)
def test_a_log_in_a_file_is_whole_whatever_two_executors_do(moves: list[tuple[int, str]]) -> None:
    with TemporaryDirectory() as directory:
        assert asyncio.run(whole_at(f"sqlite:///{directory}/jobs.db", moves))


@pytest.mark.usefixtures("patient")
def test_a_log_in_a_server_is_whole_whatever_two_executors_do(postgresql: str) -> None:
    @given(MOVES)
    def property_of(moves: list[tuple[int, str]]) -> None:
        assert asyncio.run(whole_at(postgresql, moves))

    property_of()


@pytest.mark.usefixtures("patient")
async def test_what_was_accepted_is_there_after_a_kill(url: str) -> None:
    killed = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", KILLED, url], capture_output=True, text=True
    )
    waiting, ended = killed.stdout.split()

    async with opened(url, Bell()) as database:
        store = Store(database, StoreLimits(), Bell())
        assert (await store.job(waiting)).status == "queued"
        assert await store.ending(ended) == b"done"
