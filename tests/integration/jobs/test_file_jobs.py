"""Jobs of files on real databases, as those in memory are, and by a real worker."""

import asyncio
import os
import signal

import pytest
from sqlalchemy import delete

from service.jobs.errors import CheckError
from service.jobs.runner import Execution
from service.jobs.storage.checking import checked
from service.jobs.storage.schema import files_table
from service.jobs.storage.store import Store
from service.pool.pool import Pool
from tests.support.executions import created_of_file, when, workers_here
from tests.unit.jobs.test_file_jobs import (  # noqa: F401 - the same tests, on real databases
    FILE,
    reading,
    result,
    small_pieces,
    test_a_damaged_file_ends_its_job,
    test_a_file_in_parts_gives_the_answer_of_the_whole,
    test_a_file_that_arrives_is_no_job_of_clients,
    test_a_file_that_does_not_go_on_is_removed,
    test_a_file_that_was_removed_neither_goes_on_nor_becomes_a_job,
    test_a_job_that_is_cancelled_while_its_file_is_read_leaves_nothing,
    test_a_job_that_is_left_while_its_file_is_read_is_continued,
    test_a_piece_without_space_is_not_stored,
    test_the_file_of_a_job_that_has_ended_is_removed,
    undisturbed,
)


async def test_a_file_whose_worker_is_killed_gives_the_same_answer(
    store: Store, pool: Pool
) -> None:
    job_id = await created_of_file(store, FILE, in_parts=True)
    running = asyncio.create_task(Execution(store, pool).run(job_id))
    await when(store, job_id, reading)

    os.kill(workers_here()[0], signal.SIGKILL)
    await running

    assert await result(store, job_id) == await undisturbed(store, pool)


async def test_the_check_reads_files(store: Store, url: str) -> None:
    await created_of_file(store, FILE, in_parts=True)

    assert checked(url) == 1


async def test_the_check_names_a_job_whose_file_is_damaged(store: Store, url: str) -> None:
    job_id = await created_of_file(store, FILE, in_parts=True)
    lost = delete(files_table).where(files_table.c.number == 2)
    await store.write(lambda connection: connection.execute(lost))

    with pytest.raises(CheckError, match=job_id):
        checked(url)
