"""What is damaged on the disk is noticed, and never returned."""

import pytest
from sqlalchemy import Update, delete, update
from sqlalchemy.sql.dml import Delete

from service.jobs.engine import LocalEngine
from service.jobs.errors import DamagedJobError
from service.jobs.job import Failure
from service.jobs.jobs import Jobs
from service.jobs.storage import claims, queries
from service.jobs.storage.schema import (
    JOB,
    LOG,
    endings_table,
    jobs_table,
    log_table,
    pieces_table,
    points_table,
)
from service.jobs.storage.store import Store
from tests.support.stores import DEFAULTS, STARTED, begun, finished, logged, queued, steps

DAMAGED = Failure(
    "internal_error", "The stored data of the job are damaged, so they are not returned."
)

PIECES = pieces_table.c

IN_LOG: dict[str, Update | Delete] = {
    "a body is changed": update(log_table).where(LOG.last == 3).values(body=b'{"last":8}'),
    "a place is changed": update(log_table).where(LOG.last == 3).values(last=4),
    "a digest is changed": update(log_table)
    .where(LOG.last == 3)
    .values(digest=b"0123456789abcdef"),
    "the first row is lost": delete(log_table).where(LOG.last == -1),
    "a row is lost": delete(log_table).where(LOG.last == 3),
    "the last row is lost": delete(log_table).where(LOG.last == 7),
    "the position is changed": update(jobs_table).values(position=9),
}
IN_REQUEST: dict[str, Update] = {
    "the request is changed": update(jobs_table).values(request=b'{"lr":0.2}'),
    "the steps are changed": update(jobs_table).values(steps=11),
    "the metadata are changed": update(jobs_table).values(metadata={"run": "8"}),
}


async def done(store: Store) -> str:
    """Create a job that has succeeded with three events in its log."""
    claim = await begun(store)
    await store.change(claims.append, claim, after=-1, events=[steps(3)])
    await store.change(claims.finish, claim, b"done", after=3, events=[steps(7)])
    return claim.job


async def damage(store: Store, statement: Update | Delete) -> None:
    """Change the database by hand."""
    await store.write(lambda connection: connection.execute(statement))


async def test_what_is_not_damaged_is_returned(store: Store) -> None:
    job_id = await done(store)

    assert [event.last for event in await logged(store, job_id)] == [-1, 3, 7]
    assert await store.read(queries.ending, job_id) == b"done"
    for after in -1, 2, 3, 7, 100:
        await store.read(queries.log_part, job_id, after=after, limit=9)


@pytest.mark.parametrize("statement", IN_REQUEST.values(), ids=IN_REQUEST)
@pytest.mark.parametrize("size", [1, queries.SMALL_REQUEST_BYTES + 1])
async def test_a_damaged_job_is_left_out_of_a_page(
    store: Store, statement: Update, size: int
) -> None:
    damaged = await queued(store, request=b'"%s"' % (b"x" * size))
    await damage(store, statement.where(JOB.id == damaged.id))
    whole = await queued(store)

    page = await store.read(queries.page, status=None, after=None, limit=9)

    assert [job.id for job in page.jobs] == [whole.id]


@pytest.mark.parametrize("statement", IN_LOG.values(), ids=IN_LOG)
async def test_a_damaged_log_is_not_returned(
    store: Store, statement: Update | Delete, caplog: pytest.LogCaptureFixture
) -> None:
    job_id = await done(store)

    await damage(store, statement)

    with pytest.raises(DamagedJobError):
        await logged(store, job_id)
    assert {record.getMessage() for record in caplog.records} == {"job_damaged"}


async def test_the_events_of_another_job_are_not_returned(store: Store) -> None:
    first, second = await done(store), await done(store)
    await damage(store, delete(log_table).where(LOG.job == first))

    await damage(store, update(log_table).where(LOG.job == second).values(job=first))

    with pytest.raises(DamagedJobError):
        await logged(store, first)


@pytest.mark.parametrize("statement", IN_REQUEST.values(), ids=IN_REQUEST)
async def test_a_damaged_request_is_not_returned(store: Store, statement: Update) -> None:
    job_id = await done(store)

    await damage(store, statement)

    with pytest.raises(DamagedJobError):
        await store.read(queries.find, job_id)


@pytest.mark.parametrize(
    "statement", [update(endings_table).values(body=b"d0ne"), delete(endings_table)]
)
async def test_a_damaged_result_is_not_returned(store: Store, statement: Update | Delete) -> None:
    job_id = await done(store)

    await damage(store, statement)

    with pytest.raises(DamagedJobError):
        await store.read(queries.ending, job_id)


@pytest.mark.parametrize(
    "statement",
    [*IN_REQUEST.values(), update(points_table).values(body=b"[[1],[3]]")],
    ids=[*IN_REQUEST, "the points are changed"],
)
async def test_a_damaged_job_is_not_run(store: Store, statement: Update) -> None:
    job_id = (await queued(store)).id

    await damage(store, statement)

    assert await store.change(claims.claim_job, job_id, token="t", kind="x86") is None
    [row] = await store.read(
        lambda connection: connection.execute(
            jobs_table.select().with_only_columns(JOB.status, JOB.error_code)
        ).all()
    )
    assert tuple(row) == ("failed", "internal_error")


IN_PIECES: dict[str, Update | Delete] = {
    "a piece is changed": update(pieces_table).where(PIECES.number == 1).values(body=b"other"),
    "a piece is lost": delete(pieces_table).where(PIECES.number == 1),
    "the last piece is lost": delete(pieces_table).where(PIECES.number == 2),
    "a piece is moved": update(pieces_table).where(PIECES.number == 2).values(number=3),
}


@pytest.mark.parametrize("statement", IN_PIECES.values(), ids=IN_PIECES)
async def test_a_large_result_with_damage_is_not_returned(
    store: Store, statement: Update | Delete
) -> None:
    job_id = await finished(store, bytes(2 * queries.PIECE_BYTES + 1))

    await damage(store, statement)

    with pytest.raises(DamagedJobError):
        await Jobs(store, LocalEngine(), DEFAULTS).result(job_id)


async def test_what_an_earlier_version_stored_is_returned_as_it_is(store: Store) -> None:
    job_id = await done(store)
    for table in log_table, endings_table, points_table:
        await damage(store, update(table).values(digest=None))
    await damage(store, update(jobs_table).values(seal=None))

    assert [event.last for event in await logged(store, job_id)] == [-1, 3, 7]
    assert await store.read(queries.ending, job_id) == b"done"


async def test_a_reader_of_a_damaged_log_gets_a_failure_at_the_end(store: Store) -> None:
    claim = await begun(store)
    followed = await Jobs(store, LocalEngine(), DEFAULTS).follow(claim.job, None)
    assert await anext(followed) == STARTED
    await store.change(claims.append, claim, after=-1, events=[steps(3)])
    await store.change(claims.finish, claim, b"done", after=3, events=[steps(7)])

    await damage(store, IN_LOG["a body is changed"])

    assert [item async for item in followed] == [DAMAGED]
