"""Two processes that share a database, and one that is killed."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings

from service.jobs.storage import claims, queries
from service.jobs.storage.store import Store, opened
from tests.support.stores import queued
from tests.unit.jobs.storage.test_store import MOVES, played, whole

KILLED = """
import asyncio, os, signal, sys
from service.jobs.storage.store import opened
from tests.support.stores import finished, queued

async def run(url):
    async with opened(url) as store:
        print((await queued(store)).id, await finished(store), flush=True)
        os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(run(sys.argv[1]))
"""


@pytest.fixture
async def other(url: str, store: Store) -> AsyncIterator[Store]:  # noqa: ARG001 - it is first
    """The same database, opened a second time."""
    async with opened(url) as other:
        yield other


async def test_one_of_two_concurrent_claims_succeeds(store: Store, other: Store) -> None:
    for _ in range(10):
        job = await queued(store)
        made = await asyncio.gather(
            store.change(claims.claim_job, job.id, token="one", kind="x86"),
            other.change(claims.claim_job, job.id, token="other", kind="x86"),
        )
        assert sum(claim is not None for claim in made) == 1


async def whole_at(url: str, moves: list[tuple[int, str]]) -> bool:
    """Whether the log is whole after the moves of two executors with a connection each."""
    async with opened(url) as one, opened(url) as other:
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

    async with opened(url) as store:
        assert (await store.read(queries.find, waiting)).status == "queued"
        assert await store.read(queries.ending, ended) == b"done"
