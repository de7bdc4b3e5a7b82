"""A pool of warm worker processes. A worker that ends is replaced."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from math import inf
from typing import Self

from service.descent.questions.excerpt import Asked
from service.pool.deadlines import CpuClock, Deadline, WallClock
from service.pool.forkserver import Start, starter
from service.pool.frames import EventBytes
from service.pool.handle import Worker
from service.pool.interface import (
    Count,
    FitPool,
    Load,
    QueueFullError,
    ShuttingDownError,
    Streamed,
    WorkerLostError,
    uncounted,
)
from service.pool.queue import Queue, StreamTicket, Ticket
from service.pool.scheduling import (
    MESSAGE_FITS,
    RESTART_SECONDS,
    UNRESPONSIVE_SECONDS,
    WAITING_SMALL_FITS,
)

log = logging.getLogger(__name__)

MAX_LOST_WORKERS = 3
"""The number of workers that may end during one fit before the fit fails."""


@dataclass(frozen=True)
class PoolLimits:
    """The limits of a pool."""

    workers: int
    waiting: int
    """The number of fits that may wait, each for at most `wait_seconds`."""
    wait_seconds: float
    wall_clock_seconds: float = inf
    """The time after which a worker that is busy with one message is killed."""
    cpu_seconds: float | None = None
    """The CPU time after which such a worker is killed. It replaces the wall clock if it is set."""
    worker_bytes: int = 1024 * 1024 * 1024
    """The memory limit of a worker, in bytes."""
    niceness: int = 0
    """The niceness of the workers: a positive value gives other processes priority."""


class Pool(FitPool):
    """An async context in which the workers live. Entering it does not wait until they are warm.

    `start` starts a worker; by default it starts a process from a forkserver.
    """

    def __init__(
        self, limits: PoolLimits, count: Count = uncounted, start: Start | None = None
    ) -> None:
        self._limits = limits
        self._count = count
        self._start = start or starter(limits.niceness, limits.worker_bytes)
        self._workers: set[Worker] = set()
        self._closing = self._dispatching = self._holding = False
        self.replaced = {"died": 0, "killed": 0}

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._queue = Queue(self._limits.wait_seconds)
        self._keepers = [asyncio.create_task(self._keep()) for _ in range(self._limits.workers)]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._closing = True
        for worker in self._workers:
            worker.kill()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        self._queue.fail(ShuttingDownError())

    @property
    def ready(self) -> bool:
        """True if every worker is warm."""
        return self._limits.workers == sum(worker.ready for worker in self._workers)

    @property
    def kind(self) -> str | None:
        """The kind of the workers, or None until one of them is ready."""
        return next((worker.kind for worker in self._workers if worker.ready), None)

    @property
    def load(self) -> Load:
        """The current load of the pool."""
        warm = [worker for worker in self._workers if worker.ready]
        return Load(
            workers=self._limits.workers,
            warm=len(warm),
            busy=sum(not worker.idle for worker in warm),
            waiting_limit=self._limits.waiting,
            waiting=len(self._queue),
        )

    @property
    def full(self) -> bool:
        """True if not even a small fit may wait."""
        return not self._has_room(small=True)

    async def answer(self, question: Asked, cost: float) -> bytes:
        """Return the answer, or raise one of PoolError. Cancelling frees the worker."""
        ticket = Ticket(question, cost)
        self._admit(ticket)
        try:
            return await ticket.answer
        finally:
            if ticket.answer.cancelled():
                self._abandon(ticket)

    async def batches(
        self, spec: Streamed, cost: float
    ) -> AsyncGenerator[Sequence[EventBytes], None]:
        """Yield all available events of a fit at a time, or raise one of PoolError."""
        stream = StreamTicket(spec, cost)
        self._admit(stream)
        try:
            while True:
                batch = await stream.batch()
                yield batch
                if batch[-1].type == "done":
                    return
        finally:
            stream.close()
            self._abandon(stream)

    def _admit(self, ticket: Ticket) -> None:
        """Queue a fit. Raises ShuttingDownError or QueueFullError.

        Fits of one turn of the event loop share messages. A full message is sent at once.
        """
        if self._closing:
            raise ShuttingDownError
        if not self._has_room(small=ticket.small):
            raise QueueFullError
        self._queue.join(ticket)
        if len(self._queue) < MESSAGE_FITS:
            self._dispatch_soon()
        else:
            self._dispatch()

    def _has_room(self, *, small: bool) -> bool:
        """Return whether one more fit may wait: the configured number of them may, and some for
        each worker that is soon idle.
        """
        beyond = len(self._queue) - self._limits.waiting
        if beyond < 0:
            return True
        for_each = WAITING_SMALL_FITS if small else 1
        return beyond < for_each * sum(worker.soon for worker in self._workers)

    def _abandon(self, ticket: Ticket) -> None:
        """Free the worker of a fit whose client has disconnected, unless the fit ends sooner."""
        self._queue.leave(ticket)
        for worker in self._workers:
            if ticket in worker.fits and not ticket.brief:
                worker.kill()

    def _dispatch_soon(self) -> None:
        """Give out fits at the end of this turn of the event loop."""
        if not self._dispatching:
            self._dispatching = True
            self._loop.call_soon(self._dispatch)

    def _dispatch(self) -> None:
        self._dispatching = False
        while (head := self._queue.head) and (worker := self._taker(head)):
            worker.send(self._queue.take())

    def _taker(self, head: Ticket) -> Worker | None:
        """Return the worker that gets the next message, or None.

        Small fits go to one worker while it keeps up: one warm process is faster than two cold. It
        gets them once they are as many as it still has to answer. A message is then half of what is
        in progress, and the API process and the worker are busy at the same time.
        """
        at_work = next((each for each in self._workers if head.small and each.keeps_up), None)
        if at_work is None:
            return next((worker for worker in self._workers if worker.idle), None)
        if len(self._queue) >= min(at_work.unanswered, MESSAGE_FITS):
            return at_work
        self._hold()
        return None

    def _hold(self) -> None:
        """Let fits wait for a reply, but look again if the worker no longer keeps up."""
        if not self._holding:
            self._holding = True
            self._loop.call_later(UNRESPONSIVE_SECONDS, self._release)

    def _release(self) -> None:
        self._holding = False
        self._dispatch()

    async def _keep(self) -> None:
        """Keep one slot of the pool filled: when a worker ends, start the next one."""
        while not self._closing:
            try:
                worker = await self._hire()
            except (OSError, EOFError):
                log.exception("worker_not_started")
                await asyncio.sleep(RESTART_SECONDS)
                continue
            if self._closing:
                worker.kill()
            await worker.lost.wait()
            self._dismiss(worker)
            if not worker.kind and not self._closing:
                await asyncio.sleep(RESTART_SECONDS)

    async def _hire(self) -> Worker:
        """Return a worker that is starting, or raise OSError or EOFError."""
        process, channel = await self._start()
        worker = Worker(process, self._deadline(), self._dispatch_soon, self._count)
        await self._loop.create_connection(lambda: worker, sock=channel)
        self._workers.add(worker)
        return worker

    def _deadline(self) -> Deadline:
        if self._limits.cpu_seconds is None:
            return WallClock(self._limits.wall_clock_seconds)
        return CpuClock(self._limits.cpu_seconds)

    def _dismiss(self, worker: Worker) -> None:
        """End the process, and queue its unanswered fits again."""
        how = "killed" if worker.killed else "died"
        worker.kill()
        self._workers.discard(worker)
        if not self._closing:
            self.replaced[how] += 1
            log.warning("worker_lost", extra={"fields": {"fits": len(worker.fits), "how": how}})
        if worker.messages:
            for ticket in worker.messages[0]:  # it was busy with these
                ticket.losses += 1
        for ticket in reversed(worker.fits):
            if self._closing:
                ticket.fail(ShuttingDownError())
            elif ticket.losses == MAX_LOST_WORKERS:
                ticket.fail(WorkerLostError())
            elif not ticket.answer.done():
                self._queue.come_back(ticket)
        self._dispatch_soon()
