"""Jobs of many series in parts, which any machine may compute."""

import asyncio
from uuid import uuid4

import pytest
from orjson import loads

from service.jobs.claim import Part
from service.jobs.errors import UnknownJobError
from service.jobs.job import Failure
from service.jobs.runner import Execution
from service.jobs.storage import claims, commands, expiry, queries, splitting
from service.jobs.storage.schema import PARTS_OWNER, jobs_table
from service.jobs.storage.store import Store
from service.pool.interface import FailedError, FitPool
from tests.support.executions import SERIES, created, rows, run_on_two_machines, run_twice, when
from tests.support.pools import InProcessPool
from tests.support.stores import DEFAULTS, again, create
from tests.support.stores import rows as count_rows
from tests.support.streams import Json, timeless

ALL = [str(number) for number in range(2_000)]
"""The names of all series of the job."""


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a part have some 400 of the series."""
    monkeypatch.setattr("service.jobs.parts.PART_SECONDS", 0.3)


async def summary(store: Store, job_id: str) -> Json:
    """The result in the last event of a job."""
    ending = await store.read(queries.ending, job_id)
    assert isinstance(ending, bytes)
    return timeless(loads(ending)["result"])


async def parts_of(store: Store, job_id: str) -> list[Part]:
    """Claim a job and split it, as its runner does."""
    claim = await store.change_silently(claims.claim_job, job_id, token=uuid4().hex, kind="x86")
    assert claim is not None
    return [*await store.change_silently(splitting.split, claim, [range(800), range(800, 2_000)])]


async def test_a_job_in_parts_has_every_row_once_and_in_order(store: Store, pool: FitPool) -> None:
    job_id = await created(store, SERIES)

    await Execution(store, pool).run(job_id)

    assert await rows(store, job_id) == ALL
    assert (await store.read(queries.find, job_id)).steps_done == 2_000


async def test_a_job_in_parts_ends_as_the_stream_of_its_series(
    store: Store, pool: FitPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_parts, whole = await created(store, SERIES), await created(store, SERIES)
    await Execution(store, pool).run(in_parts)
    monkeypatch.setattr("service.jobs.parts.PART_SECONDS", 100.0)
    await Execution(store, pool).run(whole)

    assert await summary(store, in_parts) == await summary(store, whole)


async def test_several_machines_share_the_parts_of_a_job(store: Store) -> None:
    job_id = await created(store, SERIES)

    waiting, done_elsewhere = await run_on_two_machines(store, job_id)

    assert 0 < done_elsewhere == waiting
    assert await rows(store, job_id) == ALL


async def test_the_parts_of_a_machine_that_ends_are_continued(
    store: Store, pool: InProcessPool
) -> None:
    execution = Execution(store, pool)
    job_id = await created(store, SERIES)

    await run_twice(execution, store, job_id)

    assert await rows(store, job_id) == ALL


async def test_parts_are_removed_when_their_job_has_ended(store: Store, pool: FitPool) -> None:
    job_id = await created(store, SERIES)

    await Execution(store, pool).run(job_id)

    assert await count_rows(store, jobs_table) == 1


async def test_a_job_is_split_once(store: Store) -> None:
    job_id = await created(store, SERIES)
    claim = await store.change_silently(claims.claim_job, job_id, token="t", kind="x86")
    assert claim is not None

    first = await store.change_silently(splitting.split, claim, [range(800), range(800, 2_000)])
    second = await store.change_silently(splitting.split, claim, [range(2_000)])

    assert first == second
    assert [part.rows for part in first] == [range(800), range(800, 2_000)]


async def test_repeating_an_adoption_has_no_effect(store: Store, pool: FitPool) -> None:
    job_id = await created(store, SERIES)
    claim = await store.change_silently(claims.claim_job, job_id, token="t", kind=str(pool.kind))
    assert claim is not None
    first, _ = await store.change_silently(splitting.split, claim, [range(800), range(800, 2_000)])
    await Execution(store, pool).run(first.id)

    for _ in range(2):
        await store.change(splitting.adopt, claim, first)

    assert await rows(store, job_id) == ALL[:800]


async def test_only_workers_of_the_kind_that_split_a_job_compute_its_parts(store: Store) -> None:
    first, _ = await parts_of(store, await created(store, SERIES))

    assert await again(store, first.id, "arm") is None
    assert await again(store, first.id, "x86") is not None


async def test_clients_do_not_see_parts(store: Store) -> None:
    job_id = await created(store, SERIES)
    first, _ = await parts_of(store, job_id)

    listed = await store.read(queries.page, status=None, after=None, limit=9)
    counted = await store.read(queries.counted)

    assert [job.id for job in listed.jobs] == [job_id]
    assert sum(counted.by_status.values()) == 1
    with pytest.raises(UnknownJobError):
        await store.read(queries.find, first.id)


async def test_waiting_parts_are_no_waiting_jobs(store: Store) -> None:
    await parts_of(store, await created(store, SERIES))
    limit = DEFAULTS.model_copy(update={"max_waiting_jobs": 1})

    assert not (await create(store, limit)).replayed


async def test_cancelling_a_job_removes_its_parts(store: Store) -> None:
    job_id = await created(store, SERIES)
    first, _ = await parts_of(store, job_id)
    part = await store.change_silently(claims.claim_job, first.id, token="t", kind="x86")
    assert part is not None

    await store.change(commands.cancel, job_id)

    assert await count_rows(store, jobs_table) == 1
    assert await store.change_silently(claims.claim_job, first.id, token="u", kind="x86") is None


async def test_a_job_that_is_cancelled_in_parts_is_left(store: Store, pool: InProcessPool) -> None:
    job_id = await created(store, SERIES)
    running = asyncio.create_task(Execution(store, pool).run(job_id))
    await when(store, job_id, lambda job: (job.position or 0) > 0)

    await store.change(commands.cancel, job_id)
    await running

    assert (await store.read(queries.find, job_id)).status == "cancelled"
    assert pool.load.busy == 0


async def test_a_job_fails_with_its_part(store: Store, pool: InProcessPool) -> None:
    job_id = await created(store, SERIES)
    pool.failure = FailedError()

    await Execution(store, pool).run(job_id)

    assert (await store.read(queries.find, job_id)).error == Failure(
        "internal_error", "The service failed and logged the error."
    )
    assert await count_rows(store, jobs_table) == 1


async def test_a_part_keeps_as_long_as_its_job(store: Store, pool: FitPool) -> None:
    job_id = await created(store, SERIES)
    claim = await store.change_silently(claims.claim_job, job_id, token="t", kind=str(pool.kind))
    assert claim is not None
    first, _ = await store.change_silently(splitting.split, claim, [range(800), range(800, 2_000)])
    await Execution(store, pool).run(first.id)

    expired = await store.write(expiry.expire, DEFAULTS.model_copy(update={"max_kept_jobs": 0}))

    assert expired == 0
    assert isinstance(await store.read(queries.ending, first.id, owner=PARTS_OWNER), bytes)


@pytest.mark.parametrize("turns", range(12))
async def test_a_job_that_is_left_at_any_moment_can_be_claimed_again(
    store: Store, pool: InProcessPool, turns: int
) -> None:
    """Also while its claim is being stored."""
    job_id = await created(store, SERIES)
    running = asyncio.create_task(Execution(store, pool).run(job_id))
    for _ in range(turns):
        await asyncio.sleep(0)

    running.cancel()
    await asyncio.wait({running})

    assert (await store.read(queries.find, job_id)).status == "queued"
