"""The pool's end of one worker process."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from typing import cast

from service.descent.spec import FitSpec
from service.workers.errors import FailedError, FitTimeoutError, RefusedError
from service.workers.frames import Frames, Kind, Reply, pack_request, unpack_reply

SMALL_SECONDS = 0.01
"""Predicted CPU seconds up to which a fit ends sooner than a worker is replaced."""


@dataclass(eq=False)
class Ticket:
    """A fit on its way: `cost` in predicted CPU seconds, `losses` the workers that died in it."""

    spec: FitSpec
    cost: float
    answer: asyncio.Future[bytes]
    losses: int = 0
    patience: asyncio.TimerHandle | None = None

    @property
    def small(self) -> bool:
        """Whether it may travel with others; a fit that lost a worker may not."""
        return self.cost <= SMALL_SECONDS and not self.losses

    def stop_waiting(self) -> None:
        """It has left the queue."""
        if self.patience:
            self.patience.cancel()

    def settle(self, reply: Reply) -> None:
        """Hands the worker's word to whoever waits."""
        if reply.kind is Kind.REFUSED:
            self.fail(RefusedError(reply.payload.decode()))
        elif reply.kind is Kind.FAILED:
            self.fail(FailedError())
        elif not self.answer.done():
            self.answer.set_result(reply.payload)

    def fail(self, error: Exception) -> None:
        """Tells whoever waits why there is no answer."""
        if not self.answer.done():
            self.answer.set_exception(error)


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
        self.fits[0].fail(FitTimeoutError())
        self.kill()
