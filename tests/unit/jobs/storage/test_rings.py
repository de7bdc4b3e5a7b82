from collections.abc import Sequence

import pytest

from service.jobs.bell import Bell
from service.jobs.errors import LostClaimError
from service.jobs.job import Failure, LogEnd
from service.jobs.storage import claims, commands, queries
from service.jobs.storage.store import Store
from tests.support.stores import STARTED, again, claimed, expire, finished, queued


class Recorded(Bell):
    """A bell that remembers its rings."""

    def __init__(self) -> None:
        super().__init__()
        self.rung: list[str] = []

    def ring(self, job_id: str, log_end: LogEnd | None = None) -> None:  # noqa: ARG002
        self.rung.append(job_id)

    def taken(self) -> Sequence[str]:
        """The rings since the last time."""
        taken, self.rung = self.rung, []
        return taken


@pytest.fixture
def bell(store: Store, monkeypatch: pytest.MonkeyPatch) -> Recorded:
    """The bell of the store."""
    recorded = Recorded()
    monkeypatch.setattr(store, "bell", recorded)
    return recorded


async def test_every_change_of_a_job_rings(store: Store, bell: Recorded) -> None:
    job_id = (await queued(store)).id
    claim = await store.change(claims.claim_job, job_id, token="t", kind="x86")
    assert claim is not None
    assert bell.taken() == [job_id]
    for change in (
        store.change(claims.append, claim, after=None, events=[STARTED]),
        store.change(claims.release, claim),
        store.change(commands.cancel, job_id),
        store.change(commands.remove, job_id),
    ):
        await change
        assert bell.taken() == [job_id]


async def test_every_end_of_a_job_rings(store: Store, bell: Recorded) -> None:
    succeeding, failing = await claimed(store), await claimed(store)
    bell.taken()
    await store.change(claims.append, succeeding, after=None, events=[STARTED])
    await store.change(claims.finish, succeeding, b"done")
    await store.change(claims.fail, failing, Failure("broken", "It broke."))
    assert bell.taken() == [succeeding.job, succeeding.job, failing.job]


async def test_what_changes_nothing_for_a_reader_does_not_ring(
    store: Store, bell: Recorded
) -> None:
    claim = await claimed(store)
    await finished(store)
    bell.taken()
    await store.change_silently(claims.touch, claim)
    await store.write(claims.stale, again_after=0)
    await expire(store)
    await store.read(queries.find, claim.job)
    assert bell.taken() == []


async def test_a_change_that_fails_does_not_ring(store: Store, bell: Recorded) -> None:
    lost = await claimed(store)
    await again(store, lost.job)
    bell.taken()
    with pytest.raises(LostClaimError):
        await store.change(claims.finish, lost, b"")
    assert bell.taken() == []
