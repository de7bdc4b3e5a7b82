"""A pool of warm worker processes. A worker that ends is replaced."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from math import inf
from typing import Self

from service.descent.questions.asked import Asked
from service.pool.clocks import Clock, CpuClock, WallClock
from service.pool.forkserver import Start, end_forkserver, starter
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
    WorkerStoppedError,
    uncounted,
)
from service.pool.queue import Queue
from service.pool.scheduling import (
    CLOSING_SECONDS,
    MESSAGE_FITS,
    RESTART_SECONDS,
    UNRESPONSIVE_SECONDS,
    WAITING_SMALL_FITS,
)
from service.pool.tickets import StreamTicket, Ticket

log = logging.getLogger(__name__)

MAX_LOST_WORKERS = 3
"""The number of workers that may end during one fit before the fit fails."""


@dataclass(frozen=True)
class PoolLimits:
    """The limits of a pool."""

    workers: int
    """The number of workers that one client can keep busy with long fits."""
    waiting: int
    """The number of fits that may wait, each for at most `wait_seconds`."""
    wait_seconds: float
    wall_clock_seconds: float = inf
    """The time after which a worker that is busy with one message is killed."""
    cpu_seconds: float | None = None
    """The CPU time after which such a worker is killed. It replaces the wall clock if it is set."""
    spare: int = 0
    """The number of further workers that compute any fit. While one client keeps `workers` of them
    busy with long fits, the long fits of other clients do not wait for these.
    """
    reserved: int = 0
    """The number of further workers, which compute only short fits. While one client keeps all
    other workers busy with long fits, the short fits of other clients do not wait for them.
    """
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
        self._workers: list[Worker] = []
        """The workers that have been started, reserved ones first: they take short fits first."""
        self._closing = self._dispatching = self._holding = False
        self.replaced = {"died": 0, "killed": 0}

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._queue = Queue(self._limits.wait_seconds, lambda client: not self._left_to(client))
        kept = (number < self._limits.reserved for number in range(self._size))
        self._keepers = [asyncio.create_task(self._keep(reserved=reserved)) for reserved in kept]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._closing = True
        for worker in self._workers:
            worker.kill()
        _ended, starting = await asyncio.wait(self._keepers, timeout=CLOSING_SECONDS)
        if starting:
            end_forkserver()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        self._queue.fail(ShuttingDownError())

    @property
    def ready(self) -> bool:
        """True if every worker is warm."""
        return self._size == sum(worker.ready for worker in self._workers)

    @property
    def kind(self) -> str | None:
        """The kind of the workers, or None until one of them is ready."""
        return next((worker.kind for worker in self._workers if worker.ready), None)

    @property
    def load(self) -> Load:
        """The current load of the pool."""
        warm = [worker for worker in self._workers if worker.ready]
        return Load(
            workers=self._size,
            warm=len(warm),
            busy=sum(not worker.idle for worker in warm),
            waiting_limit=self._limits.waiting,
            waiting=len(self._queue),
        )

    @property
    def _size(self) -> int:
        return self._limits.workers + self._limits.spare + self._limits.reserved

    def full_for(self, client: str) -> bool:
        """Return whether not even a small fit of this client may wait."""
        return not self._has_room(client, small=True) and self._queue.crowding(client) is None

    async def pieces(self, question: Asked, cost: float, client: str = "") -> list[bytes]:
        """Return the answer in pieces, or raise one of PoolError. Cancelling frees the worker."""
        ticket = Ticket(question, cost, client)
        self._admit(ticket)
        try:
            return await ticket.answer
        finally:
            if ticket.answer.cancelled():
                self._abandon(ticket)

    async def batches(
        self, spec: Streamed, cost: float, client: str = ""
    ) -> AsyncGenerator[Sequence[EventBytes], None]:
        """Yield all available events of a fit at a time, or raise one of PoolError."""
        stream = StreamTicket(spec, cost, client)
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
        if not self._has_room(ticket.client, small=ticket.small):
            self._make_room(ticket.client)
        self._queue.join(ticket)
        if len(self._queue) < MESSAGE_FITS:
            self._dispatch_soon()
        else:
            self._dispatch()

    def _has_room(self, client: str, *, small: bool) -> bool:
        """Return whether one more fit of a client may wait: the configured number of them may, and
        some for each worker that is soon idle. Reserved workers count for small fits only, and
        others only as far as the client may use them.
        """
        beyond = len(self._queue) - self._limits.waiting
        if beyond < 0:
            return True
        if small:
            return beyond < WAITING_SMALL_FITS * sum(worker.soon for worker in self._workers)
        soon = sum(worker.soon for worker in self._workers if not worker.reserved)
        return beyond < min(soon, self._left_to(client))

    def _left_to(self, client: str) -> int:
        """Return how many more workers this client can keep busy with long fits."""
        running = (ticket for worker in self._workers for ticket in worker.fits)
        held = sum(ticket.client == client and not ticket.short for ticket in running)
        return self._limits.workers - held

    def _make_room(self, client: str) -> None:
        """Reject a waiting fit of a client that has more of them than this one, so that no client
        can hold the whole queue. Raises QueueFullError if no client has.
        """
        crowding = self._queue.crowding(client)
        if crowding is None:
            raise QueueFullError
        self._queue.leave(crowding)
        crowding.fail(QueueFullError())

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
        while any(map(self._send, self._queue.heads)):
            pass

    def _send(self, head: Ticket) -> bool:
        """Send the next message, which begins with this fit. Return False if no worker takes it."""
        worker = self._taker(head)
        if worker is None:
            return False
        worker.send(self._queue.take(head))
        return True

    def _taker(self, head: Ticket) -> Worker | None:
        """Return the worker that gets the next message, or None.

        Small fits go to one worker while it keeps up: one warm process is faster than two cold. It
        gets them once they are as many as it still has to answer. A message is then half of what is
        in progress, and the API process and the worker are busy at the same time. If a long fit
        waits, only reserved workers get more, so that the others become idle.
        """
        able = [worker for worker in self._workers if head.short or not worker.reserved]
        at_work = None
        if head.small:
            at_work = next((each for each in able if each.keeps_up and self._may_go_on(each)), None)
        if at_work is None:
            return next((worker for worker in able if worker.idle), None)
        if len(self._queue) >= min(at_work.unanswered, MESSAGE_FITS):
            return at_work
        self._hold()
        return None

    def _may_go_on(self, worker: Worker) -> bool:
        """Return whether a worker that is busy with small fits may get more of them."""
        return worker.reserved or not self._queue.has_long

    def _hold(self) -> None:
        """Let fits wait for a reply, but look again if the worker no longer keeps up."""
        if not self._holding:
            self._holding = True
            self._loop.call_later(UNRESPONSIVE_SECONDS, self._release)

    def _release(self) -> None:
        self._holding = False
        self._dispatch()

    async def _keep(self, *, reserved: bool) -> None:
        """Keep one slot of the pool filled: when a worker ends, start the next one."""
        while not self._closing:
            try:
                worker = await self._hire(reserved=reserved)
            except (OSError, EOFError):
                if not self._closing:  # otherwise the pool has ended the forkserver
                    log.exception("worker_not_started")
                    await asyncio.sleep(RESTART_SECONDS)
                continue
            if self._closing:
                worker.kill()
            await worker.lost.wait()
            self._dismiss(worker)
            if not worker.kind and not self._closing:
                await asyncio.sleep(RESTART_SECONDS)

    async def _hire(self, *, reserved: bool) -> Worker:
        """Return a worker that is starting, or raise OSError or EOFError."""
        process, (channel, memory) = await self._start()
        worker = Worker(
            process, memory, self._clock(), self._dispatch_soon, self._count, reserved=reserved
        )
        await self._loop.create_connection(lambda: worker, sock=channel)
        self._workers.insert(0 if reserved else len(self._workers), worker)
        return worker

    def _clock(self) -> Clock:
        if self._limits.cpu_seconds is None:
            return WallClock(self._limits.wall_clock_seconds)
        return CpuClock(self._limits.cpu_seconds)

    def _dismiss(self, worker: Worker) -> None:
        """End the process, and queue its unanswered fits again."""
        how = "killed" if worker.killed else "died"
        worker.kill()
        self._workers.remove(worker)
        if not self._closing:
            self.replaced[how] += 1
            log.warning("worker_lost", extra={"fields": {"fits": len(worker.fits), "how": how}})
        if worker.messages:
            for ticket in worker.messages[0]:  # it was busy with these
                ticket.losses += 1
        for ticket in worker.fits:
            if self._closing:
                ticket.fail(ShuttingDownError())
            elif ticket.losses == MAX_LOST_WORKERS:
                ticket.fail(WorkerStoppedError() if worker.stood_still else WorkerLostError())
            elif not ticket.answer.done():
                self._queue.join(ticket)
        self._dispatch_soon()
