"""The pool's end of one worker process."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from multiprocessing.process import BaseProcess
from typing import cast

from service.workers.errors import FitTimeoutError
from service.workers.frames import Frames, Kind, pack_request, unpack_reply
from service.workers.ticket import SMALL_SECONDS, Ticket


class Worker(asyncio.Protocol):
    """One process, which answers fits in the order given."""

    def __init__(self, process: BaseProcess, on_free: Callable[[], None], *, wall_clock_seconds: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._process = process
        self._on_free = on_free
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
        """Whether it has nothing to do."""
        return self.ready and not self.fits

    @property
    def soon(self) -> bool:
        """Whether it is idle within some milliseconds, or now."""
        return self.ready and all(ticket.small for ticket in self.fits)

    @property
    def keeps_up(self) -> bool:
        """Whether it is at work on small fits, and more of them would not wait long."""
        return bool(self.fits) and self.soon and sum(ticket.cost for ticket in self.fits) <= SMALL_SECONDS

    def send(self, fits: Sequence[Ticket]) -> None:
        """Gives it its next fits."""
        if not self.fits:
            self._set_deadline()
        self.fits.extend(fits)
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
        self._rest()
        if self.fits:
            self._set_deadline()
        self._on_free()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's name
        """The process has ended."""
        self.ready = False
        self._rest()
        self.lost.set()

    def _set_deadline(self) -> None:
        self._deadline = self._loop.call_later(self._wall_clock_seconds, self._overdue)

    def _rest(self) -> None:
        if self._deadline:
            self._deadline.cancel()
            self._deadline = None

    def _overdue(self) -> None:
        """In company nobody knows which fit was slow: each is made again, alone."""
        if len(self.fits) == 1:
            self.fits[0].fail(FitTimeoutError())
        self.kill()
