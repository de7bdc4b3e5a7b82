import asyncio
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from service.jobs.claim import Claim
from service.jobs.errors import LostClaimError
from service.jobs.storage import claims, queries
from service.jobs.storage.store import Store
from service.jobs.storage.transactions import R, Work
from service.pool.frames import EventBytes
from tests.support.databases import in_memory
from tests.support.stores import again, logged, queued, steps
from tests.support.time import run

MOVES = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.sampled_from(["claim", "append", "append", "repeat", "release", "forget"]),
    ),
    max_size=25,
)


class Executor:
    """Writes the steps of a fit two at a time while it believes that it holds the claim."""

    def __init__(self, store: Store, job_id: str) -> None:
        self._store = store
        self._job_id = job_id
        self._claim: Claim | None = None
        self._after: int | None = None
        self._said: tuple[int | None, Sequence[EventBytes]] | None = None

    async def do(self, move: str) -> None:
        match move, self._claim, self._said:
            case "claim", _, _:
                self._claim = await again(self._store, self._job_id)
                self._said = None
                self._after = None if self._claim is None else self._claim.position
            case "append", Claim() as claim, _:
                last = -2 if self._after is None else self._after
                self._said = self._after, [steps(last + 1), steps(last + 2)]
                await self._store.change(
                    claims.append, claim, after=self._after, events=self._said[1]
                )
                self._after = last + 2
            case "repeat", Claim() as claim, (after, events):
                await self._store.change(claims.append, claim, after=after, events=events)
            case "release", Claim() as claim, _:
                await self._store.change(claims.release, claim)
            case "forget", _, _:
                self._claim = None


async def played(
    one: Store, other: Store, moves: Sequence[tuple[int, str]]
) -> tuple[int | None, list[EventBytes]]:
    """Where a job is, and its log, after two executors have made these moves."""
    store = one
    job_id = (await queued(store)).id
    executors = Executor(one, job_id), Executor(other, job_id)
    for mover, move in moves:
        try:
            await executors[mover].do(move)
        except LostClaimError:
            continue
    return (await store.read(queries.find, job_id)).position, await logged(store, job_id)


def whole(position: int | None, log: Sequence[EventBytes]) -> bool:
    """Whether every step up to the position is in the log, once and in order."""
    end = -2 if position is None else position
    return [(event.last, event.body) for event in log] == [
        (last, steps(last).body) for last in range(-1, end + 1)
    ]


@given(MOVES)
def test_a_log_is_whole_whatever_two_executors_do(moves: list[tuple[int, str]]) -> None:
    async def play() -> tuple[int | None, list[EventBytes]]:
        async with in_memory() as store:
            return await played(store, store, moves)

    assert whole(*run(play()))


async def test_a_database_that_does_not_work_is_not_reachable() -> None:
    store = Store(writing=Silent(), reading=Silent())
    assert not await store.reachable()


class Silent:
    """Transactions that never end."""

    async def make(self, work: Work[R]) -> R:
        await asyncio.Event().wait()
        raise AssertionError(work)

    async def close(self) -> None:
        """Nothing is open."""
