"""A fit on its way through the pool that reports its events while it runs."""

import asyncio
from dataclasses import dataclass, field, replace

from service.descent.questions.fit import StreamSpec
from service.descent.questions.setting import Question
from service.pool.frames import EventBytes, Reply
from service.pool.interface import PoolError, SlowReaderError
from service.pool.queue import Ticket
from service.pool.scheduling import UNREAD_BYTES

DONE = b'{"type":"done","result":'


@dataclass(eq=False)
class StreamTicket(Ticket):
    """A fit whose events are kept until they are read.

    A stream is sent to a worker alone. If the worker ends early, another one continues the fit.
    """

    question: StreamSpec
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
    def small(self) -> bool:
        """False: the events of several fits in one message would be mixed."""
        return False

    @property
    def asked(self) -> Question:
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

    def settle(self, reply: Reply) -> None:
        """Resolve the answer, and resume the worker, whose next frames are for other fits."""
        super().settle(reply)
        self._resume_worker()

    def overdue(self) -> PoolError:
        """Return the error of a fit that took too long, or whose worker waited for the reader."""
        return SlowReaderError() if self._waited else super().overdue()

    async def has_events(self) -> bool:
        """Wait for the next event. Return False if the answer came instead."""
        while not self._unread and not self.answer.done():
            self._news.clear()
            await self._news.wait()
        return bool(self._unread)

    def done(self) -> EventBytes:
        """Return the event of the answer, which comes last, or raise one of PoolError."""
        return EventBytes("done", self._last or 0, DONE + self.answer.result() + b"}")

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
