"""A fit on its way through the pool that reports its events while it runs."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from service.descent.questions.specs import Question, StreamSpec
from service.pool.errors import PoolError, SlowReaderError
from service.pool.frames import EventBytes, Reply
from service.pool.ticket import Ticket

DONE = b'{"type":"done","result":'
MAX_BYTES = 1024 * 1024
"""The size of the unread events, in bytes, above which the worker waits."""


@dataclass(eq=False)
class Stream(Ticket):
    """An async iterator of the events of a fit, the last of which is `done`.

    A stream is sent to a worker alone. If the worker ends early, another one continues the fit.
    """

    question: StreamSpec
    _told: deque[EventBytes] = field(default_factory=deque)
    _bytes: int = 0
    _last: int | None = None
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _on_room: Callable[[], None] | None = None
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
        """The question for the next worker, which leaves out the events that earlier workers have
        sent.
        """
        return replace(self.question, after=self._last)

    def tell(self, told: EventBytes) -> None:
        """Keep an event for the reader, and reset the count of lost workers.

        A fit that makes progress is not the cause of the losses.
        """
        if self.answer.done():
            return
        self._told.append(told)
        self._bytes += len(told.body)
        self._last = told.last
        self.losses = 0
        self._news.set()

    def when_full(self, pause: Callable[[], None], resume: Callable[[], None]) -> None:
        """Pause the worker if too many events are unread.

        The worker resumes when half of them are read, the stream is closed, or the worker has
        finished.
        """
        if self._bytes > MAX_BYTES and self._on_room is None:
            pause()
            self._on_room = resume
            self._waited = True

    def settle(self, reply: Reply) -> None:
        """Resolve the answer, and resume the worker, whose next frames are for other fits."""
        super().settle(reply)
        self._make_room()

    def overdue(self) -> PoolError:
        """Return the error of a fit that took too long: SlowReaderError if its worker waited for
        the reader.
        """
        return SlowReaderError() if self._waited else super().overdue()

    def __aiter__(self) -> "Stream":
        return self

    async def __anext__(self) -> EventBytes:
        while not self._told and not self.answer.done():
            self._news.clear()
            await self._news.wait()
        if self._told:
            return self._take()
        if self._ended:
            raise StopAsyncIteration
        self._ended = True
        return EventBytes("done", self._last or 0, DONE + self.answer.result() + b"}")

    def rest(self) -> list[EventBytes]:
        """Return the events that are available already."""
        return [self._take() for _ in range(len(self._told))]

    def close(self) -> None:
        """Discard the unread events, because the reader has stopped."""
        if not self.answer.cancel() and not self.answer.cancelled():
            self.answer.exception()  # or asyncio logs that it was never retrieved
        self._told.clear()
        self._bytes = 0
        self._make_room()

    def _take(self) -> EventBytes:
        told = self._told.popleft()
        self._bytes -= len(told.body)
        if self._bytes <= MAX_BYTES // 2:
            self._make_room()
        return told

    def _make_room(self) -> None:
        if self._on_room:
            self._on_room()
            self._on_room = None
