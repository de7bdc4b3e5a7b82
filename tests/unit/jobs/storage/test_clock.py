"""What a change of the clock does to jobs: nothing."""

import time

import pytest
from sqlalchemy import update

from service.jobs.storage import claims, commands, expiry, queries
from service.jobs.storage.schema import JOB, jobs_table
from service.jobs.storage.store import Store
from service.settings import Settings
from tests.support.stores import age, begun, claimed, expire, finished, queued, set_clock

HOUR = 3600.0
KEPT = 300.0
KEPT_BRIEFLY = Settings(job_kept_seconds=KEPT)


async def kept(store: Store) -> list[str]:
    """Return the IDs of the jobs that are listed after the search for old ones."""
    await expire(store, KEPT_BRIEFLY)
    page = await store.read(queries.page, status=None, after=None, limit=9)
    return [job.id for job in page.jobs]


async def minutes_pass(store: Store, minutes: int, *, processes: int = 1) -> None:
    """Let the store grow older as it does once in a minute, for each process that uses it."""
    seen: list[float | None] = [None] * processes
    for _ in range(1 + minutes):
        for number, before in enumerate(seen):
            seen[number] = await store.write(expiry.grow_older, seen=before, elapsed=60.0)


async def test_a_waiting_job_is_found_after_the_clock_was_set_back(store: Store) -> None:
    job_id = (await queued(store)).id

    await set_clock(store, -HOUR)

    assert await store.write(claims.stale, again_after=10.0) == [job_id]
    assert await store.write(claims.stale, again_after=10.0) == []


async def test_a_job_of_a_lost_worker_is_found_after_the_clock_was_set_back(store: Store) -> None:
    claim = await begun(store)

    await set_clock(store, -HOUR)

    assert await store.write(claims.stale, again_after=10.0) == [claim.job]
    assert await store.change(claims.claim_job, claim.job, token="t", kind="x86") is not None


async def test_a_clock_that_is_ahead_by_a_moment_leaves_a_running_job_alone(store: Store) -> None:
    claim = await claimed(store)
    await age(store, claim.job, "hinted")

    await set_clock(store, -1.0)

    assert await store.write(claims.stale, again_after=10.0) == []


async def test_a_job_that_no_worker_can_continue_fails_after_the_clock_was_set_back(
    store: Store,
) -> None:
    claim = await begun(store)
    await store.change(claims.release, claim)

    await set_clock(store, -HOUR)
    await store.change(claims.claim_job, claim.job, token="t", kind="arm")

    assert (await store.read(queries.find, claim.job)).error == claims.INTERRUPTED


async def test_a_result_is_kept_when_the_clock_is_set_forward(store: Store) -> None:
    job_id = await finished(store)
    await minutes_pass(store, 1)

    await set_clock(store, 25 * HOUR)
    await minutes_pass(store, 1)

    assert await kept(store) == [job_id]


@pytest.mark.parametrize("step", [0.0, -HOUR, 25 * HOUR])
async def test_a_result_is_kept_for_its_time_and_two_minutes_at_most(
    store: Store, step: float
) -> None:
    job_id = await finished(store)
    await set_clock(store, step)
    await minutes_pass(store, 5)
    assert await kept(store) == [job_id]

    await minutes_pass(store, 2)

    assert await kept(store) == []


async def test_a_job_that_ended_just_before_the_store_grows_older_is_kept_for_its_time(
    store: Store,
) -> None:
    seen = await store.write(expiry.grow_older, seen=None, elapsed=0.0)
    job_id = await finished(store)
    await store.write(expiry.grow_older, seen=seen, elapsed=60.0)

    await minutes_pass(store, 4)

    assert await kept(store) == [job_id]


async def test_many_processes_make_a_store_no_older_than_one(store: Store) -> None:
    job_id = await finished(store)

    await minutes_pass(store, 4, processes=4)

    assert await kept(store) == [job_id]


async def test_a_job_that_an_earlier_version_ended_is_kept_for_its_time(store: Store) -> None:
    job_id = await finished(store)
    no_age = update(jobs_table).where(JOB.id == job_id).values(ended_age=None)
    await store.write(lambda connection: connection.execute(no_age))

    await minutes_pass(store, 4)
    assert await kept(store) == [job_id]
    await minutes_pass(store, 3)

    assert await kept(store) == []


async def test_the_newest_job_is_listed_first_after_the_clock_was_set_back(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = (await queued(store)).id
    earlier = time.time_ns() - int(HOUR * 1e9)
    monkeypatch.setattr("service.jobs.storage.commands.time.time_ns", lambda: earlier)

    second = (await queued(store)).id

    page = await store.read(queries.page, status=None, after=None, limit=9)
    assert [job.id for job in page.jobs] == [second, first]
    assert len(second) == len(first)


async def test_the_oldest_job_has_not_waited_for_less_than_no_time(store: Store) -> None:
    await queued(store)

    await set_clock(store, -HOUR)

    assert (await store.read(queries.counted)).oldest_seconds > 0


async def test_a_cancelled_job_is_kept_for_its_time(store: Store) -> None:
    job_id = (await queued(store)).id
    await store.change(commands.cancel, job_id)

    await minutes_pass(store, 5)
    assert await kept(store) == [job_id]
    await minutes_pass(store, 2)

    assert await kept(store) == []
