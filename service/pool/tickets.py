"""The fits that the pool has accepted."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from orjson import loads

from service.descent.questions.asked import Asked
from service.pool.frames import EventBytes, Reply, ReplyKind
from service.pool.interface import (
    FailedError,
    FitTimeoutError,
    InvalidError,
    PoolError,
    RejectedError,
    SlowReaderError,
    Streamed,
)
from service.pool.scheduling import EVENT_NUMBERS, SHORT_SECONDS, SMALL_SECONDS, UNREAD_BYTES


@dataclass(eq=False)
class Ticket:
    """A fit that the pool has accepted."""

    question: Asked
    cost: float
    """The predicted CPU time in seconds."""
    client: str = ""
    """The client whose turn the fit uses."""
    answer: asyncio.Future[list[bytes]] = field(default_factory=asyncio.Future)
    losses: int = 0
    """The number of workers that ended during the fit."""
    patient_until: float = 0.0
    """The time of the event loop until which the fit may wait."""
    rank: float = 0.0
    """The time at which the fit came, plus its cost: the order of the fits of one client. A longer
    fit that came earlier by more than the difference goes first, so that it does not wait for ever.
    """

    @property
    def short(self) -> bool:
        """True if a reserved worker may compute the fit."""
        return self.cost <= SHORT_SECONDS

    @property
    def brief(self) -> bool:
        """True if waiting for the fit is cheaper than a new worker: it is short and lost none."""
        return self.cost <= SHORT_SECONDS and not self.losses

    @property
    def small(self) -> bool:
        """True if the fit may share a message with others."""
        return self.cost <= SMALL_SECONDS and self.short and not self.losses

    @property
    def waits_for_reader(self) -> bool:
        """True if the worker waits for the client. Only a stream has a reader."""
        return False

    @property
    def asked(self) -> Asked:
        """The question for a worker."""
        return self.question

    def settle(self, reply: Reply, parts: Sequence[bytes] = ()) -> None:
        """Resolve the answer with the last frame of the worker for this fit, after these parts."""
        if reply.kind is ReplyKind.REJECTED:
            self.fail(RejectedError(reply.payload.decode()))
        elif reply.kind is ReplyKind.INVALID:
            self.fail(InvalidError(*loads(reply.payload)))
        elif reply.kind is ReplyKind.FAILED:
            self.fail(FailedError())
        elif not self.answer.done():
            self.answer.set_result([*parts, reply.payload])

    def overdue(self) -> PoolError:
        """Return the error of a fit that took too long."""
        return FitTimeoutError()

    def fail(self, error: Exception) -> None:
        """Resolve the answer with an error, unless it is resolved already."""
        if not self.answer.done():
            self.answer.set_exception(error)


@dataclass(eq=False)
class StreamTicket(Ticket):
    """A fit whose events are kept until they are read.

    If the worker ends early, another one continues the fit.
    """

    question: Streamed
    _unread: list[EventBytes] = field(default_factory=list)
    _bytes: int = 0
    _last: int | None = None
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _paused: asyncio.ReadTransport | None = None
    """The connection to the worker, while it waits for the reader."""
    _waited: bool = False

    def __post_init__(self) -> None:
        self._last = self.question.after
        self.answer.add_done_callback(lambda _: self._news.set())

    @property
    def short(self) -> bool:
        """True if the fit also has few enough events for a worker to keep them until its end: a
        slow reader must not delay the other fits of a message or of a reserved worker.
        """
        return super().short and self.question.numbers_in_events <= EVENT_NUMBERS

    @property
    def waits_for_reader(self) -> bool:
        """True if the worker waits until events are read."""
        return self._paused is not None

    @property
    def asked(self) -> Asked:
        """The question for the next worker, which continues after the events that were sent."""
        return replace(self.question, after=self._last)

    def keep(self, event: EventBytes, worker: asyncio.ReadTransport) -> None:
        """Keep an event for the reader, and forget lost workers, because the fit made progress.

        If too many events are unread, the worker waits until they are read.
        """
        if self.answer.done():
            return
        self._unread.append(event)
        self._bytes += len(event.body)
        self._last = event.last
        self.losses = 0
        self._news.set()
        if self._bytes > UNREAD_BYTES and not self._paused:
            worker.pause_reading()
            self._paused = worker
            self._waited = True

    def settle(self, reply: Reply, parts: Sequence[bytes] = ()) -> None:
        """Resolve the answer, and resume the worker, whose next frames are for other fits."""
        super().settle(reply, parts)
        self._resume_worker()

    def overdue(self) -> PoolError:
        """Return the error of a fit that took too long, or whose worker waited for the reader."""
        return SlowReaderError() if self._waited else super().overdue()

    async def batch(self) -> list[EventBytes]:
        """Wait for the next events, and return all that there are. The event of the answer comes
        last. If the fit fails instead, raise one of PoolError after the last events.
        """
        batch = self.take() if await self.has_events() else [self.done()]
        if batch[-1].type != "done" and self.answer.done() and not self.answer.exception():
            batch.append(self.done())
        return batch

    async def has_events(self) -> bool:
        """Wait for the next event. Return False if the answer came instead."""
        while not self._unread and not self.answer.done():
            self._news.clear()
            await self._news.wait()
        return bool(self._unread)

    def done(self) -> EventBytes:
        """Return the event of the answer, which comes last and is taken once, or raise one of
        PoolError.
        """
        parts = self.answer.result()
        event = EventBytes.done(self._last or 0, *parts)
        parts.clear()  # a large answer is kept once
        return event

    def take(self) -> list[EventBytes]:
        """Return the unread events, and resume the worker."""
        events, self._unread, self._bytes = self._unread, [], 0
        self._resume_worker()
        return events

    def close(self) -> None:
        """Discard the unread events, because the reader has stopped."""
        if not self.answer.cancel() and not self.answer.cancelled():
            self.answer.exception()  # or asyncio logs that it was never retrieved
        self.take()

    def _resume_worker(self) -> None:
        if self._paused:
            self._paused.resume_reading()
            self._paused = None
