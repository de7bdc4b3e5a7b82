"""The pool's end of one worker process."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import cast

from service.pool.forkserver import Process
from service.pool.frames import (
    Frames,
    Kind,
    Reply,
    Told,
    pack_request,
    unpack_reply,
    unpack_told,
)
from service.pool.stats import Count, uncounted
from service.pool.stream import Stream
from service.pool.ticket import SMALL_SECONDS, Ticket

PATIENCE_SECONDS = 0.05
"""A worker that is at one message for so long is not given more: it may be stopped, or in a fit
that is not small at all.
"""


class Worker(asyncio.Protocol):
    """One process, which answers messages of fits in the order given."""

    def __init__(
        self, process: Process, on_reply: Callable[[], None], count: Count = uncounted
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._process = process
        self._on_reply = on_reply
        self._count = count
        self._frames = Frames()
        self._transport: asyncio.Transport
        self._deadline: asyncio.TimerHandle | None = None
        self._began = 0.0
        self.messages: deque[deque[Ticket]] = deque()
        self.kind = ""
        self.ready = False
        self.worked = False
        self.killed = False
        self.lost = asyncio.Event()

    @property
    def fits(self) -> list[Ticket]:
        """What it has not answered."""
        return [ticket for message in self.messages for ticket in message]

    @property
    def idle(self) -> bool:
        """Whether it has nothing to do."""
        return self.ready and not self.messages

    @property
    def soon(self) -> bool:
        """Whether it is idle within some milliseconds, or now."""
        return self.ready and all(ticket.small for ticket in self.fits)

    @property
    def keeps_up(self) -> bool:
        """Whether it is at work on small fits, and more of them would not wait long."""
        if self.idle or self._loop.time() - self._began >= PATIENCE_SECONDS:
            return False
        return self.soon and sum(ticket.cost for ticket in self.fits) <= SMALL_SECONDS

    def send(self, message: Sequence[Ticket]) -> None:
        """Gives it its next fits."""
        self.messages.append(deque(message))
        self._transport.write(pack_request([ticket.asked for ticket in message]))
        if len(self.messages) == 1:
            self._begin()

    def kill(self) -> None:
        """Ends the process at once; `lost` follows."""
        self.ready = False
        self.killed = True
        if self._process.is_alive():
            self._process.kill()
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keeps the way to the process."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Settles the fits that are answered, and tells the events of streams."""
        for payload in self._frames.feed(data):
            reply = unpack_reply(payload)
            if reply.kind is Kind.READY:
                self.kind = reply.payload.decode()
                self.ready = self.worked = True
            elif reply.kind is Kind.EVENT:
                self._tell(unpack_told(reply.payload))
            else:
                self._settle(reply)
        self._on_reply()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's name
        """The process has ended."""
        self.ready = False
        self._rest()
        self.lost.set()

    def _tell(self, told: Told) -> None:
        stream = self.messages[0][0]
        assert isinstance(stream, Stream)
        stream.tell(told)
        stream.when_full(self._transport.pause_reading, self._go_on)

    def _go_on(self) -> None:
        if not self._transport.is_closing():
            self._transport.resume_reading()

    def _settle(self, reply: Reply) -> None:
        message = self.messages[0]
        ticket = message.popleft()
        ticket.settle(reply)
        if reply.tally:
            self._count(ticket.question, reply.tally)
        if not message:
            self.messages.popleft()
            self._rest()
            if self.messages:
                self._begin()

    def _begin(self) -> None:
        """It turns to its next message."""
        self._began = self._loop.time()
        wall_clock_seconds = max(ticket.wall_clock_seconds for ticket in self.messages[0])
        self._deadline = self._loop.call_later(wall_clock_seconds, self._overdue)

    def _rest(self) -> None:
        if self._deadline:
            self._deadline.cancel()
            self._deadline = None

    def _overdue(self) -> None:
        """In company nobody knows which fit was slow: each is made again, alone."""
        ticket, *others = self.messages[0]
        if not others:
            ticket.fail(ticket.overdue())
        self.kill()
