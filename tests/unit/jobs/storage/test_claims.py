import asyncio
from collections.abc import Awaitable
from uuid import uuid4

import pytest

from service.jobs.claim import Claim
from service.jobs.errors import LostClaimError
from service.jobs.job import Failure, LogEnd
from service.jobs.storage import claims, commands, queries
from service.jobs.storage.claims import INTERRUPTED, POISON
from service.jobs.storage.queries import PART_BYTES
from service.jobs.storage.schema import log_table
from service.jobs.storage.store import Store
from service.pool.frames import EventBytes
from tests.support.stores import (
    STARTED,
    again,
    age,
    begun,
    claimed,
    create,
    finished,
    logged,
    queued,
    rows,
    steps,
)

BROKEN = Failure("broken", "It broke.")


async def test_a_claim_has_what_a_fit_needs(store: Store) -> None:
    job = await queued(store, request=b"request", points=b"points")
    claim = await store.change(claims.claim_job, job.id, token=uuid4().hex, kind="x86")
    assert claim is not None
    assert (claim.job, claim.request, claim.points, claim.position) == (
        job.id,
        b"request",
        b"points",
        None,
    )


async def test_a_job_without_points_has_none(store: Store) -> None:
    claim = await store.change(
        claims.claim_job, (await queued(store, points=None)).id, token=uuid4().hex, kind="x86"
    )
    assert claim is not None
    assert claim.points is None


async def test_a_claimed_job_runs(store: Store) -> None:
    job = await store.read(queries.find, (await claimed(store)).job)
    assert job.status == "running"
    assert job.started_at is not None
    assert job.started_at >= job.created_at


async def test_a_job_that_runs_is_not_claimed(store: Store) -> None:
    assert (
        await store.change(
            claims.claim_job, (await claimed(store)).job, token=uuid4().hex, kind="x86"
        )
        is None
    )


async def test_one_of_many_concurrent_claims_succeeds(store: Store) -> None:
    job = await queued(store)
    made = await asyncio.gather(
        *(store.change(claims.claim_job, job.id, token=uuid4().hex, kind="x86") for _ in range(10))
    )
    assert sum(claim is not None for claim in made) == 1


async def test_a_job_that_ended_or_does_not_exist_is_not_claimed(store: Store) -> None:
    assert (
        await store.change(claims.claim_job, await finished(store), token=uuid4().hex, kind="x86")
        is None
    )
    assert await store.change(claims.claim_job, "none", token=uuid4().hex, kind="x86") is None


async def test_the_claim_after_a_lapsed_one_continues_its_log(store: Store) -> None:
    first = await begun(store)
    second = await again(store, first.job)
    assert second is not None
    assert second.position == -1
    assert second.token != first.token


async def test_a_lapsed_claim_writes_nothing_once_the_job_has_another(store: Store) -> None:
    first = await begun(store)
    await again(store, first.job)
    for late in (
        store.change(claims.append, first, after=-1, events=[steps(5)]),
        store.change_silently(claims.touch, first),
        store.change(claims.finish, first, b""),
        store.change(claims.fail, first, BROKEN),
        store.change(claims.release, first),
    ):
        with pytest.raises(LostClaimError):
            await late
    assert (await store.read(queries.find, first.job)).status == "running"
    assert await rows(store, log_table) == 1


async def test_a_lapsed_claim_goes_on_while_the_job_has_no_other(store: Store) -> None:
    claim = await begun(store)
    await age(store, claim.job, "touched")
    await store.change(claims.append, claim, after=-1, events=[steps(5)])
    assert await store.write(claims.stale, again_after=0) == []


async def test_cancelling_a_job_ends_its_claim(store: Store) -> None:
    claim = await begun(store)
    await store.change(commands.cancel, claim.job)
    for late in (
        store.change_silently(claims.touch, claim),
        store.change(claims.append, claim, after=-1, events=[steps(5)]),
        store.change(claims.finish, claim, b""),
    ):
        with pytest.raises(LostClaimError):
            await late
    assert (await store.read(queries.find, claim.job)).status == "cancelled"


async def test_deleting_a_job_ends_its_claim(store: Store) -> None:
    claim = await begun(store)
    await store.change(commands.cancel, claim.job)
    await store.change(commands.remove, claim.job)
    with pytest.raises(LostClaimError):
        await store.change_silently(claims.touch, claim)


