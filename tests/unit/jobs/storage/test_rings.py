from collections.abc import Sequence

import pytest

from service.jobs.errors import LostClaimError
from service.jobs.job import Failure
from service.jobs.storage.database import Database
from service.jobs.storage.store import Store, StoreLimits
from service.jobs.wakeups import Bell
from tests.support.stores import STARTED, again, claimed, finished, queued


class Recorded(Bell):
    """A bell that remembers its rings."""

    def __init__(self) -> None:
        super().__init__()
        self.rung: list[str] = []

    def ring(self, job_id: str) -> None:
        self.rung.append(job_id)

    def taken(self) -> Sequence[str]:
        """The rings since the last time."""
        taken, self.rung = self.rung, []
        return taken


@pytest.fixture
def bell() -> Recorded:
    return Recorded()


@pytest.fixture
def store(database: Database, bell: Recorded) -> Store:
    bell.taken()
    return Store(database, StoreLimits(), bell)


async def test_every_change_of_a_job_rings(store: Store, bell: Recorded) -> None:
    job_id = (await queued(store)).id
    claim = await store.claim(job_id, token="t", kind="x86")
    assert claim is not None
    assert bell.taken() == [job_id, job_id]
    for change in (
        store.append(claim, after=None, events=[STARTED]),
        store.release(claim),
        store.cancel(job_id),
        store.delete(job_id),
    ):
        await change
        assert bell.taken() == [job_id]


async def test_every_end_of_a_job_rings(store: Store, bell: Recorded) -> None:
    succeeding, failing = await claimed(store), await claimed(store)
    bell.taken()
    await store.append(succeeding, after=None, events=[STARTED])
    await store.finish(succeeding, b"done")
    await store.fail(failing, Failure("broken", "It broke."))
    assert bell.taken() == [succeeding.job, succeeding.job, failing.job]


async def test_what_changes_nothing_for_a_reader_does_not_ring(
    store: Store, bell: Recorded
) -> None:
    claim = await claimed(store)
    await finished(store)
    bell.taken()
    await store.touch(claim)
    await store.stale(again_after=0)
    await store.expire()
    await store.job(claim.job)
    assert bell.taken() == []


async def test_a_change_that_fails_does_not_ring(
    database: Database, store: Store, bell: Recorded
) -> None:
    lost = await claimed(store)
    await again(database, store, lost.job)
    bell.taken()
    with pytest.raises(LostClaimError):
        await store.finish(lost, b"")
    assert bell.taken() == []
