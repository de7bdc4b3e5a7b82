"""A fit on its way through the pool that reports its events while it runs."""

import asyncio
from collections import deque
from collections.abc import Callable
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
    """An async iterator of the events of a fit, the last of which is `done`.

    A stream is sent to a worker alone. If the worker ends early, another one continues the fit.
    """

    question: StreamSpec
    _unread: deque[EventBytes] = field(default_factory=deque)
    _bytes: int = 0
    _last: int | None = None
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _resume: Callable[[], None] | None = None
    _waited: bool = False
    _ended: bool = False

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

    def keep(self, event: EventBytes) -> None:
        """Keep an event for the reader, and forget lost workers, because the fit made progress."""
        if self.answer.done():
            return
        self._unread.append(event)
        self._bytes += len(event.body)
        self._last = event.last
        self.losses = 0
        self._news.set()

    def when_full(self, pause: Callable[[], None], resume: Callable[[], None]) -> None:
        """Pause the worker if too many events are unread, until half of them are read."""
        if self._bytes > UNREAD_BYTES and self._resume is None:
            pause()
            self._resume = resume
            self._waited = True

    def settle(self, reply: Reply) -> None:
        """Resolve the answer, and resume the worker, whose next frames are for other fits."""
        super().settle(reply)
        self._resume_worker()

    def overdue(self) -> PoolError:
        """Return the error of a fit that took too long, or whose worker waited for the reader."""
        return SlowReaderError() if self._waited else super().overdue()

    def __aiter__(self) -> "StreamTicket":
        return self

    async def __anext__(self) -> EventBytes:
        while not self._unread and not self.answer.done():
            self._news.clear()
            await self._news.wait()
        if self._unread:
            return self._take()
        if self._ended:
            raise StopAsyncIteration
        self._ended = True
        return EventBytes("done", self._last or 0, DONE + self.answer.result() + b"}")

    def rest(self) -> list[EventBytes]:
        """Return the events that are available already."""
        return [self._take() for _ in range(len(self._unread))]

    def close(self) -> None:
        """Discard the unread events, because the reader has stopped."""
        if not self.answer.cancel() and not self.answer.cancelled():
            self.answer.exception()  # or asyncio logs that it was never retrieved
        self._unread.clear()
        self._bytes = 0
        self._resume_worker()

    def _take(self) -> EventBytes:
        event = self._unread.popleft()
        self._bytes -= len(event.body)
        if self._bytes <= UNREAD_BYTES // 2:
            self._resume_worker()
        return event

    def _resume_worker(self) -> None:
        if self._resume:
            self._resume()
            self._resume = None