async def test_only_the_kind_of_worker_that_began_a_log_continues_it(store: Store) -> None:
    claim = await begun(store, "x86")
    await store.change(claims.release, claim)
    assert await store.change(claims.claim_job, claim.job, token=uuid4().hex, kind="arm") is None
    assert (
        await store.change(claims.claim_job, claim.job, token=uuid4().hex, kind="x86") is not None
    )


async def test_any_kind_of_worker_may_begin_an_empty_log(store: Store) -> None:
    claim = await claimed(store, "x86")
    assert await again(store, claim.job, "arm") is not None


async def test_a_job_whose_log_does_not_grow_in_ten_claims_is_poison(store: Store) -> None:
    claim = await claimed(store)
    assert [await again(store, claim.job) is None for _ in range(10)] == [
        *[False] * 9,
        True,
    ]
    job = await store.read(queries.find, claim.job)
    assert job.status == "failed"
    assert job.error == POISON


async def test_repeating_a_claim_with_its_token_returns_the_same_claim(store: Store) -> None:
    job_id = (await queued(store)).id
    made = [await store.change(claims.claim_job, job_id, token="t", kind="x86") for _ in range(20)]
    assert made[0] is not None
    assert made == [made[0]] * 20


async def test_claims_are_counted_afresh_when_the_log_grows(store: Store) -> None:
    claim: Claim | None = await claimed(store)
    for last in range(-1, 5):
        assert claim is not None
        await store.change(claims.append, claim, after=claim.position, events=[steps(last)])
        claim = await again(store, claim.job)
    assert claim is not None


async def test_events_are_appended_in_order(store: Store) -> None:
    claim = await claimed(store)
    await store.change(claims.append, claim, after=None, events=[STARTED, steps(3)])
    await store.change(claims.append, claim, after=3, events=[steps(7), steps(10)])
    assert [row.last for row in await logged(store, claim.job)] == [-1, 3, 7, 10]
    assert (await store.read(queries.find, claim.job)).position == 10


@pytest.mark.parametrize("after", [None, -2, 4, 10])
async def test_events_are_appended_at_the_end_of_the_log_only(
    store: Store, after: int | None
) -> None:
    claim = await begun(store)
    with pytest.raises(LostClaimError):
        await store.change(claims.append, claim, after=after, events=[steps(5)])
    assert await rows(store, log_table) == 1


async def test_repeating_an_append_writes_nothing_more(store: Store) -> None:
    claim = await begun(store)
    await store.change(claims.append, claim, after=-1, events=[steps(5)])
    await store.change(claims.append, claim, after=-1, events=[steps(5)])
    assert [row.last for row in await logged(store, claim.job)] == [-1, 5]


async def test_concurrent_repeats_of_an_append_write_it_once(store: Store) -> None:
    claim = await begun(store)
    await asyncio.gather(
        *(store.change(claims.append, claim, after=-1, events=[steps(5)]) for _ in range(10))
    )
    assert [row.last for row in await logged(store, claim.job)] == [-1, 5]


async def test_of_two_concurrent_executors_the_later_claim_writes(store: Store) -> None:
    first = await begun(store)
    second = await again(store, first.job)
    assert second is not None
    late, _ = await asyncio.gather(
        store.change(claims.append, first, after=-1, events=[steps(5)]),
        store.change(claims.append, second, after=-1, events=[steps(6)]),
        return_exceptions=True,
    )
    assert isinstance(late, LostClaimError)
    assert [row.last for row in await logged(store, first.job)] == [-1, 6]


async def test_a_touch_keeps_the_claim(store: Store) -> None:
    claim = await begun(store)
    await age(store, claim.job, "touched")
    await store.change_silently(claims.touch, claim)
    assert await store.change(claims.claim_job, claim.job, token=uuid4().hex, kind="x86") is None


async def test_a_finished_job_has_succeeded(store: Store) -> None:
    job = await store.read(queries.find, await finished(store))
    assert (job.status, job.error) == ("succeeded", None)
    assert job.finished_at is not None
    assert await store.read(queries.ending, job.id) == b"done"


async def test_finishing_again_changes_nothing(store: Store) -> None:
    claim = await begun(store)
    await store.change(claims.finish, claim, b"done")
    job = await store.read(queries.find, claim.job)
    await store.change(claims.finish, claim, b"other")
    assert await store.read(queries.find, claim.job) == job
    assert await store.read(queries.ending, claim.job) == b"done"


