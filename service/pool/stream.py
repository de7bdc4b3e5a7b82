"""A fit on its way through the pool that tells its events while it runs."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from service.descent.questions.specs import Question, StreamSpec
from service.pool.errors import PoolError, SlowReaderError
from service.pool.frames import Reply, Told
from service.pool.ticket import Ticket

DONE = b'{"type":"done","result":'
MAX_BYTES = 1024 * 1024
"""Of events that nobody has taken yet; then the worker waits."""


@dataclass(eq=False)
class Stream(Ticket):
    """An async iterator of events, the last of which is `done`. It travels alone; a worker that
    dies is followed by one that goes on.
    """

    question: StreamSpec
    _told: deque[Told] = field(default_factory=deque)
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
        """Its events would be mixed with those of others."""
        return False

    @property
    def asked(self) -> Question:
        """What is asked of a worker: all that no other has told."""
        return replace(self.question, after=self._last)

    def tell(self, told: Told) -> None:
        """Keeps an event for whoever iterates. A fit that gets further is not what its workers die
        of.
        """
        if self.answer.done():
            return
        self._told.append(told)
        self._bytes += len(told.body)
        self._last = told.last
        self.losses = 0
        self._news.set()

    def when_full(self, pause: Callable[[], None], resume: Callable[[], None]) -> None:
        """Pauses where too much is kept, until half of it is taken, nobody wants the rest, or the
        worker is done.
        """
        if self._bytes > MAX_BYTES and self._on_room is None:
            pause()
            self._on_room = resume
            self._waited = True

    def settle(self, reply: Reply) -> None:
        """Hands the worker's last word to whoever iterates: what comes now from the worker is for
        others.
        """
        super().settle(reply)
        self._make_room()

    def overdue(self) -> PoolError:
        """Why it took too long."""
        return SlowReaderError() if self._waited else super().overdue()

    def __aiter__(self) -> "Stream":
        return self

    async def __anext__(self) -> Told:
        while not self._told and not self.answer.done():
            self._news.clear()
            await self._news.wait()
        if self._told:
            return self._take()
        if self._ended:
            raise StopAsyncIteration
        self._ended = True
        return Told("done", self._last or 0, DONE + self.answer.result() + b"}")

    def rest(self) -> list[Told]:
        """The events that are there already."""
        return [self._take() for _ in range(len(self._told))]

    def close(self) -> None:
        """Nobody iterates any more."""
        if not self.answer.cancel() and not self.answer.cancelled():
            self.answer.exception()  # somebody has to have looked at it
        self._told.clear()
        self._bytes = 0
        self._make_room()

    def _take(self) -> Told:
        told = self._told.popleft()
        self._bytes -= len(told.body)
        if self._bytes <= MAX_BYTES // 2:
            self._make_room()
        return told

    def _make_room(self) -> None:
        if self._on_room:
            self._on_room()
            self._on_room = None
