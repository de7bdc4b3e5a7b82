import asyncio
from uuid import uuid4

import pytest

from service.jobs.errors import LostClaimError
from service.jobs.job import Claim, Failure
from service.jobs.schema import log
from service.jobs.store import Store
from tests.jobs.stores import (
    STARTED,
    again,
    age,
    begun,
    claimed,
    finished,
    logged,
    opened,
    queued,
    rows,
    steps,
    submission,
    with_store,
)

BROKEN = Failure("broken", "It broke.")


def test_a_claim_has_what_a_fit_needs(url: str) -> None:
    async def test(store: Store) -> None:
        job = await queued(store, request=b"request", points=b"points")
        claim = await store.claim(job.id, token=uuid4().hex, kind="x86")
        assert claim is not None
        assert (claim.job, claim.request, claim.points, claim.position) == (
            job.id,
            b"request",
            b"points",
            None,
        )

    with_store(url, test)


def test_a_job_without_points_has_none(url: str) -> None:
    async def test(store: Store) -> None:
        claim = await store.claim(
            (await queued(store, points=None)).id, token=uuid4().hex, kind="x86"
        )
        assert claim is not None
        assert claim.points is None

    with_store(url, test)


def test_a_claimed_job_runs(url: str) -> None:
    async def test(store: Store) -> None:
        job = await store.job((await claimed(store)).job)
        assert job.status == "running"
        assert job.started_at is not None
        assert job.started_at >= job.created_at

    with_store(url, test)


def test_a_job_that_runs_is_not_claimed(url: str) -> None:
    async def test(store: Store) -> None:
        assert await store.claim((await claimed(store)).job, token=uuid4().hex, kind="x86") is None

    with_store(url, test)


def test_of_many_claims_at_once_one_wins(url: str) -> None:
    async def test(store: Store) -> None:
        job = await queued(store)
        claims = await asyncio.gather(
            *(store.claim(job.id, token=uuid4().hex, kind="x86") for _ in range(10))
        )
        assert sum(claim is not None for claim in claims) == 1

    with_store(url, test)


def test_of_two_processes_one_wins(url: str) -> None:
    async def test(store: Store) -> None:
        async with opened(url) as other:
            for _ in range(10):
                job = await queued(store)
                claims = await asyncio.gather(
                    store.claim(job.id, token=uuid4().hex, kind="x86"),
                    other.claim(job.id, token=uuid4().hex, kind="x86"),
                )
                assert sum(claim is not None for claim in claims) == 1

    with_store(url, test)


def test_what_has_ended_or_is_unknown_is_not_claimed(url: str) -> None:
    async def test(store: Store) -> None:
        assert await store.claim(await finished(store), token=uuid4().hex, kind="x86") is None
        assert await store.claim("none", token=uuid4().hex, kind="x86") is None

    with_store(url, test)


def test_a_lapsed_claim_goes_to_another_with_the_log(url: str) -> None:
    async def test(store: Store) -> None:
        first = await begun(store)
        second = await again(store, first.job)
        assert second is not None
        assert second.position == -1
        assert second.token != first.token

    with_store(url, test)


def test_a_second_claim_does_not_start_a_job_anew(url: str) -> None:
    async def test(store: Store) -> None:
        first = await claimed(store)
        started_at = (await store.job(first.job)).started_at
        await again(store, first.job)
        assert (await store.job(first.job)).started_at == started_at

    with_store(url, test)


def test_a_lapsed_claim_writes_no_more(url: str) -> None:
    async def test(store: Store) -> None:
        first = await begun(store)
        await again(store, first.job)
        for late in (
            store.append(first, after=-1, told=[steps(5)]),
            store.touch(first),
            store.finish(first, b""),
            store.fail(first, BROKEN),
            store.release(first),
        ):
            with pytest.raises(LostClaimError):
                await late
        assert (await store.job(first.job)).status == "running"
        assert await rows(store, log) == 1

    with_store(url, test)


def test_a_claim_that_lapsed_but_was_not_taken_goes_on(url: str) -> None:
    async def test(store: Store) -> None:
        claim = await begun(store)
        await age(store, claim.job, "touched")
        await store.append(claim, after=-1, told=[steps(5)])
        assert await store.stale(again_after=0) == []

    with_store(url, test)


def test_a_cancelled_job_is_lost_to_its_claim(url: str) -> None:
    async def test(store: Store) -> None:
        claim = await begun(store)
        await store.cancel(claim.job)
        for late in (
            store.touch(claim),
            store.append(claim, after=-1, told=[steps(5)]),
            store.finish(claim, b""),
        ):
            with pytest.raises(LostClaimError):
                await late
        assert (await store.job(claim.job)).status == "cancelled"

    with_store(url, test)


