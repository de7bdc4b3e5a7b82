"""A store whose transactions are made by hand."""

import asyncio
import gc
import logging
import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from service.jobs.errors import LostClaimError, StoreUnavailableError
from service.jobs.storage.store import Store
from service.jobs.storage.transactions import R, Work
from tests.support.time import settled

PATIENCE = 1.3
"""Seconds that a caller waits for a transaction."""


class Transactions:
    """Each transaction waits until `go` is set, and then fails if there is a failure."""

    def __init__(self, closed: list[str], name: str) -> None:
        self.made = 0
        self.failure: Exception | None = None
        self.go = asyncio.Event()
        self._closed = closed
        self._name = name

    async def make(self, work: Work[R]) -> R:
        await self.go.wait()
        self.made += 1
        if self.failure:
            raise self.failure
        return work(NO_CONNECTION)

    async def close(self) -> None:
        self._closed.append(self._name)


class Kit:
    """A store on two kinds of transactions, and the order in which they were closed."""

    def __init__(self) -> None:
        self.closed: list[str] = []
        self.writing = Transactions(self.closed, "writing")
        self.reading = Transactions(self.closed, "reading")
        self.store = Store(writing=self.writing, reading=self.reading)


NO_CONNECTION: Any = None


@pytest.fixture
def kit() -> Kit:
    return Kit()


def seven(_: Connection) -> int:
    return 7


def clock() -> float:
    return asyncio.get_running_loop().time()


async def refusal(asked: Awaitable[object]) -> str:
    """Why the database did not do what it was asked."""
    with pytest.raises(StoreUnavailableError) as refused:
        await asked
    return str(refused.value)


async def test_reading_and_writing_are_transactions_of_their_own(kit: Kit) -> None:
    kit.reading.go.set()
    assert await kit.store.read(seven) == 7
    assert (kit.reading.made, kit.writing.made) == (1, 0)
    kit.writing.go.set()
    assert await kit.store.write(seven) == 7
    assert (kit.reading.made, kit.writing.made) == (1, 1)


@pytest.mark.parametrize("ask", [Store.read, Store.write])
async def test_what_waits_for_a_transaction_shares_the_next(
    kit: Kit, ask: Callable[[Store, Work[int]], Awaitable[int]]
) -> None:
    first = asyncio.ensure_future(ask(kit.store, seven))
    await settled()
    others = [asyncio.ensure_future(ask(kit.store, seven)) for _ in range(3)]
    await settled()
    kit.reading.go.set()
    kit.writing.go.set()

    assert await asyncio.gather(first, *others) == [7] * 4
    assert kit.reading.made + kit.writing.made == 2


@pytest.mark.parametrize("ask", [Store.read, Store.write])
async def test_a_database_that_does_not_answer_is_unavailable(
    kit: Kit, ask: Callable[[Store, Work[int]], Awaitable[int]]
) -> None:
    assert await refusal(ask(kit.store, seven)) == "it does not answer"
    assert clock() == pytest.approx(PATIENCE)
    kit.reading.go.set()
    kit.writing.go.set()
    await settled()


async def test_a_transaction_ends_after_its_caller_has_given_up(kit: Kit) -> None:
    await refusal(kit.store.write(seven))
    kit.writing.go.set()
    await settled()
    assert kit.writing.made == 1


async def test_cancelling_a_caller_does_not_cut_the_transaction(kit: Kit) -> None:
    leaving = asyncio.create_task(kit.store.write(seven))
    await settled()
    leaving.cancel()
    await settled()
    assert leaving.cancelled()
    kit.writing.go.set()
    await settled()
    assert kit.writing.made == 1


async def test_a_failure_after_the_caller_has_left_disturbs_nothing(kit: Kit) -> None:
    unhandled: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, found: unhandled.append(found))
    leaving = asyncio.create_task(kit.store.write(seven))
    await settled()
    leaving.cancel()
    kit.writing.failure = ValueError()
    kit.writing.go.set()
    await settled()
    del leaving  # it knows the transaction
    gc.collect(1)
    assert unhandled == []


@pytest.mark.parametrize(
    ("failure", "message", "logged"),
    [
        (ConnectionResetError("reset\nby peer"), "reset", "ConnectionResetError"),
        (PoolTimeoutError("no connection"), "no connection", "TimeoutError"),
        (TimeoutError(), "it does not answer", "TimeoutError"),
        (
            OperationalError("INSERT secret", {}, sqlite3.OperationalError("disk is full")),
            "disk is full",
            "OperationalError",
        ),
    ],
)
async def test_trouble_with_the_database_makes_it_unavailable(
    kit: Kit, caplog: pytest.LogCaptureFixture, failure: Exception, message: str, logged: str
) -> None:
    kit.writing.failure = failure
    kit.writing.go.set()
    with caplog.at_level(logging.WARNING):
        assert await refusal(kit.store.write(seven)) == message
    [record] = caplog.records
    assert (record.getMessage(), record.__dict__["fields"]) == (
        "store_unavailable",
        {"error": logged},
    )


async def test_any_other_failure_of_a_transaction_reaches_the_caller(kit: Kit) -> None:
    kit.writing.failure = LostClaimError()
    kit.writing.go.set()
    with pytest.raises(LostClaimError):
        await kit.store.write(seven)


async def test_an_idle_database_closes_at_once(kit: Kit) -> None:
    await kit.store.close()
    assert clock() == 0
    assert sorted(kit.closed) == ["reading", "writing"]


async def test_closing_waits_for_transactions_under_way(kit: Kit) -> None:
    writing = asyncio.create_task(kit.store.write(seven))
    await settled()
    closing = asyncio.create_task(kit.store.close())
    await settled()
    assert kit.closed == []
    kit.writing.go.set()
    await closing
    assert await writing == 7
    assert clock() < PATIENCE
    assert sorted(kit.closed) == ["reading", "writing"]


async def test_closing_does_not_wait_for_ever(kit: Kit) -> None:
    await refusal(kit.store.write(seven))
    await kit.store.close()
    assert clock() == pytest.approx(3 * PATIENCE)
    assert sorted(kit.closed) == ["reading", "writing"]
    kit.writing.go.set()
    await settled()
