"""Changes that share transactions, on transactions that the test drives."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import Connection

from service.jobs.errors import LostClaimError, StoreUnavailableError
from service.jobs.storage.transactions import (
    SHARING,
    WAIT_SECONDS,
    R,
    SharedTransactions,
    Work,
)
from tests.support.time import settled

NO_CONNECTION: Any = None


class Database:
    """Remembers the changes of each transaction. A commit waits until `go` is set.

    A transaction fails if a change fails, or for every change if there is a `failure`.
    """

    def __init__(self) -> None:
        self.committed: list[list[str]] = []
        self.failure: Exception | None = None
        self.go = asyncio.Event()
        self.go.set()
        self.made: list[str] = []
        self.transactions = 0
        self.failing_seconds = 0.0
        """The time until a change that fails has failed."""
        self._locked: tuple[Exception, float] | None = None

    def lock(self, error: Exception, seconds: float) -> None:
        """Let transactions fail after this time, before their changes are made."""
        self._locked = error, seconds

    async def make(self, work: Work[R]) -> R:
        self.transactions += 1
        if self._locked:
            error, seconds = self._locked
            await asyncio.sleep(seconds)
            raise error
        self.made = []
        try:
            done = work(NO_CONNECTION)
        except Exception:
            await asyncio.sleep(self.failing_seconds)
            raise
        made = self.made
        await self.go.wait()
        if self.failure:
            raise self.failure
        self.committed.append(made)
        return done

    async def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
async def database() -> Database:
    return Database()


@pytest.fixture
def shared(database: Database) -> SharedTransactions:
    return SharedTransactions(database)


def change(database: Database, name: str, error: Exception | None = None) -> Work[str]:
    """A change that returns its name, or fails."""

    def make(_: Connection) -> str:
        if error:
            raise error
        database.made.append(name)
        return name

    return make


def begun(
    shared: SharedTransactions, database: Database, names: Sequence[str]
) -> list[asyncio.Task[str]]:
    """Changes of the jobs with these names."""
    return [asyncio.create_task(shared.make(change(database, name), name)) for name in names]


async def test_changes_of_one_moment_share_a_transaction(
    shared: SharedTransactions, database: Database
) -> None:
    assert await asyncio.gather(*begun(shared, database, "abc")) == ["a", "b", "c"]
    assert database.committed == [["a", "b", "c"]]


async def test_changes_that_wait_for_a_commit_share_the_next(
    shared: SharedTransactions, database: Database
) -> None:
    database.go.clear()
    changes = begun(shared, database, "a")
    await settled()
    changes += begun(shared, database, "bcd")
    await settled()
    database.go.set()

    assert await asyncio.gather(*changes) == ["a", "b", "c", "d"]
    assert database.committed == [["a"], ["b", "c", "d"]]


async def test_a_transaction_is_shared_by_a_limited_number_of_changes(
    shared: SharedTransactions, database: Database
) -> None:
    await asyncio.gather(*begun(shared, database, ["a"] * (SHARING + 1)))

    assert [len(made) for made in database.committed] == [SHARING, 1]


async def test_changes_are_made_in_the_order_of_their_jobs_and_the_others_last(
    shared: SharedTransactions, database: Database
) -> None:
    await asyncio.gather(
        shared.make(change(database, "of no job")), *begun(shared, database, "cab")
    )

    assert database.committed == [["a", "b", "c", "of no job"]]


async def test_changes_of_one_job_are_made_in_the_order_they_came(
    shared: SharedTransactions, database: Database
) -> None:
    await asyncio.gather(*(shared.make(change(database, name), "job") for name in "cab"))

    assert database.committed == [["c", "a", "b"]]


async def test_an_error_of_the_store_is_that_of_its_change_alone(
    shared: SharedTransactions, database: Database
) -> None:
    lost = asyncio.create_task(shared.make(change(database, "lost", LostClaimError()), "b"))

    assert await asyncio.gather(*begun(shared, database, "ac")) == ["a", "c"]

    assert isinstance(lost.exception(), LostClaimError)
    assert database.committed == [["a", "c"]]


async def test_a_change_that_breaks_the_transaction_harms_no_other(
    shared: SharedTransactions, database: Database
) -> None:
    broken = asyncio.create_task(shared.make(change(database, "broken", ValueError()), "b"))

    assert await asyncio.gather(*begun(shared, database, "ac")) == ["a", "c"]

    assert isinstance(broken.exception(), ValueError)
    assert database.committed == [["a", "c"]]


async def test_a_change_that_fails_slowly_harms_no_other(
    shared: SharedTransactions, database: Database
) -> None:
    database.failing_seconds = 1.2 * WAIT_SECONDS
    slow = asyncio.create_task(shared.make(change(database, "slow", OSError()), "b"))

    assert await asyncio.gather(*begun(shared, database, "ac")) == ["a", "c"]

    assert isinstance(slow.exception(), OSError)


async def test_a_change_that_failed_is_not_made_again(
    shared: SharedTransactions, database: Database
) -> None:
    broken = asyncio.create_task(shared.make(change(database, "broken", ValueError()), "b"))
    await asyncio.gather(*begun(shared, database, "ac"))

    assert isinstance(broken.exception(), ValueError)
    assert database.transactions == 2


async def test_a_change_that_has_waited_too_long_is_not_made(
    shared: SharedTransactions, database: Database
) -> None:
    database.go.clear()
    first = begun(shared, database, "a")
    await settled()
    late = begun(shared, database, "b")
    await asyncio.sleep(1.01 * WAIT_SECONDS)
    database.go.set()
    await asyncio.wait(first + late)

    assert isinstance(late[0].exception(), TimeoutError)
    assert database.committed == [["a"]]


async def test_changes_are_not_made_again_if_their_commit_failed(
    shared: SharedTransactions, database: Database
) -> None:
    database.failure = OSError()
    changes = begun(shared, database, "ab")
    await asyncio.wait(changes)

    assert [type(change.exception()) for change in changes] == [OSError, OSError]
    assert database.transactions == 1


async def test_changes_are_not_made_again_if_their_transaction_could_not_begin(
    shared: SharedTransactions, database: Database
) -> None:
    database.lock(OSError(), 0.5 * WAIT_SECONDS)
    changes = begun(shared, database, "ab")
    await asyncio.wait(changes)

    assert [type(change.exception()) for change in changes] == [OSError, OSError]
    assert database.transactions == 1


async def test_each_caller_has_an_error_of_its_own(
    shared: SharedTransactions, database: Database
) -> None:
    database.failure = OSError("The disk is full.")
    changes = begun(shared, database, "ab")
    await asyncio.wait(changes)

    one, other = (change.exception() for change in changes)
    assert str(one) == str(other) == "The disk is full."
    assert one is not other


async def interrupted(shared: SharedTransactions, database: Database) -> Sequence[object]:
    """The errors of a change whose commit is cancelled, and of one that waits for it."""
    database.go.clear()
    before = asyncio.all_tasks()
    changes = begun(shared, database, "a")
    await settled()
    [committing] = asyncio.all_tasks() - before - {*changes}
    changes += begun(shared, database, "b")
    await settled()
    committing.cancel()
    await asyncio.wait(changes)
    database.go.set()
    return [change.exception() for change in changes]


async def test_changes_fail_if_their_commit_is_cancelled(
    shared: SharedTransactions, database: Database
) -> None:
    errors = await interrupted(shared, database)

    assert [type(error) for error in errors] == [StoreUnavailableError] * 2


async def test_changes_are_made_after_a_commit_was_cancelled(
    shared: SharedTransactions, database: Database
) -> None:
    await interrupted(shared, database)

    assert await asyncio.gather(*begun(shared, database, "c")) == ["c"]


async def test_a_caller_that_has_left_disturbs_no_other(
    shared: SharedTransactions, database: Database
) -> None:
    leaving, staying = begun(shared, database, "ab")
    await asyncio.sleep(0)
    leaving.cancel()

    assert await staying == "b"
    assert database.committed == [["a", "b"]]
