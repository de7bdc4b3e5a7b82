"""Jobs in parts on real databases, as those in memory are, and by two real workers."""

import asyncio
import os
import signal

import pytest

from service.background import in_background
from service.jobs.engine import LocalEngine, recover
from service.jobs.job import StoredJob
from service.jobs.runner import Execution
from service.jobs.storage import queries
from service.jobs.storage.schema import jobs_table
from service.jobs.storage.store import Store, opened
from service.pool.pool import Pool
from tests.support.executions import SERIES, created, rows, when, workers_here
from tests.support.stores import DEFAULTS
from tests.support.stores import rows as count_rows
from tests.unit.jobs.test_parts import (  # noqa: F401 - the same tests, on real databases
    ALL,
    small_parts,
    test_a_job_in_parts_ends_as_the_stream_of_its_series,
    test_a_job_in_parts_has_every_row_once_and_in_order,
    test_a_job_is_split_once,
    test_a_part_keeps_as_long_as_its_job,
    test_cancelling_a_job_removes_its_parts,
    test_clients_do_not_see_parts,
    test_parts_are_removed_when_their_job_has_ended,
    test_repeating_an_adoption_has_no_effect,
    test_waiting_parts_are_no_waiting_jobs,
)


def under_way(job: StoredJob) -> bool:
    return (job.position or 0) > 0


async def test_a_job_in_parts_whose_worker_is_killed_loses_and_repeats_no_row(
    store: Store, pool: Pool
) -> None:
    job_id = await created(store, SERIES)
    running = asyncio.create_task(Execution(store, pool).run(job_id))
    await when(store, job_id, under_way)

    os.kill(workers_here()[0], signal.SIGKILL)
    await running

    assert (await store.read(queries.find, job_id)).status == "succeeded"
    assert await rows(store, job_id) == ALL


async def test_the_recovery_brings_parts_to_other_machines(
    store: Store, url: str, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.jobs.engine.RECOVERY_SECONDS", 0.05)
    brought: list[str] = []
    async with opened(url) as other:
        execution, engine = Execution(other, pool), LocalEngine()

        async def run(job_id: str) -> None:
            brought.append(job_id)
            await execution.run(job_id)

        async with in_background(engine.work(run, 1), recover(other, engine, DEFAULTS)):
            job_id = await created(store, SERIES)
            await Execution(store, pool).run(job_id)
            await when(store, job_id, lambda job: job.final)

    assert [part_id for part_id in brought if part_id != job_id]
    assert await rows(store, job_id) == ALL
    assert await count_rows(store, jobs_table) == 1