async def test_the_last_events_are_stored_with_the_end(store: Store) -> None:
    claim = await begun(store)
    await store.change(claims.finish, claim, b"done", after=-1, events=[steps(5), steps(10)])
    job = await store.read(queries.find, claim.job)
    assert (job.status, job.position) == ("succeeded", 10)
    assert await logged(store, claim.job) == [STARTED, steps(5), steps(10)]
    assert await store.read(queries.ending, claim.job) == b"done"


async def test_repeating_an_end_with_events_changes_nothing(store: Store) -> None:
    claim = await begun(store)
    for _ in range(2):
        await store.change(claims.finish, claim, b"done", after=-1, events=[steps(5)])
    assert await logged(store, claim.job) == [STARTED, steps(5)]


async def test_the_last_events_continue_the_log_where_it_ends_only(store: Store) -> None:
    claim = await begun(store)
    with pytest.raises(LostClaimError):
        await store.change(claims.finish, claim, b"done", after=3, events=[steps(5)])
    assert (await store.read(queries.find, claim.job)).status == "running"


async def test_an_end_is_returned_with_its_events_if_it_is_small(store: Store) -> None:
    async def end(done: bytes) -> LogEnd | None:
        claim = await begun(store)
        return await store.change(claims.finish, claim, done, after=-1, events=[steps(5)])

    assert await end(b"done") == LogEnd(-1, [steps(5), EventBytes("done", 5, b"done")])
    assert await end(bytes(PART_BYTES)) is None


async def test_a_failed_job_has_its_failure_for_an_ending(store: Store) -> None:
    claim = await begun(store)
    await store.change(claims.fail, claim, BROKEN)
    await store.change(claims.fail, claim, BROKEN)
    job = await store.read(queries.find, claim.job)
    assert (job.status, job.error) == ("failed", BROKEN)
    assert await store.read(queries.ending, job.id) == BROKEN


async def test_a_job_that_has_failed_does_not_succeed_later(store: Store) -> None:
    claim = await begun(store)
    await store.change(claims.fail, claim, BROKEN)
    with pytest.raises(LostClaimError):
        await store.change(claims.finish, claim, b"")


async def test_a_released_job_waits_with_its_log(store: Store) -> None:
    claim = await begun(store)
    await store.change(claims.release, claim)
    await store.change(claims.release, claim)
    job = await store.read(queries.find, claim.job)
    assert (job.status, job.position) == ("queued", -1)


async def test_releasing_a_job_ends_its_claim(store: Store) -> None:
    claim = await begun(store)
    await store.change(claims.release, claim)
    with pytest.raises(LostClaimError):
        await store.change(claims.append, claim, after=-1, events=[steps(5)])


async def test_stale_jobs_come_oldest_first(store: Store) -> None:
    waiting = [(await queued(store)).id for _ in range(2)]
    abandoned = await begun(store)
    await age(store, abandoned.job, "touched")
    await begun(store)
    await finished(store)
    assert await store.write(claims.stale, again_after=0) == sorted([*waiting, abandoned.job])


async def test_the_owners_of_stale_jobs_take_turns(store: Store) -> None:
    first, second, third = [(await queued(store, owner="ann")).id for _ in range(3)]
    other = (await queued(store, owner="bob")).id
    assert await store.write(claims.stale, again_after=0) == [first, other, second, third]


async def test_a_waiting_job_is_stale_once_in_the_given_time(store: Store) -> None:
    waiting = (await queued(store)).id
    assert await store.write(claims.stale, again_after=10) == []
    await age(store, waiting, "hinted")
    assert await store.write(claims.stale, again_after=10) == [waiting]
    assert await store.write(claims.stale, again_after=10) == []


async def test_a_released_or_abandoned_job_is_stale_at_once(store: Store) -> None:
    released, lost = await begun(store), await begun(store)
    await store.change(claims.release, released)
    await age(store, lost.job, "touched")
    assert await store.write(claims.stale, again_after=10) == sorted([released.job, lost.job])


async def test_at_most_a_hundred_stale_jobs_are_returned(store: Store) -> None:
    made = [(await create(store)).job.id for _ in range(101)]
    assert await store.write(claims.stale, again_after=0) == sorted(made)[:100]


