"""Results are assembled two at a time: each may be large."""

import asyncio
from unittest.mock import Mock

import pytest
from orjson import dumps

from service.jobs.errors import NotFinishedError
from service.jobs.job import Failure
from service.jobs.jobs import READ_EVENTS, Jobs
from service.jobs.storage import claims
from service.jobs.storage.store import Store
from service.pool.frames import EventBytes
from tests.support.hints import Hints
from tests.support.stores import DEFAULTS, begun, queued, submission


@pytest.fixture
def hints() -> Hints:
    return Hints()


@pytest.fixture
def jobs(store: Store, hints: Hints) -> Jobs:
    """Jobs that nothing runs."""
    return Jobs(store, hints, DEFAULTS)


def step(last: int) -> EventBytes:
    """An event of one step and its loss."""
    return EventBytes("steps", last, dumps({"type": "steps", "loss": [last + 0.5]}))


async def test_a_result_has_the_losses_of_the_whole_log(store: Store, jobs: Jobs) -> None:
    wrong = []
    for count in (1, READ_EVENTS - 1, READ_EVENTS, READ_EVENTS + 1, 2 * READ_EVENTS + 1):
        claim = await begun(store)
        await store.change(
            claims.append, claim, after=-1, events=[step(last) for last in range(count)]
        )
        await store.change(claims.finish, claim, b'{"type":"done","result":{"steps":7}}')

        losses = dumps([last + 0.5 for last in range(count)])
        if await jobs.result(claim.job) != b'{"losses":' + losses + b',"steps":7}':
            wrong.append(count)

    assert wrong == []


async def test_the_result_of_a_failed_job_is_its_failure(store: Store, jobs: Jobs) -> None:
    claim = await begun(store)
    await store.change(claims.fail, claim, Failure("broken", "It broke."))
    assert await jobs.result(claim.job) == Failure("broken", "It broke.")


async def test_a_job_that_has_not_ended_has_no_result(store: Store, jobs: Jobs) -> None:
    with pytest.raises(NotFinishedError):
        await jobs.result((await begun(store)).job)


async def test_few_results_are_assembled_at_once() -> None:
    now, most = 0, 0

    async def ending(_query: object, _job_id: str, *, owner: str) -> Failure:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0)
        now -= 1
        return Failure("broken", owner)

    jobs = Jobs(Mock(read=ending), Hints(), DEFAULTS)

    assembled = await asyncio.gather(*(jobs.result("job", owner=str(i)) for i in range(9)))

    assert assembled == [Failure("broken", str(i)) for i in range(9)]
    assert most == 2


async def test_a_job_is_submitted_when_it_is_created_and_when_it_is_asked_for_again(
    jobs: Jobs, hints: Hints
) -> None:
    first = await jobs.create(submission(key="k"))
    second = await jobs.create(submission(key="k"))
    assert (first.replayed, second.replayed) == (False, True)
    assert hints.ids == [first.job.id, first.job.id]


async def test_the_jobs_of_the_store_are_counted(store: Store, jobs: Jobs) -> None:
    await queued(store)
    known = await jobs.counted()
    assert known is not None
    assert known.by_status["queued"] == 1
