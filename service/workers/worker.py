"""The pool's end of one worker process."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from multiprocessing.process import BaseProcess
from typing import cast

from service.workers.errors import FitTimeoutError
from service.workers.frames import Frames, Kind, pack_request, unpack_reply
from service.workers.ticket import Ticket


class Worker(asyncio.Protocol):
    """One process: idle, or busy with one message of fits, which it answers in order."""

    def __init__(self, process: BaseProcess, on_idle: Callable[[], None], *, wall_clock_seconds: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._process = process
        self._on_idle = on_idle
        self._wall_clock_seconds = wall_clock_seconds
        self._frames = Frames()
        self._transport: asyncio.WriteTransport
        self._deadline: asyncio.TimerHandle | None = None
        self.fits: deque[Ticket] = deque()
        self.ready = False
        self.worked = False
        self.lost = asyncio.Event()

    @property
    def idle(self) -> bool:
        """Whether it can take a message."""
        return self.ready and not self.fits

    @property
    def soon(self) -> bool:
        """Whether it takes a message at once or within some milliseconds."""
        return self.ready and all(ticket.small for ticket in self.fits)

    def send(self, fits: Sequence[Ticket]) -> None:
        """Gives an idle worker its next fits."""
        self.fits.extend(fits)
        self._deadline = self._loop.call_later(self._wall_clock_seconds, self._overdue)
        self._transport.write(pack_request([ticket.spec for ticket in fits]))

    def kill(self) -> None:
        """Ends the process at once; `lost` follows."""
        self.ready = False
        if self._process.is_alive():
            self._process.kill()
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keeps the way to the process."""
        self._transport = cast(asyncio.WriteTransport, transport)

    def data_received(self, data: bytes) -> None:
        """Settles the fits that are answered."""
        for payload in self._frames.feed(data):
            reply = unpack_reply(payload)
            if reply.kind is Kind.READY:
                self.ready = self.worked = True
            else:
                self.fits.popleft().settle(reply)
        if self.idle:
            self._rest()
            self._on_idle()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's name
        """The process has ended."""
        self.ready = False
        self._rest()
        self.lost.set()

    def _rest(self) -> None:
        if self._deadline:
            self._deadline.cancel()
            self._deadline = None

    def _overdue(self) -> None:
        """In company nobody knows which fit was slow: each is made again, alone."""
        if len(self.fits) == 1:
            self.fits[0].fail(FitTimeoutError())
        self.kill()
