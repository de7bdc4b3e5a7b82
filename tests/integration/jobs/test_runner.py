"""Jobs that are run by a real worker and kept in a file or in PostgreSQL."""

import asyncio
import os
import signal
from contextlib import suppress
from uuid import uuid4

import pytest

from service.jobs.job import Failure, StoredJob
from service.jobs.runner import Execution
from service.jobs.storage import claims, commands, queries
from service.jobs.storage.store import Store
from service.pool.pool import Pool, PoolLimits
from tests.support.executions import (
    SERIES,
    SWEEP,
    created,
    losses,
    reference,
    rows,
    when,
    workers_here,
)
from tests.support.processes import until
from tests.support.stores import age
from tests.unit.jobs.test_runner import (  # noqa: F401 - the same tests, with a real worker
    test_a_job_that_is_run_several_times_is_run_once,
    test_a_job_that_is_run_succeeds_with_every_step_in_its_log,
    test_a_mistake_of_the_service_ends_the_job,
    test_a_sweep_that_is_run_has_an_empty_log_and_its_answer_at_the_end,
    test_an_unknown_job_is_not_run,
)

BODY = '{{"synthetic": {{}}, "seed": 42, "lr": 1e-5, "solver": "loop", "steps": {}}}'
SECONDS = BODY.format(3_000)
"""A fit that is still under way when its first events have been seen."""
SLOW_SWEEP = SWEEP.replace('"steps": 10', '"steps": 3000, "solver": "loop"')
LONG = BODY.format(300_000)
SILENT = LONG[:-1] + ', "record_every": 300000}'
"""A fit that has two events: its first step and its last."""


def under_way(job: StoredJob) -> bool:
    return job.position is not None and job.position > 0


@pytest.fixture
def execution(store: Store, pool: Pool) -> Execution:
    return Execution(store, pool)


async def test_a_job_that_is_interrupted_is_continued_where_its_log_ends(
    store: Store, execution: Execution
) -> None:
    job_id = await created(store, SECONDS)
    first = asyncio.create_task(execution.run(job_id))
    await when(store, job_id, under_way)
    first.cancel()
    await asyncio.wait({first})
    assert (await store.read(queries.find, job_id)).status == "queued"

    await execution.run(job_id)

    assert await losses(store, job_id) == reference(SECONDS)


async def test_a_job_whose_worker_is_killed_goes_on(store: Store, execution: Execution) -> None:
    job_id = await created(store, SECONDS)
    running = asyncio.create_task(execution.run(job_id))
    await when(store, job_id, under_way)

    os.kill(workers_here()[0], signal.SIGKILL)
    await running

    assert (await store.read(queries.find, job_id)).status == "succeeded"
    assert await losses(store, job_id) == reference(SECONDS)


async def test_series_whose_worker_is_killed_lose_and_repeat_no_row(
    store: Store, execution: Execution, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.jobs.parts.PART_SECONDS", 100.0)  # it has one part
    job_id = await created(store, SERIES)
    running = asyncio.create_task(execution.run(job_id))
    await when(store, job_id, under_way)
    assert len(await rows(store, job_id)) < 2_000

    os.kill(workers_here()[0], signal.SIGKILL)
    await running

    assert (await store.read(queries.find, job_id)).status == "succeeded"
    assert await rows(store, job_id) == [str(number) for number in range(2_000)]


async def test_a_sweep_whose_worker_is_killed_is_run_again(
    store: Store, pool: Pool, execution: Execution
) -> None:
    job_id = await created(store, SLOW_SWEEP)
    running = asyncio.create_task(execution.run(job_id))
    await until(lambda: pool.load.busy == 1)
    before = pool.replaced["died"]

    os.kill(workers_here()[0], signal.SIGKILL)
    await running

    assert pool.replaced["died"] == before + 1
    assert (await store.read(queries.find, job_id)).status == "succeeded"


async def test_a_job_that_loses_three_workers_without_a_step_more_has_failed(
    store: Store, pool: Pool, execution: Execution
) -> None:
    job_id = await created(store, SILENT)
    running = asyncio.create_task(execution.run(job_id))
    await when(store, job_id, lambda job: job.position == 0)
    before = pool.replaced["died"]
    for died in range(3):
        await until(lambda died=died: pool.replaced["died"] == before + died)  # type: ignore[misc]
        await until(lambda: pool.load.busy == 1)
        [worker] = workers_here()
        os.kill(worker, signal.SIGKILL)
    await running

    assert (await store.read(queries.find, job_id)).error == Failure(
        "poison", "Three worker processes ended during this fit, so it is not retried."
    )


async def test_a_cancel_ends_the_run_and_frees_the_worker(
    store: Store, pool: Pool, execution: Execution
) -> None:
    job_id = await created(store, LONG)
    running = asyncio.create_task(execution.run(job_id))
    await when(store, job_id, under_way)

    await store.change(commands.cancel, job_id)
    await running

    await until(lambda: pool.load.busy == 0)
    assert (await store.read(queries.find, job_id)).status == "cancelled"


async def test_an_executor_that_lost_its_claim_stops_and_writes_nothing_more(
    store: Store, pool: Pool, execution: Execution
) -> None:
    job_id = await created(store, SILENT)
    running = asyncio.create_task(execution.run(job_id))
    await when(store, job_id, lambda job: job.position == 0)

    taken = None
    while taken is None:
        await age(store, job_id, "touched")
        taken = await store.change(claims.claim_job, job_id, token=uuid4().hex, kind=str(pool.kind))
    await running

    job = await store.read(queries.find, job_id)
    assert (job.status, job.position) == ("running", taken.position)


async def test_a_job_without_events_keeps_its_claim(
    store: Store, pool: Pool, execution: Execution
) -> None:
    job_id = await created(store, SILENT)
    running = asyncio.create_task(execution.run(job_id))
    await when(store, job_id, lambda job: job.position == 0)

    await age(store, job_id, "touched")
    async with asyncio.timeout(60):
        while await store.write(claims.stale, again_after=0):
            await asyncio.sleep(0.01)

    assert await store.change(claims.claim_job, job_id, token="other", kind=str(pool.kind)) is None
    running.cancel()
    await asyncio.wait({running})


async def test_a_job_over_its_cpu_time_has_failed(store: Store) -> None:
    job_id = await created(store, LONG)
    limits = PoolLimits(workers=1, waiting=1, wait_seconds=60.0, cpu_seconds=0.5)
    async with Pool(limits) as pool:
        await until(lambda: pool.ready)
        await Execution(store, pool).run(job_id)

    ending = await store.read(queries.ending, job_id)
    assert isinstance(ending, Failure)
    assert ending.code == "fit_timeout"


async def test_a_job_whose_worker_stands_still_for_longer_than_its_time_succeeds(
    store: Store,
) -> None:
    job_id = await created(store, SECONDS)
    others = workers_here()
    limits = PoolLimits(workers=1, waiting=1, wait_seconds=60.0, cpu_seconds=5.0)
    async with Pool(limits) as pool:
        await until(lambda: pool.ready)
        running = asyncio.create_task(Execution(store, pool).run(job_id))
        await when(store, job_id, under_way)
        [worker] = {*workers_here()} - {*others}
        os.kill(worker, signal.SIGSTOP)
        await asyncio.sleep(6)
        with suppress(ProcessLookupError):  # another worker has taken its place
            os.kill(worker, signal.SIGCONT)
        await running

    assert (await store.read(queries.find, job_id)).status == "succeeded"
