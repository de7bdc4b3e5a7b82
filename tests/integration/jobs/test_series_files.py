"""Jobs of the series of a file on real databases, as those in memory are, and by a real worker."""

import asyncio
import os
import signal

import pytest

from service.jobs.runner import Execution
from service.jobs.storage.store import Store
from service.pool.pool import Pool
from tests.support.executions import rows, when, workers_here
from tests.unit.jobs.test_series_files import (  # noqa: F401 - the same tests, on real databases
    ALL,
    created_job,
    small_parts,
    test_a_file_gives_the_events_of_the_same_series_in_json,
    test_a_file_that_breaks_a_rule_ends_its_job,
    test_a_job_that_is_cancelled_in_parts_leaves_nothing_of_its_file,
    test_series_of_a_file_that_are_left_are_continued,
    test_the_series_of_a_file_are_counted_when_it_is_read,
)


@pytest.mark.usefixtures("small_parts")
async def test_series_of_a_file_whose_worker_is_killed_are_each_there_once(
    store: Store, pool: Pool
) -> None:
    job_id = await created_job(store)
    running = asyncio.create_task(Execution(store, pool).run(job_id))
    await when(store, job_id, lambda job: (job.position or 0) > 0)

    os.kill(workers_here()[0], signal.SIGKILL)
    await running

    assert await rows(store, job_id) == ALL