@pytest.fixture
def long_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lease that does not end while a test runs."""
    monkeypatch.setattr(claims, "LEASE_SECONDS", 1000.0)


def test_a_lease_lasts_five_seconds() -> None:
    assert claims.LEASE_SECONDS == 5


@pytest.mark.usefixtures("long_lease")
async def test_a_claim_holds_for_one_lease(store: Store) -> None:
    claim = await claimed(store)
    await age(store, claim.job, "touched", 900.0)
    assert await store.change(claims.claim_job, claim.job, token="early", kind="x86") is None
    await age(store, claim.job, "touched", 200.0)
    assert await store.change(claims.claim_job, claim.job, token="late", kind="x86") is not None


async def test_a_later_claim_keeps_the_time_of_the_start(store: Store) -> None:
    first = await claimed(store)
    await age(store, first.job, "started_at")
    started_at = (await store.read(queries.find, first.job)).started_at
    await again(store, first.job)
    assert (await store.read(queries.find, first.job)).started_at == started_at


@pytest.mark.usefixtures("long_lease")
async def test_a_job_fails_after_three_leases_without_a_worker_of_its_kind(store: Store) -> None:
    claim = await begun(store, "x86")
    await age(store, claim.job, "touched", 2900.0)
    assert await store.change(claims.claim_job, claim.job, token="early", kind="arm") is None
    assert (await store.read(queries.find, claim.job)).status == "running"
    await age(store, claim.job, "touched", 200.0)
    assert await store.change(claims.claim_job, claim.job, token="late", kind="arm") is None
    job = await store.read(queries.find, claim.job)
    assert (job.status, job.error) == ("failed", INTERRUPTED)
    assert job.finished_at is not None


async def test_the_wait_for_a_worker_of_the_same_kind_starts_at_the_release(store: Store) -> None:
    claim = await begun(store, "x86")
    await age(store, claim.job, "touched")
    await store.change(claims.release, claim)
    assert await store.change(claims.claim_job, claim.job, token="other", kind="arm") is None
    assert (await store.read(queries.find, claim.job)).status == "queued"


async def test_a_released_claim_does_not_count(store: Store) -> None:
    claim = await claimed(store)
    await store.change(claims.release, claim)
    assert [await again(store, claim.job) is None for _ in range(11)] == [
        *[False] * 10,
        True,
    ]


async def test_releasing_a_log_that_grew_does_not_count_below_zero(store: Store) -> None:
    claim = await begun(store)
    await store.change(claims.release, claim)
    assert [await again(store, claim.job) is None for _ in range(11)] == [
        *[False] * 10,
        True,
    ]


async def test_the_last_claim_of_a_poisonous_job_is_lost(store: Store) -> None:
    claim: Claim | None = await claimed(store)
    last = claim
    while claim is not None:
        last, claim = claim, await again(store, claim.job)
    assert last is not None
    for late in (
        store.change_silently(claims.touch, last),
        store.change(claims.finish, last, b""),
        store.change(claims.fail, last, BROKEN),
    ):
        with pytest.raises(LostClaimError):
            await late
    assert (await store.read(queries.find, last.job)).error == POISON


async def test_a_job_that_was_stale_while_it_ran_is_stale_again_once_released(store: Store) -> None:
    claim = await begun(store)
    await age(store, claim.job, "touched")
    assert await store.write(claims.stale, again_after=10) == [claim.job]
    assert await store.write(claims.stale, again_after=10) == []
    await store.change(claims.release, claim)
    assert await store.write(claims.stale, again_after=10) == [claim.job]


async def test_a_lost_claim_does_not_pass_another_executors_events_for_its_own(
    store: Store,
) -> None:
    first = await begun(store)
    second = await again(store, first.job)
    assert second is not None
    await store.change(claims.append, second, after=-1, events=[steps(5)])
    with pytest.raises(LostClaimError):
        await store.change(claims.append, first, after=-1, events=[steps(5)])


async def test_a_lost_claim_does_not_pass_another_executors_end_for_its_own(store: Store) -> None:
    def finish(claim: Claim) -> Awaitable[object]:
        return store.change(claims.finish, claim, b"done")

    def fail(claim: Claim) -> Awaitable[object]:
        return store.change(claims.fail, claim, BROKEN)

    def release(claim: Claim) -> Awaitable[object]:
        return store.change(claims.release, claim)

    for end in (finish, fail, release):
        first = await begun(store)
        second = await again(store, first.job)
        assert second is not None
        await end(second)
        with pytest.raises(LostClaimError):
            await end(first)
