"""The pool's end of one worker process."""

import asyncio
import logging
import os
import signal
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from math import inf
from multiprocessing.process import BaseProcess
from socket import socket
from typing import cast

from service.pool import frames
from service.pool.activity import Activity, activity_of
from service.pool.clocks import Clock
from service.pool.frames import EventBytes, Reply, ReplyKind
from service.pool.interface import Count, FitTimeoutError
from service.pool.memory import send
from service.pool.scheduling import (
    SMALL_SECONDS,
    STILL_SECONDS,
    STILL_TIMES,
    UNRESPONSIVE_SECONDS,
)
from service.pool.tickets import StreamTicket, Ticket

log = logging.getLogger(__name__)


class Worker(asyncio.Protocol):
    """One worker process. It answers messages of fits in their order, each within a time limit. A
    process that stands still is killed sooner. A reserved worker gets only short fits. `memory` is
    the socket over which shared memory is sent.
    """

    def __init__(
        self,
        process: BaseProcess,
        memory: socket,
        clock: Clock,
        on_reply: Callable[[], None],
        count: Count,
        *,
        reserved: bool = False,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._process = process
        self._memory = memory
        self._clock = clock
        self._on_reply = on_reply
        self._count = count
        self._received = bytearray()
        self._unsent: deque[bytes | memoryview] = deque()
        self._may_send = True
        self._transport: asyncio.Transport
        self._began = 0.0
        self._predicted = 0.0
        self._seen: Activity | None = None
        self._next_look: asyncio.TimerHandle
        self.reserved = reserved
        self.unanswered = 0
        self._parts: list[bytes] = []
        self.messages: deque[deque[Ticket]] = deque()
        self.kind = ""
        self.ready = False
        self.killed = False
        self.stood_still = False
        self.lost = asyncio.Event()

    @property
    def fits(self) -> list[Ticket]:
        """The fits that the worker has not answered."""
        return [ticket for message in self.messages for ticket in message]

    @property
    def idle(self) -> bool:
        """True if the worker is ready and has nothing to do."""
        return self.ready and not self.messages

    @property
    def soon(self) -> bool:
        """True if the worker is idle now or within some milliseconds.

        The last fit decides: after a fit that is not small, a worker gets no more until it is idle.
        """
        return self.ready and (not self.messages or self.messages[-1][-1].small)

    @property
    def keeps_up(self) -> bool:
        """True if the worker is busy with small fits, and more of them would not wait long."""
        if not self.messages or self._loop.time() - self._began >= UNRESPONSIVE_SECONDS:
            return False
        return self.soon and self._predicted <= SMALL_SECONDS

    def send(self, message: Sequence[Ticket]) -> None:
        """Send the worker its next fits."""
        self.messages.append(deque(message))
        self._predicted += sum(ticket.cost for ticket in message)
        self.unanswered += len(message)
        pieces, shared = frames.pack_request([ticket.asked for ticket in message])
        with suppress(OSError):  # the process has ended
            for each in shared:
                send(each, self._memory)
        self._unsent.extend(pieces)
        self._send()
        if len(self.messages) == 1:
            self._begin()

    def kill(self) -> None:
        """End the process at once. Then `lost` is set."""
        self.ready = False
        self.killed = True
        if self._process.is_alive():
            self._process.kill()
        elif self._process.pid and not self.lost.is_set():
            # if its forkserver was killed, Python takes a process that runs for one that has ended
            with suppress(ProcessLookupError):
                os.kill(self._process.pid, signal.SIGKILL)
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the connection to the process, and watch its start."""
        self._transport = cast(asyncio.Transport, transport)
        self._look_in(STILL_SECONDS)

    def data_received(self, data: bytes) -> None:
        """Resolve the fits that are answered, and pass on the events of streams."""
        self._received += data
        for payload in frames.complete(self._received):
            reply = frames.unpack_reply(payload)
            if isinstance(reply, EventBytes):
                stream = self.messages[0][0]
                assert isinstance(stream, StreamTicket)
                stream.keep(reply, self._transport)
            elif reply.kind is ReplyKind.READY:
                self.kind = reply.payload.decode()
                self.ready = True
                self._next_look.cancel()
            elif reply.kind is ReplyKind.PART:
                self._parts.append(reply.payload)
            else:
                self._settle(reply)
        self._on_reply()

    def pause_writing(self) -> None:
        """Keep the rest of a large message until the worker has read what was sent."""
        self._may_send = False

    def resume_writing(self) -> None:
        """Send more of a large message."""
        self._may_send = True
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's name
        """Record that the process has ended."""
        self.ready = False
        self._next_look.cancel()
        self._memory.close()
        self.lost.set()

    def _send(self) -> None:
        """Send pieces of messages as long as the transport does not have to keep them."""
        while self._unsent and self._may_send:
            self._transport.write(self._unsent.popleft())

    def _settle(self, reply: Reply) -> None:
        message = self.messages[0]
        ticket = message.popleft()
        self._predicted -= ticket.cost
        self.unanswered -= 1
        parts, self._parts = self._parts, []
        ticket.settle(reply, parts)
        if reply.tally:
            self._count(ticket.question, reply.tally)
        if not message:
            self.messages.popleft()
            self._next_look.cancel()
            if self.messages:
                self._begin()

    def _begin(self) -> None:
        """Start the time limit of the next message."""
        self._began = self._loop.time()
        self._seen = None
        self._clock.begin(self._process.pid)
        predicted = sum(ticket.cost for ticket in self.messages[0])
        self._look_in(STILL_SECONDS + STILL_TIMES * predicted)

    def _look_in(self, seconds: float) -> None:
        self._next_look = self._loop.call_later(min(seconds, self._left), self._look)

    @property
    def _left(self) -> float:
        """The time that is left for a message, in seconds. The start of a worker has no limit."""
        return self._clock.left if self.messages else inf

    def _look(self) -> None:
        """Kill a worker that takes too long for a message or stands still, or look again later."""
        if self._left <= 0:
            self._overdue()
            return
        before, self._seen = self._seen, activity_of(self._process.pid)
        if self._stands_still(before):
            log.warning("worker_stands_still", extra={"fields": {"pid": self._process.pid}})
            self.stood_still = True
            self.kill()
        else:
            self._look_in(STILL_SECONDS)

    def _stands_still(self, before: Activity | None) -> bool:
        """Return whether the process has not worked since the look before, and does not want to. A
        process that waits for a processor, a disk or a reader does not stand still.
        """
        if before is None or self._seen is None:
            return False
        if self.messages and self.messages[0][0].waits_for_reader:
            return False
        return not self._seen.busy and self._seen.cpu_seconds == before.cpu_seconds

    def _overdue(self) -> None:
        """Kill a worker that takes too long for a message."""
        ticket, *others = self.messages[0]
        if not others:  # otherwise any may be the slow one, so each is retried alone
            ticket.fail(ticket.overdue() if self._clock.counts_waiting else FitTimeoutError())
        self.kill()
