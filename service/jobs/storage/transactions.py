"""Transactions on a database, and how changes and queries share them."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias, TypeVar

from sqlalchemy import Connection, Engine

from service.jobs.errors import StoreError, StoreUnavailableError

R = TypeVar("R")
Work: TypeAlias = Callable[[Connection], R]

WAIT_SECONDS = 1.0
"""The longest wait for a connection, a lock or a reply in a transaction, in seconds."""
SHARING = 64
"""The maximum number of changes or queries in one transaction. Others wait for its locks and for
its end, and a change takes a third of a millisecond.
"""
LAST = "~"
"""An ID after those of all jobs: the place of changes that are not for one job."""


class Transactions(Protocol):
    """One kind of transaction on one kind of database."""

    async def make(self, work: Work[R]) -> R:
        """Do the work in a transaction, and return its result after the commit."""

    async def close(self) -> None:
        """Wait briefly for the running transaction, and close every connection."""


class ThreadTransactions:
    """Transactions on the connection of an engine of their own, one at a time. A transaction stays
    in one thread, because changing threads costs more than a statement.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store")

    async def make(self, work: Work[R]) -> R:
        """Do the work in a transaction, and return its result after the commit."""

        def make_in_thread() -> R:
            with self._engine.begin() as connection:
                return work(connection)

        return await asyncio.get_running_loop().run_in_executor(self._thread, make_in_thread)

    async def close(self) -> None:
        """Wait for the running transaction and close the connection. After WAIT_SECONDS, return
        while the thread still does so.
        """
        closing = asyncio.get_running_loop().run_in_executor(self._thread, self._engine.dispose)
        self._thread.shutdown(wait=False)
        await asyncio.wait({closing}, timeout=WAIT_SECONDS)


@dataclass(eq=False)
class Pending:
    """A change that waits for its commit, or a query. It is dropped if it has not begun at
    `patient_until`.
    """

    work: Work[Any]
    job_id: str
    patient_until: float
    result: asyncio.Future[Any] = field(default_factory=asyncio.Future)

    def make(self, connection: Connection) -> object:
        """Make the change, and return its result or its StoreError. A change raises that error
        before it changes anything, so the transaction can continue.
        """
        try:
            return self.work(connection)
        except StoreError as error:
            return error

    def settle(self, outcome: object) -> None:
        """Give the outcome to the caller, unless the caller no longer waits."""
        if self.result.done():
            return
        if isinstance(outcome, Exception):
            self.result.set_exception(outcome)
        else:
            self.result.set_result(outcome)


class SharedTransactions:
    """Transactions for changes or queries, one at a time. Changes that arrive during a transaction
    share the next one, because a commit takes longer than a change. So do queries.

    If a change fails, the transaction is rolled back and the other changes are made again without
    it, so that a change harms no other. Changes are made in the order of their jobs. In another
    order, two processes could each wait for a job that the other has locked. A change that is not
    for one job comes last and must not wait for a job.
    """

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions
        self._waiting: list[Pending] = []
        self._committing: asyncio.Task[None] | None = None

    async def make(self, work: Work[R], job_id: str = LAST) -> R:
        """Make a change of this job, and return its result after the commit."""
        patient_until = asyncio.get_running_loop().time() + WAIT_SECONDS
        change = Pending(work, job_id, patient_until)
        self._waiting.append(change)
        if self._committing is None:
            self._committing = asyncio.create_task(self._commit_all())
        result: R = await change.result
        return result

    async def close(self) -> None:
        """Wait briefly for the running transaction, and close every connection."""
        await self._transactions.close()

    async def _commit_all(self) -> None:
        together: list[Pending] = []
        try:
            while self._waiting:
                together, self._waiting = self._waiting[:SHARING], self._waiting[SHARING:]
                together.sort(key=lambda change: change.job_id)
                remaining = _in_time(together)
                while remaining:
                    remaining = await self._commit(remaining)
        finally:
            self._committing = None
            # Every change has its outcome, unless this task was cancelled.
            interrupted, self._waiting = together + self._waiting, []
            for change in interrupted:
                change.settle(StoreUnavailableError("the transaction was interrupted"))

    async def _commit(self, changes: Sequence[Pending]) -> Sequence[Pending]:
        """Make these changes in one transaction. If one of them fails, return the others, which
        must be made again, however long they have waited.
        """
        begun: list[Pending] = []
        outcomes: list[object] = []

        def make(connection: Connection) -> None:
            for change in changes:
                begun.append(change)
                outcomes.append(change.make(connection))

        try:
            await self._transactions.make(make)
        except Exception as error:  # noqa: BLE001 - the callers get it
            if len(begun) > len(outcomes):  # the last change that has begun failed
                failed = begun[-1]
                failed.settle(error)
                return [change for change in changes if change is not failed]
            # The transaction could not begin, or its commit failed. If the commit failed, it is
            # unknown whether it took effect: nothing is made again.
            outcomes = [_copied(error) for _ in changes]
        for change, outcome in zip(changes, outcomes, strict=True):
            change.settle(outcome)
        return []


def _in_time(changes: Sequence[Pending]) -> Sequence[Pending]:
    """Return the changes that may still begin. The others fail."""
    now = asyncio.get_running_loop().time()
    for change in changes:
        if now > change.patient_until:
            change.settle(TimeoutError())
    return [change for change in changes if now <= change.patient_until]


def _copied(error: Exception) -> Exception:
    """Return a copy of an error for one of several callers, as raising an error changes it."""
    return copy(error).with_traceback(error.__traceback__)
