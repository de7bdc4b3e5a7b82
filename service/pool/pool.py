"""Warm processes that fit: killable, replaced when they die, and never given more than they can do
soon.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress
from itertools import chain
from typing import Self

from service.descent.frozen import frozen
from service.descent.questions.specs import Question, StreamSpec
from service.pool.errors import QueueFullError, ShuttingDownError, WorkerLostError
from service.pool.forkserver import Start, starter
from service.pool.frames import Told
from service.pool.handle import Worker
from service.pool.queue import MESSAGE_FITS, Queue
from service.pool.stats import Count, Load, uncounted
from service.pool.stream import Stream
from service.pool.ticket import Ticket

log = logging.getLogger(__name__)

SOON_FITS = 16
"""Small fits that may wait for a worker that is soon idle."""
LOSSES = 3
"""Workers that may die in one fit before it is given up."""
PAUSE_SECONDS = 0.5
"""Between two starts of a worker that did not become ready."""


@frozen
class PoolLimits:
    """How many fits run and wait, and for how long."""

    workers: int
    waiting: int
    wait_seconds: float
    wall_clock_seconds: float
    worker_bytes: int = 1024 * 1024 * 1024
    """Of memory, that a worker may have."""
    niceness: int = 0
    """How far the workers stand back where others need the processor."""


class Pool:
    """An async context: the workers live in it. Entering does not wait until they are warm.

    `start` starts a worker; by default it is a process of a forkserver.
    """

    def __init__(
        self, limits: PoolLimits, count: Count = uncounted, start: Start | None = None
    ) -> None:
        self._limits = limits
        self._count = count
        self._start = start or starter(limits.niceness, limits.worker_bytes)
        self._workers: set[Worker] = set()
        self._keepers: list[asyncio.Task[None]] = []
        self._dispatching = False
        self._closing = False
        self.replaced = {"died": 0, "killed": 0}

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._queue = Queue(self._limits.wait_seconds)
        self._keepers = [asyncio.create_task(self._keep()) for _ in range(self._limits.workers)]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._closing = True
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        self._queue.fail(ShuttingDownError())

    @property
    def ready(self) -> bool:
        """Whether a fit would find every worker warm."""
        return len(self._workers) == self._limits.workers and all(
            worker.ready for worker in self._workers
        )

    @property
    def kind(self) -> str | None:
        """What its workers are: those of one kind answer in the same bits. Known once one of them
        is ready.
        """
        return next((worker.kind for worker in self._workers if worker.ready), None)

    @property
    def load(self) -> Load:
        """What there is to do now, and who does it."""
        warm = [worker for worker in self._workers if worker.ready]
        return Load(
            workers=self._limits.workers,
            warm=len(warm),
            busy=sum(not worker.idle for worker in warm),
            room=self._limits.waiting,
            waiting=len(self._queue),
        )

    @property
    def full(self) -> bool:
        """Whether not even a small fit may wait."""
        return len(self._queue) >= self._room(small=True)

    async def answer(self, question: Question, cost: float) -> bytes:
        """The answer as JSON; `cost` is what it is predicted to take, in CPU seconds.

        Cancelling frees the worker. Raises one of PoolError.
        """
        ticket = Ticket(question, cost, self._limits.wall_clock_seconds, self._loop.create_future())
        self._admit(ticket)
        try:
            return await ticket.answer
        finally:
            if ticket.answer.cancelled():
                self._abandon(ticket)

    async def stream(self, spec: StreamSpec, cost: float) -> AsyncGenerator[Told, None]:
        """The events of a fit as they happen; the last is `done`. The worker waits for a reader who
        is too slow.

        Closing frees the worker. Raises one of PoolError.
        """
        async with aclosing(self.batches(spec, cost)) as batches:
            async for batch in batches:
                for told in batch:
                    yield told

    async def batches(self, spec: StreamSpec, cost: float) -> AsyncGenerator[Sequence[Told], None]:
        """The same for a reader who takes at once what there is."""
        stream = Stream(spec, cost, self._limits.wall_clock_seconds, self._loop.create_future())
        self._admit(stream)
        try:
            async for told in stream:
                yield [told, *stream.rest()]
        finally:
            stream.close()
            self._abandon(stream)

    def _admit(self, ticket: Ticket) -> None:
        """What arrives in one turn of the event loop travels together, a full message at once."""
        if self._closing:
            raise ShuttingDownError
        if len(self._queue) >= self._room(small=ticket.small):
            raise QueueFullError
        self._queue.join(ticket)
        if len(self._queue) < MESSAGE_FITS:
            self._dispatch_soon()
        else:
            self._dispatch()

    def _room(self, *, small: bool) -> int:
        """Fits that may wait: those of the setting, and some for each worker that is idle at once
        or soon.
        """
        soon = sum(worker.soon for worker in self._workers)
        return self._limits.waiting + soon * (SOON_FITS if small else 1)

    def _abandon(self, ticket: Ticket) -> None:
        """Frees what a client that left would have used; small fits end sooner than a worker is
        replaced.
        """
        self._queue.leave(ticket)
        for worker in self._workers:
            if ticket in worker.fits and not ticket.brief:
                worker.kill()

    def _dispatch_soon(self) -> None:
        """Once a turn of the event loop."""
        if not self._dispatching:
            self._dispatching = True
            self._loop.call_soon(self._dispatch)

    def _dispatch(self) -> None:
        self._dispatching = False
        while (head := self._queue.head) and (worker := self._taker(head)):
            worker.send(self._queue.take())

    def _taker(self, head: Ticket) -> Worker | None:
        """Who is given the next message. Small fits go to one worker while it keeps up: a warm
        process beats two cold ones.
        """
        at_work = (worker for worker in self._workers if head.small and worker.keeps_up)
        idle = (worker for worker in self._workers if worker.idle)
        return next(chain(at_work, idle), None)

    async def _keep(self) -> None:
        """One worker after the other, for one place in the pool."""
        while True:
            try:
                worker = await self._hire()
            except (OSError, EOFError):
                log.exception("worker_not_started")
                await asyncio.sleep(PAUSE_SECONDS)
                continue
            try:
                await worker.lost.wait()
            finally:
                self._dismiss(worker)
                await worker.lost.wait()
            if not worker.worked:
                await asyncio.sleep(PAUSE_SECONDS)

    async def _hire(self) -> Worker:
        """A worker that is starting."""
        starting = asyncio.ensure_future(self._start())
        try:
            process, channel = await asyncio.shield(starting)
        except asyncio.CancelledError:
            # where it cannot start either, there is nothing to end
            with suppress(OSError, EOFError):
                process, channel = await starting
                process.kill()
                channel.close()
            raise
        _, worker = await self._loop.create_connection(
            lambda: Worker(process, self._dispatch_soon, self._count), sock=channel
        )
        self._workers.add(worker)
        return worker

    def _dismiss(self, worker: Worker) -> None:
        """Ends the process, and brings back the fits it has not answered. It died in its first
        message.
        """
        how = "killed" if worker.killed else "died"
        worker.kill()
        self._workers.discard(worker)
        if not self._closing:
            self.replaced[how] += 1
            log.warning("worker_lost", extra={"fields": {"fits": len(worker.fits), "how": how}})
        for ticket in worker.messages[0] if worker.messages else ():
            ticket.losses += 1
        for ticket in reversed(worker.fits):
            self._bring_back(ticket)

    def _bring_back(self, ticket: Ticket) -> None:
        if self._closing:
            ticket.fail(ShuttingDownError())
        elif ticket.losses == LOSSES:
            ticket.fail(WorkerLostError())
        elif not ticket.answer.done():
            self._queue.come_back(ticket)
            self._dispatch_soon()
