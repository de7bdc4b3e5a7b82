import asyncio
from contextlib import suppress

import psycopg
import pytest

from service.jobs.cluster import ClusterEngine
from tests.jobs.postgres import Postgres
from tests.jobs.runs import Runs


async def end(work: asyncio.Task[None]) -> None:
    work.cancel()
    with suppress(asyncio.CancelledError):
        await work


def hints(url: str) -> int:
    """What Procrastinate still carries."""
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT count(*) FROM procrastinate_jobs").fetchone()
        assert found
        count: int = found[0]
        return count


def test_what_one_machine_submits_another_runs(postgresql: str) -> None:
    async def test() -> None:
        runs = Runs()
        runs.go.set()
        async with ClusterEngine(postgresql) as api, ClusterEngine(postgresql) as worker:
            work = asyncio.create_task(worker.work(runs.run, 2))
            for job_id in "abc":
                await api.submit(job_id)
            await runs.until(["a", "b", "c"])
            await end(work)

    asyncio.run(test())
    assert hints(postgresql) == 0


def test_a_hint_that_waits_is_not_given_again(postgresql: str) -> None:
    async def test() -> None:
        async with ClusterEngine(postgresql) as engine:
            for _ in range(3):
                await engine.submit("a")

    asyncio.run(test())
    assert hints(postgresql) == 1


def test_machines_that_start_together_make_the_tables_once(postgresql: str) -> None:
    async def start() -> None:
        async with ClusterEngine(postgresql) as engine:
            await engine.submit("a")

    async def test() -> None:
        await asyncio.gather(*(start() for _ in range(5)))

    asyncio.run(test())
    assert hints(postgresql) == 1


def test_a_machine_that_ends_cancels_what_it_runs(postgresql: str) -> None:
    runs: list[Runs] = []

    async def test() -> None:
        runs.append(Runs())
        async with ClusterEngine(postgresql) as engine:
            work = asyncio.create_task(engine.work(runs[0].run, 1))
            await engine.submit("a")
            await runs[0].until(["a"])
            async with asyncio.timeout(3):
                await end(work)

    asyncio.run(test())
    assert runs[0].cancelled == ["a"]


def test_it_works_again_after_the_database_was_away(
    postgres: Postgres, postgresql: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def test() -> None:
        runs = Runs()
        runs.go.set()
        async with ClusterEngine(postgresql) as engine:
            work = asyncio.create_task(engine.work(runs.run, 1))
            await asyncio.to_thread(postgres.stop)
            await engine.submit("lost")
            await asyncio.to_thread(postgres.start)
            while "again" not in runs.begun:
                await engine.submit("again")
                await asyncio.sleep(0.2)
            await end(work)

    asyncio.run(asyncio.wait_for(test(), 40))
    assert "hint_lost" in caplog.text