def test_a_deleted_job_is_lost_to_its_claim(url: str) -> None:
    async def test(store: Store) -> None:
        claim = await begun(store)
        await store.cancel(claim.job)
        await store.delete(claim.job)
        with pytest.raises(LostClaimError):
            await store.touch(claim)

    with_store(url, test)


def test_a_log_begun_by_one_kind_is_not_given_to_another(url: str) -> None:
    async def test(store: Store) -> None:
        claim = await begun(store, "x86")
        await store.release(claim)
        assert await store.claim(claim.job, token=uuid4().hex, kind="arm") is None
        assert await store.claim(claim.job, token=uuid4().hex, kind="x86") is not None

    with_store(url, test)


def test_a_job_whose_log_is_empty_is_given_to_any_kind(url: str) -> None:
    async def test(store: Store) -> None:
        claim = await claimed(store, "x86")
        assert await again(store, claim.job, "arm") is not None

    with_store(url, test)


def test_a_log_that_nobody_of_its_kind_continues_is_interrupted(url: str) -> None:
    async def test(store: Store) -> None:
        claim = await begun(store, "x86")
        await age(store, claim.job, "touched", 2 * 5)
        assert await store.claim(claim.job, token=uuid4().hex, kind="arm") is None
        assert (await store.job(claim.job)).status == "running"
        assert await again(store, claim.job, "arm") is None
        job = await store.job(claim.job)
        assert job.status == "failed"
        assert job.error is not None
        assert job.error.code == "interrupted"

    with_store(url, test)


def test_a_job_that_gets_no_further_in_ten_claims_is_poison(url: str) -> None:
    async def test(store: Store) -> None:
        claim = await claimed(store)
        assert [await again(store, claim.job) is None for _ in range(10)] == [*[False] * 9, True]
        job = await store.job(claim.job)
        assert job.status == "failed"
        assert job.error is not None
        assert job.error.code == "poison"

    with_store(url, test)


def test_a_claim_whose_answer_was_lost_is_made_once(url: str) -> None:
    async def test(store: Store) -> None:
        job_id = (await queued(store)).id
        claims = [await store.claim(job_id, token="t", kind="x86") for _ in range(20)]
        assert claims[0] is not None
        assert claims == [claims[0]] * 20

    with_store(url, test)


def test_a_log_that_grows_makes_the_claims_count_anew(url: str) -> None:
    async def test(store: Store) -> None:
        claim: Claim | None = await claimed(store)
        for last in range(-1, 5):
            assert claim is not None
            await store.append(claim, after=claim.position, told=[steps(last)])
            claim = await again(store, claim.job)
        assert claim is not None

    with_store(url, test)


def test_a_claim_that_is_given_back_does_not_count(url: str) -> None:
    async def test(store: Store) -> None:
        claim: Claim | None = await claimed(store)
        for _ in range(5):
            assert claim is not None
            await store.release(claim)
            claim = await store.claim(claim.job, token=uuid4().hex, kind="x86")
        assert claim is not None

    with_store(url, test)


def test_events_are_appended_in_order(url: str) -> None:
    async def test(store: Store) -> None:
        claim = await claimed(store)
        await store.append(claim, after=None, told=[STARTED, steps(3)])
        await store.append(claim, after=3, told=[steps(7), steps(10)])
        assert [row.last for row in await logged(store, claim.job)] == [-1, 3, 7, 10]
        assert (await store.job(claim.job)).position == 10

    with_store(url, test)


@pytest.mark.parametrize("after", [None, -2, 4, 10])
def test_nothing_is_appended_at_another_place_than_the_end(url: str, after: int | None) -> None:
    async def test(store: Store) -> None:
        claim = await begun(store)
        with pytest.raises(LostClaimError):
            await store.append(claim, after=after, told=[steps(5)])
        assert await rows(store, log) == 1

    with_store(url, test)


def test_the_same_appended_again_is_there_once(url: str) -> None:
    async def test(store: Store) -> None:
        claim = await begun(store)
        await store.append(claim, after=-1, told=[steps(5)])
        await store.append(claim, after=-1, told=[steps(5)])
        assert [row.last for row in await logged(store, claim.job)] == [-1, 5]

    with_store(url, test)


