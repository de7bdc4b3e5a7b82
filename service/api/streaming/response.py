"""Responses that send events as they occur, with little buffered ahead of the reader."""

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
from service.pool.frames import EventBytes

ALIVE_SECONDS = 15
"""Seconds without an event after which a keep-alive is sent. A proxy may close a silent connection.
"""
ABORT = "coaster.abort"
"""The ASGI extension that ends a connection at once."""
PIECE_BYTES = 16 * 1024
CUT_SECONDS = 0.1
HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}

LastWords = Callable[[Request, ProblemError], EventBytes | None]
"""A function that returns the last event of a stream that ends early, or None if the client may
reconnect for more.
"""


class EventStream(Response):
    """A response that sends events as they occur.

    A failure before the first event gives an ordinary problem response. A failure after it gives
    the last event.
    """

    def __init__(
        self,
        request: Request,
        media_type: str,
        events: AsyncGenerator[EventBytes | None, None],
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
        """Store the stream in the state of the request, for the middleware around the application.

        The objects that made it, several kB, are freed while it is open.
        """
        scope["state"]["stream"] = self

    async def run(self, send: Send) -> None:
        """Stream until the last event, or until the client disconnects.

        Raises one of PROBLEMS, or ClientLeftError, before the first event.
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
        """End the stream early, for this reason."""
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
        """Send all frames, beginning with this one, and return the bytes to send last."""
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
        """Send a frame in pieces, so that a slow reader only needs to take one piece within the
        time limit.
        """
        self._unsent = memoryview(frame)
        while self._unsent:
            await _patiently(send, _body(bytes(self._unsent[:PIECE_BYTES])))
            self._unsent = self._unsent[PIECE_BYTES:]

    async def _next(self) -> bytes | None:
        """Return the next event or a keep-alive, or None after the last event.

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
        """Close the source of the events, and return the last bytes to send."""
        await self._close()
        told = self._last_words(self._request, error)
        return self._framing.frame(told) if told else self._framing.more

    async def _cut(self) -> None:
        """Disconnect a reader that does not even take the last event.

        This takes one or two turns of the event loop.
        """
        self._request.scope["extensions"][ABORT][ABORT]()
        await asyncio.sleep(CUT_SECONDS)

    async def _close(self) -> None:
        """Close the source of the events."""
        if self._pending:
            self._pending.cancel()
            await asyncio.gather(self._pending, return_exceptions=True)
        await self._events.aclose()


async def _patiently(send: Send, message: Message) -> None:
    """Send a message.

    Raises TimeoutError if the reader has taken nothing for too long.
    """
    async with asyncio.timeout(PATIENCE_SECONDS):
        await send(message)


def _early(why: Code) -> ProblemError:
    return ProblemError(why, ENDINGS[why])


def _body(frame: bytes, *, more: bool = True) -> Message:
    return {"type": "http.response.body", "body": frame, "more_body": more}
