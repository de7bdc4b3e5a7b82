"""Hints that machines give each other through PostgreSQL."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import httpx
import psycopg
import pytest

from service.jobs.cluster import ClusterEngine, cluster_engine
from tests.support.postgres import Postgres
from tests.support.runs import Runs
from tests.support.scraping import scraped_here
from tests.support.server import PATIENCE_SECONDS, serving_here


async def end(work: asyncio.Task[None]) -> None:
    """Cancel the work of a machine and wait for its end."""
    work.cancel()
    async with asyncio.timeout(60):
        with suppress(asyncio.CancelledError):
            await work


def hints(url: str) -> Sequence[str]:
    """The jobs of the hints that no machine has taken yet."""
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT queueing_lock FROM procrastinate_jobs").fetchall()
    return [job_id for (job_id,) in found]


async def given(engine: ClusterEngine, url: str, job_id: str) -> None:
    """Give a hint, again if a busy machine has lost it."""
    async with asyncio.timeout(60):
        while job_id not in hints(url):
            await engine.submit(job_id)


async def test_a_job_that_one_machine_submits_is_run_by_another(postgresql: str) -> None:
    runs = Runs()
    runs.go.set()
    async with cluster_engine(postgresql) as api, cluster_engine(postgresql) as worker:
        for job_id in "abc":
            await given(api, postgresql, job_id)
        work = asyncio.create_task(worker.work(runs.run, 2))
        await runs.until(["a", "b", "c"])
        async with asyncio.timeout(60):
            while hints(postgresql):
                await asyncio.sleep(0.01)
        await end(work)


async def test_a_hint_that_waits_is_not_given_again(postgresql: str) -> None:
    async with cluster_engine(postgresql) as engine:
        await given(engine, postgresql, "a")
        for _ in range(3):
            await engine.submit("a")
    assert hints(postgresql) == ["a"]


async def test_small_jobs_that_are_submitted_at_once_share_hints(postgresql: str) -> None:
    runs = Runs()
    runs.go.set()
    small = [str(number) for number in range(9)]
    async with cluster_engine(postgresql) as engine:
        await asyncio.gather(*(engine.submit(job_id, small=True) for job_id in small))
        assert len(hints(postgresql)) < len(small)

        work = asyncio.create_task(engine.work(runs.run, 1))
        await runs.until(small)
        await end(work)


async def test_a_small_job_whose_hint_waits_does_not_stop_those_of_others(
    postgresql: str,
) -> None:
    async with cluster_engine(postgresql) as engine:
        await given(engine, postgresql, "a")
        await asyncio.gather(*(engine.submit(job_id, small=True) for job_id in "bac"))
        hinted = {job_id for hint in hints(postgresql) for job_id in hint.split()}
    assert hinted == {"a", "b", "c"}


async def test_the_jobs_of_an_owner_with_fewer_go_first(postgresql: str) -> None:
    runs = Runs()
    async with cluster_engine(postgresql) as engine:
        for number in range(2):
            await engine.submit(f"many{number}", client="many", earlier=50 + number)
        await engine.submit("one", client="one")
        work = asyncio.create_task(engine.work(runs.run, 1))
        await runs.until(["one"])
        await end(work)


async def test_small_jobs_have_slots_of_their_own(postgresql: str) -> None:
    runs = Runs()
    async with cluster_engine(postgresql) as engine:
        for job_id in "ab":
            await given(engine, postgresql, job_id)
        await engine.submit("small", small=True)
        work = asyncio.create_task(engine.work(runs.run, 1, 1))
        await runs.until(["a", "small"])
        await end(work)


async def test_machines_that_start_together_make_the_tables_once(postgresql: str) -> None:
    async def start() -> None:
        async with cluster_engine(postgresql) as engine:
            await given(engine, postgresql, "a")

    await asyncio.gather(*(start() for _ in range(5)))
    assert hints(postgresql) == ["a"]


async def test_a_machine_that_ends_cancels_what_it_runs(postgresql: str) -> None:
    runs = Runs()
    async with cluster_engine(postgresql) as engine:
        await given(engine, postgresql, "a")
        work = asyncio.create_task(engine.work(runs.run, 1))
        await runs.until(["a"])
        await end(work)
    assert runs.cancelled == ["a"]


async def test_the_entries_of_a_lost_machine_are_removed(postgresql: str) -> None:
    runs = Runs()
    async with cluster_engine(postgresql) as engine:
        await given(engine, postgresql, "a")
        with psycopg.connect(postgresql) as connection:  # as a machine that was killed left it
            connection.execute("UPDATE procrastinate_jobs SET status = 'doing'")
        work = asyncio.create_task(engine.work(runs.run, 1))
        async with asyncio.timeout(60):
            while hints(postgresql):
                await asyncio.sleep(0.01)
        await end(work)
    assert runs.begun == []


async def test_hints_are_taken_again_after_the_database_was_away(
    postgres: Postgres, postgresql: str, caplog: pytest.LogCaptureFixture
) -> None:
    runs = Runs()
    runs.go.set()
    async with cluster_engine(postgresql) as engine, asyncio.timeout(120):
        work = asyncio.create_task(engine.work(runs.run, 1))
        await asyncio.to_thread(postgres.stop)
        await engine.submit("lost")
        await asyncio.to_thread(postgres.start)
        while "again" not in runs.begun:
            await engine.submit("again")
            await asyncio.sleep(0.2)
        await end(work)
    assert "lost" not in runs.begun
    assert "hint_lost" in [record.getMessage() for record in caplog.records]


async def test_a_replica_counts_jobs_but_has_no_workers_that_run_them(postgresql: str) -> None:
    async with (
        serving_here(database_url=postgresql) as (_, url),
        httpx.AsyncClient(base_url=url, timeout=PATIENCE_SECONDS) as client,
    ):
        answer = await client.post("/jobs", json={"synthetic": {}, "lr": 1e-5})
        assert answer.status_code == 202
        scraped = await scraped_here(client)
        assert (scraped("coaster_jobs", status="queued"), scraped("coaster_store_up")) == (1, 1)
        assert scraped.values("pool") == {"fits"}