def test_of_the_same_appended_at_once_one_is_written(url: str) -> None:
    async def test(store: Store) -> None:
        claim = await begun(store)
        await asyncio.gather(*(store.append(claim, after=-1, told=[steps(5)]) for _ in range(10)))
        assert [row.last for row in await logged(store, claim.job)] == [-1, 5]

    with_store(url, test)


def test_of_two_executors_at_once_one_wins(url: str) -> None:
    async def test(store: Store) -> None:
        first = await begun(store)
        second = await again(store, first.job)
        assert second is not None
        late, _ = await asyncio.gather(
            store.append(first, after=-1, told=[steps(5)]),
            store.append(second, after=-1, told=[steps(6)]),
            return_exceptions=True,
        )
        assert isinstance(late, LostClaimError)
        assert [row.last for row in await logged(store, first.job)] == [-1, 6]

    with_store(url, test)


def test_a_word_keeps_the_claim(url: str) -> None:
    async def test(store: Store) -> None:
        claim = await begun(store)
        await age(store, claim.job, "touched")
        await store.touch(claim)
        assert await store.claim(claim.job, token=uuid4().hex, kind="x86") is None

    with_store(url, test)


def test_a_finished_job_has_succeeded(url: str) -> None:
    async def test(store: Store) -> None:
        job = await store.job(await finished(store))
        assert (job.status, job.error) == ("succeeded", None)
        assert job.finished_at is not None
        assert await store.ending(job.id) == b"done"

    with_store(url, test)


def test_finishing_again_changes_nothing(url: str) -> None:
    async def test(store: Store) -> None:
        claim = await begun(store)
        await store.finish(claim, b"done")
        job = await store.job(claim.job)
        await store.finish(claim, b"other")
        assert await store.job(claim.job) == job
        assert await store.ending(claim.job) == b"done"

    with_store(url, test)


def test_a_failed_job_tells_why(url: str) -> None:
    async def test(store: Store) -> None:
        claim = await begun(store)
        await store.fail(claim, BROKEN)
        await store.fail(claim, BROKEN)
        job = await store.job(claim.job)
        assert (job.status, job.error) == ("failed", BROKEN)
        assert await store.ending(job.id) == BROKEN

    with_store(url, test)


def test_a_job_that_has_failed_does_not_succeed_later(url: str) -> None:
    async def test(store: Store) -> None:
        claim = await begun(store)
        await store.fail(claim, BROKEN)
        with pytest.raises(LostClaimError):
            await store.finish(claim, b"")

    with_store(url, test)


def test_a_job_that_is_given_back_waits_with_its_log(url: str) -> None:
    async def test(store: Store) -> None:
        claim = await begun(store)
        await store.release(claim)
        await store.release(claim)
        job = await store.job(claim.job)
        assert (job.status, job.position) == ("queued", -1)

    with_store(url, test)


def test_a_job_that_was_given_back_is_lost_to_its_claim(url: str) -> None:
    async def test(store: Store) -> None:
        claim = await begun(store)
        await store.release(claim)
        with pytest.raises(LostClaimError):
            await store.append(claim, after=-1, told=[steps(5)])

    with_store(url, test)


def test_jobs_that_nobody_runs_are_told_the_oldest_first(url: str) -> None:
    async def test(store: Store) -> None:
        waiting = [(await queued(store)).id for _ in range(2)]
        abandoned = await begun(store)
        await age(store, abandoned.job, "touched")
        await begun(store)
        await finished(store)
        assert await store.stale(again_after=0) == sorted([*waiting, abandoned.job])

    with_store(url, test)


def test_a_job_that_waits_is_told_once_in_a_while_whoever_asks(url: str) -> None:
    async def test(store: Store) -> None:
        waiting = (await queued(store)).id
        assert await store.stale(again_after=10) == []
        await age(store, waiting, "hinted")
        assert await store.stale(again_after=10) == [waiting]
        assert await store.stale(again_after=10) == []

    with_store(url, test)


def test_a_job_that_was_given_back_or_lost_is_told_at_once(url: str) -> None:
    async def test(store: Store) -> None:
        released, lost = await begun(store), await begun(store)
        await store.release(released)
        await age(store, lost.job, "touched")
        assert await store.stale(again_after=10) == sorted([released.job, lost.job])

    with_store(url, test)


def test_no_more_than_a_hundred_are_told_at_once(url: str) -> None:
    async def test(store: Store) -> None:
        made = [(await store.create(submission())).job.id for _ in range(101)]
        assert await store.stale(again_after=0) == sorted(made)[:100]

    with_store(url, test)
