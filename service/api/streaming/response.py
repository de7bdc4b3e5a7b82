"""Events on their way to a client: as they come, and never ahead of a reader by much."""

import asyncio
from collections.abc import AsyncGenerator, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from service.api.disconnect import ClientLeftError, while_connected
from service.api.failures import PROBLEMS, explained
from service.api.problems import Code, ProblemError
from service.api.state import app_state
from service.api.streaming.framing import FRAMINGS
from service.api.streaming.slots import ENDINGS, PATIENCE_SECONDS
from service.pool.frames import Told

ALIVE_SECONDS = 15
"""Without an event, a sign of life: whoever stands between may close what is silent."""
ABORT = "coaster.abort"
"""The ASGI extension that ends a connection at once."""
PIECE_BYTES = 16 * 1024
CUT_SECONDS = 0.1
HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}

LastWords = Callable[[Request, ProblemError], Told | None]
"""The last event of a stream that ends early; None where a reader may come back for more."""


class EventStream(Response):
    """Events as they come. What fails before the first is an ordinary answer; after it, the last
    words.
    """

    def __init__(
        self,
        request: Request,
        media_type: str,
        events: AsyncGenerator[Told | None, None],
        last_words: LastWords,
    ) -> None:
        super().__init__(headers=HEADERS, media_type=media_type)
        del self.headers["content-length"]
        self._request = request
        self._framing = FRAMINGS[media_type]
        self._events = events
        self._last_words = last_words
        self._pending: asyncio.Task[bytes | None] | None = None
        self._ended: Code | None = None
        self._begun = False
        self._unsent = memoryview(b"")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's names
        """Leaves itself to whoever stands around the application: what made it, several kB, need
        not last as long as it does.
        """
        scope["state"]["stream"] = self

    async def run(self, send: Send) -> None:
        """Streams until the last event, or until the client leaves.

        Raises one of PROBLEMS, or ClientLeftError, before the first.
        """
        with app_state(self._request).streams.place(self):
            try:
                await while_connected(self._request, self._stream(send))
            except ClientLeftError:
                if not self._begun:
                    raise
            finally:
                await self._close()

    def end(self, why: Code) -> None:
        """Ends it early."""
        self._ended = why
        if self._pending:
            self._pending.cancel()

    async def _stream(self, send: Send) -> None:
        frame = await self._next()
        self._begun = True
        try:
            await _patiently(
                send, {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
            )
            await self._send(send, await self._frames(send, frame))
            await _patiently(send, _body(b"", more=False))
        except TimeoutError:
            await self._cut()

    async def _frames(self, send: Send, frame: bytes | None) -> bytes:
        """Sends frame after frame, from the first on; gives back what is to be sent last."""
        try:
            while frame:
                await self._send(send, frame)
                frame = await self._next()
        except TimeoutError:
            return bytes(self._unsent) + await self._farewell(_early(Code.SLOW_READER))
        except PROBLEMS as error:
            return await self._farewell(explained(error))
        return b""

    async def _send(self, send: Send, frame: bytes) -> None:
        """Sends a frame in pieces, so that a reader need not take a long one within his
        patience.
        """
        self._unsent = memoryview(frame)
        while self._unsent:
            await _patiently(send, _body(bytes(self._unsent[:PIECE_BYTES])))
            self._unsent = self._unsent[PIECE_BYTES:]

    async def _next(self) -> bytes | None:
        """The next event, or a sign of life; nothing after the last event.

        Raises one of PROBLEMS.
        """
        if self._ended:
            raise _early(self._ended)
        pending = self._pending = self._pending or asyncio.create_task(self._event())
        await asyncio.wait({pending}, timeout=ALIVE_SECONDS)
        if self._ended:
            raise _early(self._ended)
        if not pending.done():
            return self._framing.alive
        self._pending = None
        return pending.result()

    async def _event(self) -> bytes | None:
        async for told in self._events:
            return self._framing.frame(told) if told else self._framing.alive
        return None

    async def _farewell(self, error: ProblemError) -> bytes:
        """Frees what fed it; what is said last."""
        await self._close()
        told = self._last_words(self._request, error)
        return self._framing.frame(told) if told else self._framing.more

    async def _cut(self) -> None:
        """A reader who does not take even the last words is cut off, which takes a turn of the
        event loop or two.
        """
        self._request.scope["extensions"][ABORT][ABORT]()
        await asyncio.sleep(CUT_SECONDS)

    async def _close(self) -> None:
        """Whatever fed it is freed."""
        if self._pending:
            self._pending.cancel()
            await asyncio.gather(self._pending, return_exceptions=True)
        await self._events.aclose()


async def _patiently(send: Send, message: Message) -> None:
    """Raises TimeoutError where a reader has taken nothing for too long."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        await send(message)


def _early(why: Code) -> ProblemError:
    return ProblemError(why, ENDINGS[why])


def _body(frame: bytes, *, more: bool = True) -> Message:
    return {"type": "http.response.body", "body": frame, "more_body": more}
