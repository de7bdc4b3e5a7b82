"""Pools of workers without processes."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from service.descent.questions.asked import Asked
from service.pool.frames import EventBytes
from service.pool.interface import Count, Load, QueueFullError, Streamed, uncounted
from service.pool.tickets import StreamTicket, Ticket
from service.worker.main import kind, reply_parts


class InProcessPool:
    """Makes every fit in this process, part by part, so that the event loop goes on meanwhile.

    `hold` stops every fit where it is until `release`; a fit that comes meanwhile waits. A pool
    that is `full` refuses new fits. A `failure` is raised instead of each answer. `count` is
    called with every answer.
    """

    def __init__(self, count: Count = uncounted) -> None:
        self.replaced = {"died": 0, "killed": 0}
        self.kind: str | None = kind()
        self.ready = True
        self.full = False
        self.failure: Exception | None = None
        self.count = count
        self._open = asyncio.Event()
        self._open.set()
        self._waiting = 0
        self._busy = 0

    @property
    def load(self) -> Load:
        return Load(workers=1, warm=1, busy=self._busy, waiting_limit=4, waiting=self._waiting)

    def full_for(self, client: str) -> bool:  # noqa: ARG002 - the protocol's name
        return self.full

    def hold(self) -> None:
        """Let no fit go on from now on."""
        self._open.clear()

    def release(self) -> None:
        """Let all fits go on."""
        self._open.set()

    async def pieces(self, question: Asked, cost: float, client: str = "") -> list[bytes]:
        ticket = Ticket(question, cost, client)
        async with aclosing(self._advance(ticket, [])) as parts:
            async for _ in parts:
                pass
        return await ticket.answer

    async def answer(self, question: Asked, cost: float, client: str = "") -> bytes:
        return b"".join(await self.pieces(question, cost, client))

    async def stream(
        self, spec: Streamed, cost: float, client: str = ""
    ) -> AsyncGenerator[EventBytes, None]:
        async with aclosing(self.batches(spec, cost, client)) as batches:
            async for batch in batches:
                for event in batch:
                    yield event

    async def batches(
        self, spec: Streamed, cost: float, client: str = ""
    ) -> AsyncGenerator[Sequence[EventBytes], None]:
        stream = StreamTicket(spec, cost, client)
        sent: list[EventBytes] = []
        async with aclosing(self._advance(stream, sent)) as parts:
            async for _ in parts:
                if sent:
                    yield [*sent]
                    sent.clear()
        yield [*sent, stream.done()]

    async def _advance(self, ticket: Ticket, sent: list[EventBytes]) -> AsyncGenerator[None, None]:
        """Yield after each part of the fit, and settle the ticket with its reply."""
        if self.full:
            raise QueueFullError
        self._waiting += 1
        try:
            await self._open.wait()
        finally:
            self._waiting -= 1
        self._busy += 1
        try:
            if self.failure:
                raise self.failure
            for reply in reply_parts(ticket.asked, sent.append):
                if reply:
                    ticket.settle(reply)
                    if reply.tally:
                        self.count(ticket.question, reply.tally)
                    return
                yield
                await asyncio.sleep(0)
                await self._open.wait()
        finally:
            self._busy -= 1


class ScriptedPool(InProcessPool):
    """Streams what a test says, as it says it, instead of the events of a fit."""

    def __init__(self) -> None:
        super().__init__()
        self._script: asyncio.Queue[EventBytes | Exception | None] = asyncio.Queue()

    def tell(self, *sent: EventBytes) -> None:
        """Let these events happen in the stream."""
        for each in sent:
            self._script.put_nowait(each)

    def fail(self, error: Exception) -> None:
        """End the stream by an error."""
        self._script.put_nowait(error)

    def end(self) -> None:
        """End the stream."""
        self._script.put_nowait(None)

    async def stream(
        self,
        spec: Streamed,  # noqa: ARG002 - the protocol's names
        cost: float,  # noqa: ARG002
        client: str = "",  # noqa: ARG002
    ) -> AsyncGenerator[EventBytes, None]:
        self._busy += 1
        try:
            while isinstance(said := await self._script.get(), EventBytes):
                yield said
            if said:
                raise said
        finally:
            self._busy -= 1
