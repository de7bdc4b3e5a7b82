import asyncio
import subprocess
import sys
from collections.abc import Sequence
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from service.jobs.errors import LostClaimError
from service.jobs.job import Claim, Row
from service.jobs.store import Store
from service.workers.frames import Told
from tests.jobs.stores import again, logged, opened, queued, steps

KILLED = """
import asyncio, os, signal, sys
from tests.jobs.stores import finished, opened, queued

async def run(url):
    async with opened(url) as store:
        print((await queued(store)).id, await finished(store), flush=True)
        os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(run(sys.argv[1]))
"""

MOVES = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.sampled_from(["claim", "append", "append", "repeat", "release", "forget"]),
    ),
    max_size=25,
)


class Executor:
    """Tells the steps of a fit two by two, while it believes that it holds the claim."""

    def __init__(self, store: Store, job_id: str) -> None:
        self._store = store
        self._job_id = job_id
        self._claim: Claim | None = None
        self._after: int | None = None
        self._said: tuple[int | None, Sequence[Told]] | None = None

    async def do(self, move: str) -> None:
        match move, self._claim, self._said:
            case "claim", _, _:
                self._claim, self._said = await again(self._store, self._job_id), None
                self._after = None if self._claim is None else self._claim.position
            case "append", Claim() as claim, _:
                last = -2 if self._after is None else self._after
                self._said = self._after, [steps(last + 1), steps(last + 2)]
                await self._store.append(claim, after=self._after, told=self._said[1])
                self._after = last + 2
            case "repeat", Claim() as claim, (after, told):
                await self._store.append(claim, after=after, told=told)
            case "release", Claim() as claim, _:
                await self._store.release(claim)
            case "forget", _, _:
                self._claim = None


async def played(url: str, moves: Sequence[tuple[int, str]]) -> tuple[int | None, list[Row]]:
    """Where a job is, and its log, after two executors of two processes did this."""
    async with opened(url) as one, opened(url) as other:
        job_id = (await queued(one)).id
        executors = Executor(one, job_id), Executor(other, job_id)
        for who, move in moves:
            try:
                await executors[who].do(move)
            except LostClaimError:
                continue
        return (await one.job(job_id)).position, await logged(other, job_id)


def whole(position: int | None, log: Sequence[Row]) -> bool:
    """Whether every step up to the position is in the log, once and in order."""
    end = -2 if position is None else position
    return log == [Row(last, steps(last).body) for last in range(-1, end + 1)]


@given(MOVES)
@settings(max_examples=40, deadline=None)
def test_a_log_in_a_file_is_whole_whatever_two_executors_do(moves: list[tuple[int, str]]) -> None:
    with TemporaryDirectory() as directory:
        assert whole(*asyncio.run(played(f"sqlite:///{directory}/jobs.db", moves)))


def test_a_log_in_a_server_is_whole_whatever_two_executors_do(postgresql: str) -> None:
    @given(MOVES)
    @settings(max_examples=25, deadline=None)
    def property_of(moves: list[tuple[int, str]]) -> None:
        assert whole(*asyncio.run(played(postgresql, moves)))

    property_of()


def test_what_was_accepted_is_there_after_a_kill(url: str) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, url], capture_output=True, text=True, check=False
    )
    waiting, ended = killed.stdout.split()

    async def run() -> None:
        async with opened(url) as store:
            assert (await store.job(waiting)).status == "queued"
            assert await store.ending(ended) == b"done"

    asyncio.run(run())
