"""Jobs of the series of a file, which any machine may run as a whole or in parts."""

import asyncio

import numpy as np
import pytest
from orjson import loads
from sqlalchemy import select, update

from service.descent.questions.asked import Asked
from service.descent.questions.series import SeriesFileSpec
from service.jobs.files import FilePart, StoredFile
from service.jobs.job import Failure
from service.jobs.parts import split
from service.jobs.runner import Execution
from service.jobs.storage import commands, files, queries, space
from service.jobs.storage.schema import JOB, files_table, jobs_table
from service.jobs.storage.store import Store
from service.pool.interface import FitPool
from tests.support.executions import (
    SERIES,
    created,
    created_of_file,
    rows,
    run_on_two_machines,
    run_twice,
    when,
)
from tests.support.pools import InProcessPool
from tests.support.stores import logged
from tests.support.stores import rows as count_rows
from tests.support.streams import Json, timeless
from tests.support.tables import npy

REQUEST = loads(SERIES)
FILE = npy(np.array(REQUEST["y"], dtype=float))
ALL = [str(number) for number in range(2_000)]
"""The names of all series of the file."""


class CountingPool(InProcessPool):
    """Workers that are held when they have counted the series of a file."""

    async def pieces(self, question: Asked, cost: float, client: str = "") -> list[bytes]:
        counted = await super().pieces(question, cost, client)
        self.hold()
        return counted


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a part have some 400 of the series."""
    monkeypatch.setattr("service.jobs.parts.PART_SECONDS", 0.3)


async def created_job(store: Store) -> str:
    """Create the job of the series of SERIES as a file."""
    options: Json = {"include": ["messages"], "steps": 100, "t": REQUEST["t"]}
    return await created_of_file(store, FILE, file_kind="npy", settings=SeriesFileSpec, **options)


async def contents(store: Store, job_id: str) -> list[Json]:
    """The events of a job, and its result, without times."""
    ending = await store.read(queries.ending, job_id)
    assert isinstance(ending, bytes), ending
    return [
        *(loads(event.body) for event in await logged(store, job_id)),
        timeless(loads(ending)["result"]),
    ]


async def test_a_file_gives_the_events_of_the_same_series_in_json(
    store: Store, pool: FitPool
) -> None:
    of_file, in_json = await created_job(store), await created(store, SERIES)

    for job_id in (of_file, in_json):
        await Execution(store, pool).run(job_id)

    assert await contents(store, of_file) == await contents(store, in_json)


async def test_the_series_of_a_file_are_counted_when_it_is_read(
    store: Store, pool: FitPool
) -> None:
    job_id = await created_job(store)
    before = await store.read(queries.find, job_id)

    await Execution(store, pool).run(job_id)

    job = await store.read(queries.find, job_id)
    assert (before.steps, job.steps, job.steps_done) == (0, 2_000, 2_000)


async def test_the_space_that_the_series_of_a_file_do_not_need_is_given_back(store: Store) -> None:
    pool, job_id = CountingPool(), await created_job(store)
    reserve = update(jobs_table).where(JOB.id == job_id).values(reserved=50_000_000)
    await store.write(lambda connection: connection.execute(reserve))

    running = asyncio.create_task(Execution(store, pool).run(job_id))
    await when(store, job_id, lambda job: job.steps > 0)

    left = await store.read(lambda connection: connection.scalar(select(JOB.reserved)))
    numbers_of_each = 3 + 7
    assert left == len(FILE) + space.for_numbers(2_000 * numbers_of_each)
    running.cancel()
    await asyncio.wait({running})


@pytest.mark.usefixtures("small_parts")
async def test_several_machines_share_the_series_of_a_file(store: Store) -> None:
    job_id = await created_job(store)

    waiting, done_elsewhere = await run_on_two_machines(store, job_id, CountingPool())

    assert 0 < done_elsewhere == waiting
    assert await rows(store, job_id) == ALL


@pytest.mark.usefixtures("small_parts")
async def test_series_of_a_file_that_are_left_are_continued(
    store: Store, pool: InProcessPool
) -> None:
    execution = Execution(store, pool)
    job_id = await created_job(store)

    await run_twice(execution, store, job_id)

    assert await rows(store, job_id) == ALL


@pytest.mark.usefixtures("small_parts")
async def test_a_job_that_is_cancelled_in_parts_leaves_nothing_of_its_file(
    store: Store, pool: FitPool
) -> None:
    job_id = await created_job(store)
    running = asyncio.create_task(Execution(store, pool).run(job_id))
    await when(store, job_id, lambda job: (job.position or 0) > 0)

    await store.change(commands.cancel, job_id)
    await running
    while await store.write(files.remove_unneeded):
        pass

    assert await count_rows(store, files_table) == 0
    assert await count_rows(store, jobs_table) == 1


async def test_a_file_that_breaks_a_rule_ends_its_job(store: Store, pool: FitPool) -> None:
    job_id = await created_of_file(store, FILE, file_kind="npy", settings=SeriesFileSpec)

    await Execution(store, pool).run(job_id)

    message = "The file has only the y of each series: give `t`"
    job = await store.read(queries.find, job_id)
    assert job.error == Failure("missing_field", f"{message}.")


@pytest.mark.parametrize(("pieces", "parts"), [(1, 60), (10, 60), (60, 10)])
def test_parts_take_longer_if_each_of_them_reads_a_large_file(pieces: int, parts: int) -> None:
    file = StoredFile(
        kind="npy", size=1, digest="", max_seconds=100.0, parts=[FilePart(0, pieces, 1)]
    )

    assert len(split(6_000, 60.0, file)) == parts
