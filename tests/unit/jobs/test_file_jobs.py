"""Jobs of files, which any machine may run as a whole or in parts."""

import asyncio
from contextlib import suppress

import numpy as np
import pandas as pd
import pytest
from orjson import loads
from sqlalchemy import select, update

from service.jobs.errors import LostClaimError, StoreFullError, StoreUnavailableError
from service.jobs.files import PART_PIECES
from service.jobs.job import Failure, StoredJob
from service.jobs.runner import Execution
from service.jobs.storage import claims, commands, files, queries
from service.jobs.storage.schema import VERSION, files_table, jobs_table
from service.jobs.storage.store import Store
from service.pool.interface import FitPool
from tests.support.executions import created_of_file, run_on_two_machines, when
from tests.support.pools import InProcessPool
from tests.support.stores import DEFAULTS, age, submission, watch
from tests.support.stores import rows as count_rows
from tests.support.streams import Json, timeless

NUMBERS = np.arange(2000)
FILE = (
    pd.DataFrame({"t": NUMBERS, "y": 1e-3 * NUMBERS**2 + np.sin(NUMBERS)})
    .to_csv(index=False)
    .encode()
)


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a part have some two hundred lines."""
    monkeypatch.setattr("service.jobs.files.HEAD_BYTES", 1024)
    monkeypatch.setattr("service.jobs.files.PIECE_BYTES", 2048)


def reading(job: StoredJob) -> bool:
    return job.points_read is not None


async def result(store: Store, job_id: str) -> Json:
    """The result in the last event of a job."""
    ending = await store.read(queries.ending, job_id)
    assert isinstance(ending, bytes), ending
    return timeless(loads(ending)["result"])


async def swept(store: Store) -> int:
    """Remove the files that no job needs, and return the number of pieces that are left."""
    while await store.write(files.remove_unneeded):
        pass
    return await count_rows(store, files_table)


async def undisturbed(store: Store, pool: FitPool) -> Json:
    """The result of the file in parts, if nothing disturbs its job."""
    job_id = await created_of_file(store, FILE, in_parts=True)
    await Execution(store, pool).run(job_id)
    return await result(store, job_id)


async def test_a_file_in_parts_gives_the_answer_of_the_whole(store: Store, pool: FitPool) -> None:
    job_id = await created_of_file(store, FILE)
    await Execution(store, pool).run(job_id)

    whole, in_parts = await result(store, job_id), await undisturbed(store, pool)

    assert in_parts["loss"] == pytest.approx(whole["loss"], rel=1e-12)


@pytest.mark.parametrize("in_parts", [False, True])
async def test_the_file_of_a_job_that_has_ended_is_removed(
    store: Store, pool: FitPool, *, in_parts: bool
) -> None:
    job_id = await created_of_file(store, FILE, in_parts=in_parts)
    assert await swept(store) > 1

    await Execution(store, pool).run(job_id)

    assert await swept(store) == 0
    assert await count_rows(store, jobs_table) == 1


async def test_a_job_that_is_left_while_its_file_is_read_is_continued(
    store: Store, pool: FitPool
) -> None:
    job_id = await created_of_file(store, FILE, in_parts=True)
    first = asyncio.create_task(Execution(store, pool).run(job_id))
    read = (await when(store, job_id, reading)).points_read
    first.cancel()
    await asyncio.wait({first})
    assert 0 < (read or 0) < len(NUMBERS)

    await Execution(store, pool).run(job_id)

    assert await result(store, job_id) == await undisturbed(store, pool)
    assert (await store.read(queries.find, job_id)).points_read == len(NUMBERS)


async def test_each_piece_is_read_once_and_the_first_with_every_part(
    store: Store, pool: FitPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers: list[int] = []

    def see(query: object, *_: object, number: int = 0, **__: object) -> None:
        if query is files.piece:
            numbers.append(number)

    watch(monkeypatch, store, "read", see)
    job_id = await created_of_file(store, FILE, in_parts=True)
    pieces = await count_rows(store, files_table)
    parts = -(-pieces // PART_PIECES)

    await Execution(store, pool).run(job_id)

    assert sorted(numbers) == [*[0] * parts, *range(1, pieces)]


async def test_several_machines_share_the_parts_of_a_file(store: Store) -> None:
    job_id = await created_of_file(store, FILE, in_parts=True)

    waiting, done_elsewhere = await run_on_two_machines(store, job_id)

    assert 0 < done_elsewhere == waiting
    assert await result(store, job_id) == await undisturbed(store, InProcessPool())


async def test_a_job_that_is_cancelled_while_its_file_is_read_leaves_nothing(
    store: Store, pool: FitPool
) -> None:
    job_id = await created_of_file(store, FILE, in_parts=True)
    running = asyncio.create_task(Execution(store, pool).run(job_id))
    await when(store, job_id, reading)

    await store.change(commands.cancel, job_id)
    await running

    assert await swept(store) == 0
    assert await count_rows(store, jobs_table) == 1


async def test_a_damaged_file_ends_its_job(store: Store, pool: FitPool) -> None:
    job_id = await created_of_file(store, FILE, in_parts=True)
    damaged = update(files_table).where(files_table.c.number == 3).values(body=b"1,2\n")
    await store.write(lambda connection: connection.execute(damaged))

    await Execution(store, pool).run(job_id)

    assert (await store.read(queries.find, job_id)).error == Failure(
        "internal_error", "The stored request or file of the job is damaged."
    )


async def test_the_file_of_a_job_that_has_ended_is_not_damaged(store: Store) -> None:
    job_id = await created_of_file(store, FILE)
    await store.change(commands.cancel, job_id)
    await swept(store)

    with pytest.raises(LostClaimError):
        await store.read(files.piece, job_id, number=0)


async def test_a_file_that_does_not_go_on_is_removed(store: Store) -> None:
    upload = await store.write(files.begin)
    await store.write(files.keep, upload, number=0, piece=FILE, settings=DEFAULTS)
    assert await swept(store) == 1

    await age(store, upload, "touched")

    assert await swept(store) == 0
    assert await count_rows(store, jobs_table) == 0


async def test_a_file_that_was_removed_neither_goes_on_nor_becomes_a_job(store: Store) -> None:
    upload = await store.write(files.begin)
    await age(store, upload, "touched")
    await swept(store)

    with pytest.raises(StoreUnavailableError):
        await store.write(files.keep, upload, number=0, piece=FILE, settings=DEFAULTS)
    with pytest.raises(StoreUnavailableError):
        await store.write(commands.create, submission(), DEFAULTS, upload=upload)


async def test_a_file_that_was_removed_takes_no_space(store: Store) -> None:
    kept = select(VERSION.kept_bytes)

    with suppress(StoreUnavailableError):
        await store.write(files.keep, "gone", number=0, piece=FILE, settings=DEFAULTS)
    with suppress(StoreUnavailableError):
        await store.write(commands.create, submission(), DEFAULTS, upload="gone")

    assert await store.read(lambda connection: connection.scalar(kept)) == 0


async def test_a_file_that_arrives_is_no_job_of_clients(store: Store) -> None:
    await store.write(files.begin)

    page = await store.read(queries.page, status=None, after=None, limit=9)
    counted = await store.read(queries.counted)

    assert page.jobs == []
    assert sum(counted.by_status.values()) == 0
    assert await store.write(claims.stale, again_after=0) == []


async def test_a_piece_that_is_stored_again_takes_no_more_space(store: Store) -> None:
    upload = await store.write(files.begin)
    kept = select(VERSION.kept_bytes)

    for _ in range(2):
        await store.write(files.keep, upload, number=0, piece=FILE, settings=DEFAULTS)

    assert await store.read(lambda connection: connection.scalar(kept)) == len(FILE)


async def test_a_piece_without_space_is_not_stored(store: Store) -> None:
    upload = await store.write(files.begin)
    little = DEFAULTS.model_copy(update={"max_store_bytes": len(FILE) - 1})

    with pytest.raises(StoreFullError):
        await store.write(files.keep, upload, number=0, piece=FILE, settings=little)

    assert await count_rows(store, files_table) == 0
