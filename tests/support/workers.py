"""Workers without processes. A test reads what the pool sends them, and makes them reply."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from multiprocessing.process import BaseProcess
from socket import socket, socketpair
from typing import cast

from service.descent.questions.fit import FitSpec, StreamSpec
from service.descent.questions.options import Synthetic
from service.descent.questions.setting import Question
from service.pool.forkserver import Sockets
from service.pool.frames import (
    EventBytes,
    Reply,
    ReplyKind,
    Tally,
    complete,
    pack_event,
    pack_reply,
    unpack_request,
)
from service.pool.interface import Count, uncounted
from service.pool.pool import Pool, PoolLimits
from service.pool.tickets import StreamTicket, Ticket
from tests.support.time import settled

QUICK = FitSpec(synthetic=Synthetic(), seed=42, lr=1e-5, steps=10)
WATCHED = StreamSpec(synthetic=Synthetic(), seed=42, lr=1e-5, steps=10)
LONG = StreamSpec(synthetic=Synthetic(), seed=42, lr=1e-5, steps=1000, record_every=1)
"""A stream of more numbers than one event may have."""
SMALL, LARGE = 0.0006, 5.0
"""Predicted CPU seconds of a fit that travels with others, and of one that travels alone."""


def ticket(cost: float = SMALL, client: str = "") -> Ticket:
    return Ticket(QUICK, cost, client)


def stream(cost: float = LARGE, *, spec: StreamSpec = WATCHED) -> StreamTicket:
    return StreamTicket(spec, cost)


def numbered(seed: int) -> FitSpec:
    """A fit that a test recognises by its seed."""
    return FitSpec(synthetic=Synthetic(), seed=seed, lr=1e-5, steps=10)


def answer(body: bytes = b"{}", tally: Tally | None = None) -> Reply:
    return Reply(ReplyKind.ANSWER, body, tally or Tally())


def steps(last: int, body: bytes = b'{"type":"steps"}') -> EventBytes:
    return EventBytes("steps", last, body)


class FakeWorker(asyncio.Protocol):
    """The worker's ends of the sockets, and its process.

    `messages` holds every message that it was sent.
    """

    def __init__(self, memory: socket) -> None:
        self._memory = memory
        self.messages: list[Sequence[Question]] = []
        self.pid: int | None = None
        self.alive = True
        self.killed = False
        self._received = bytearray()
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        requests = map(unpack_request, complete(self._received))
        self.messages += cast("Iterator[Sequence[Question]]", requests)  # no excerpts

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's name
        self.alive = False
        self._memory.close()

    @property
    def seeds(self) -> list[list[int]]:
        """The messages, each fit by its seed."""
        return [[question.seed for question in message] for message in self.messages]

    def become_ready(self, kind: str = "fake") -> None:
        self.reply(Reply(ReplyKind.READY, kind.encode()))

    def reply(self, *replies: Reply) -> None:
        self._transport.write(b"".join(map(pack_reply, replies)))

    def tell(self, *sent: EventBytes) -> None:
        self._transport.write(b"".join(map(pack_event, sent)))

    @property
    def unheard_bytes(self) -> int:
        """What it said and the system does not take, because the pool does not read."""
        return self._transport.get_write_buffer_size()

    def die(self) -> None:
        self.alive = False
        self._transport.abort()

    def is_alive(self) -> bool:
        return self.alive

    def kill(self) -> None:
        self.killed = True
        self.die()


class FakeWorkers:
    """Starts fake workers for a pool and remembers them. A start may fail, or wait for a permit."""

    def __init__(self, *, warm: bool = True) -> None:
        self.started: list[FakeWorker] = []
        self.failures: list[Exception] = []
        self.permit = asyncio.Event()
        self.permit.set()
        self._warm = warm

    async def start(self) -> tuple[BaseProcess, Sockets]:
        await self.permit.wait()
        if self.failures:
            raise self.failures.pop(0)
        (ours, theirs), (memory, worker_memory) = socketpair(), socketpair()
        loop = asyncio.get_running_loop()
        _, worker = await loop.create_connection(lambda: FakeWorker(worker_memory), sock=theirs)
        self.started.append(worker)
        if self._warm:
            worker.become_ready()
        return cast(BaseProcess, worker), (ours, memory)

    @property
    def living(self) -> list[FakeWorker]:
        return [worker for worker in self.started if worker.alive]


@asynccontextmanager
async def fake_pool(
    fakes: FakeWorkers, /, count: Count = uncounted, **given: float
) -> AsyncIterator[Pool]:
    """A pool of fake workers, once those that become ready by themselves are ready."""
    usual = {"workers": 1, "waiting": 4, "wait_seconds": 5.0, "wall_clock_seconds": 30.0}
    limits = PoolLimits(**usual | given)  # type: ignore[arg-type]  # whole numbers stay whole
    async with Pool(limits, count, fakes.start) as pool:
        await settled()
        yield pool
