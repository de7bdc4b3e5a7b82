"""The results of jobs, of which large ones are built one after the other."""

import asyncio
from collections.abc import Callable
from typing import cast

import pytest
from orjson import dumps

from service.jobs.errors import NotFinishedError
from service.jobs.job import Failure
from service.jobs.jobs import LARGE_BYTES, READ_EVENTS, Jobs
from service.jobs.storage import claims, queries
from service.jobs.storage.store import Store
from service.pool.frames import EventBytes
from tests.support.hints import Hints
from tests.support.stores import DEFAULTS, begun, queued, submission

LARGE = LARGE_BYTES + 1
"""The size in bytes of a result that is large."""


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
        if await jobs.result(claim.job) != [b'{"losses":' + losses + b',"steps":7}']:
            wrong.append(count)

    assert wrong == []


async def test_a_result_of_several_pieces_is_whole(store: Store, jobs: Jobs) -> None:
    text = b"".join(b"%d " % number for number in range(400_000))
    claim = await begun(store)
    await store.change(claims.finish, claim, b'{"type":"done","result":{"x":"%s"}}' % text)

    pieces = await jobs.result(claim.job)

    assert not isinstance(pieces, Failure)
    assert b"".join(pieces) == b'{"losses":[],"x":"%s"}' % text


async def test_the_result_of_a_failed_job_is_its_failure(store: Store, jobs: Jobs) -> None:
    claim = await begun(store)
    await store.change(claims.fail, claim, Failure("broken", "It broke."))
    assert await jobs.result(claim.job) == Failure("broken", "It broke.")


async def test_a_job_that_has_not_ended_has_no_result(store: Store, jobs: Jobs) -> None:
    with pytest.raises(NotFinishedError):
        await jobs.result((await begun(store)).job)


async def ended(store: Store, size: int) -> str:
    """Return the ID of a job whose result has about this size in bytes."""
    claim = await begun(store)
    await store.change(claims.finish, claim, b'{"type":"done","result":{"x":"%s"}}' % (size * b"y"))
    return claim.job


class Gate:
    """A store whose large endings are read only when it is open."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.open = asyncio.Event()
        self.large = 0
        """The number of large endings that are being read."""

    async def read(self, query: Callable[..., object], *given: object, **named: object) -> object:
        found = await self._store.read(query, *given, **named)
        if query is queries.piece:
            self.large += 1
            await self.open.wait()
            self.large -= 1
        return found


async def test_large_results_are_built_one_after_the_other(store: Store) -> None:
    gate = Gate(store)
    jobs = Jobs(cast(Store, gate), Hints(), DEFAULTS)
    job_ids = [await ended(store, LARGE) for _ in range(3)]

    results = asyncio.gather(*map(jobs.result, job_ids))
    while not gate.large:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)
    most = gate.large
    gate.open.set()

    assert [sum(map(len, cast(list[bytes], each))) > LARGE for each in await results] == [True] * 3
    assert most == 1


async def test_a_small_result_does_not_wait_for_a_large_one(store: Store) -> None:
    gate = Gate(store)
    jobs = Jobs(cast(Store, gate), Hints(), DEFAULTS)
    large = asyncio.create_task(jobs.result(await ended(store, LARGE)))
    while not gate.large:
        await asyncio.sleep(0.01)

    small = await jobs.result(await ended(store, 1))

    assert (small, large.done()) == ([b'{"losses":[],"x":"y"}'], False)
    gate.open.set()
    await large


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
