"""Responses that send events as they occur, with little buffered ahead of the reader."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from service.api.disconnect import Watch
from service.api.endpoints import NDJSON, SSE
from service.api.failures import PROBLEMS, expected
from service.api.problems import Code, ProblemError
from service.api.state import state_of
from service.api.transfer.budget import held_by
from service.pool.frames import EventBytes

PATIENCE_SECONDS = 10
"""Seconds after which a client that reads nothing is disconnected."""
EARLY_ENDINGS = {
    Code.SHUTTING_DOWN: "The service is shutting down.",
    Code.STREAM_LIMIT: "The stream was open for the maximum time.",
    Code.SLOW_READER: f"The client read nothing for {PATIENCE_SECONDS} seconds.",
}
ALIVE_SECONDS = 15
"""Seconds after which a keep-alive is sent, as a proxy may close a silent connection."""
ABORT = "coaster.abort"
"""The ASGI extension that ends a connection at once. Only our own connections have it."""
RUN_LATER = "run_later"
"""The name in the state of a request of the function that runs a response later."""
PIECE_BYTES = 16 * 1024
CUT_SECONDS = 0.1
LARGE_EVENT_BYTES = 128 * 1024
"""The size in bytes above which an event counts as a large answer. Events of several steps have at
most about 80 kB, but an event of one step, or the last one, can have more.
"""
STREAM_HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}


@dataclass(frozen=True)
class Framing:
    """The bytes of events in one media type."""

    head: Callable[[EventBytes], bytes]
    """A function that returns the bytes before the content of an event."""
    tail: bytes
    """The bytes after the content of an event."""
    alive: bytes
    """The bytes of a keep-alive."""
    more: bytes
    """The end of a stream that has more events: the client should reconnect after one second."""

    def frame(self, event: EventBytes) -> bytes:
        """Return an event as it is sent."""
        return b"".join((self.head(event), event.body, self.tail))


def _sse(event: EventBytes) -> bytes:
    """Return the head of a server-sent event. Steps and rows have an id, which is where a client
    resumes.
    """
    last_id = b"id: %d\n" % event.last if event.type in {"steps", "rows"} else b""
    return b"event: %s\n%sdata: " % (event.type.encode(), last_id)


FRAMINGS = {
    SSE: Framing(_sse, b"\n\n", b": alive\n\n", b"retry: 1000\n\n"),
    NDJSON: Framing(lambda _: b"", b"\n", b"\n", b""),
}
Frame = bytes | EventBytes
"""The next bytes to send, or an event that is so large that it is not copied."""
LastWords = Callable[[ProblemError], EventBytes | None]
"""A function that returns the last event of a stream that ends early, or None to reconnect."""


class EventStream(Response):
    """A response that sends events as they occur.

    A failure before the first event gives an ordinary problem response. A failure after it gives
    the last event. `quota` is held while the stream is open.
    """

    def __init__(
        self,
        request: Request,
        media_type: str,
        events: AsyncGenerator[EventBytes | None, None],
        last_words: LastWords,
        quota: AbstractContextManager[object] | None = None,
    ) -> None:
        self.status_code, self.media_type, self.background = 200, media_type, None
        self.init_headers(STREAM_HEADERS)
        self._streams = state_of(request.app).streams
        self._held = held_by(request)
        self._framing = FRAMINGS[media_type]
        self._events = events
        self._last_words = last_words
        self._quota = quota or nullcontext()
        self._pending: asyncio.Task[Frame | None] | None = None
        self._closing: asyncio.Task[None] | None = None
        self._ended: Code | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stream until the last event.

        If the entrance offers it, this happens after the application has returned: the frames and
        the scope of FastAPI would take 10 of the 30 kB that an open stream may take. Raises one of
        PROBLEMS before the first event, and DisconnectError.
        """
        if run_later := scope["state"].pop(RUN_LATER, None):
            run_later(self)
            return
        with self._quota, self._streams.slot(self.end):
            try:
                with Watch(receive) as self._watch:
                    await self._stream(scope, send)
            finally:
                await self._close()

    def end(self, why: Code) -> None:
        """End the stream early, for this reason. This frees the worker at once."""
        self._ended = why
        self._close()

    async def _stream(self, scope: Scope, send: Send) -> None:
        frame = await self._next()
        try:
            head = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
            await _patiently(send(head))
            await self._send_events(send, frame)
            await _patiently(send(_body(b"", more=False)))
        except TimeoutError:  # the reader does not even take the last event
            await abort(scope)

    async def _send_events(self, send: Send, frame: Frame | None) -> None:
        """Send all events, beginning with this frame, or the last words if a failure ends them."""
        try:
            while frame:
                if isinstance(frame, bytes):
                    await self._send_frame(send, frame)
                else:
                    await self._send_large(send, frame)
                frame = None  # a large one is no longer needed
                frame = await self._next()
        except PROBLEMS as error:
            await self._close()
            last = self._last_words(expected(error))
            await self._send_frame(send, self._framing.frame(last) if last else self._framing.more)

    async def _send_large(self, send: Send, event: EventBytes) -> None:
        """Send a large event, which counts until it has been read, and is not copied as a whole.
        Raises ProblemError if there is no room for it.
        """
        before = self._held.size
        self._held.resize(max(before, len(event.body)), Code.TOO_MANY_ANSWERS)
        for part in (self._framing.head(event), memoryview(event.body), self._framing.tail):
            await self._send_frame(send, part)
        self._held.resize(before, Code.TOO_MANY_ANSWERS)

    async def _send_frame(self, send: Send, frame: bytes | memoryview) -> None:
        """Send a frame in pieces, each of which has a time limit of its own.

        A reader that takes nothing for too long ends the stream. It has as much time again to take
        the piece, and then the reason. The piece is not sent again, as servers differ in whether
        they write before they wait. Raises TimeoutError if the reader still takes nothing.
        """
        loop = asyncio.get_running_loop()
        for start in range(0, len(frame), PIECE_BYTES):
            piece = _body(bytes(frame[start : start + PIECE_BYTES]))
            if self._closing:
                await _patiently(send(piece))
                continue
            too_slow = loop.call_later(PATIENCE_SECONDS, self.end, Code.SLOW_READER)
            try:
                await _patiently(send(piece), times=2)
            finally:
                too_slow.cancel()

    async def _next(self) -> Frame | None:
        """Return the next event, a keep-alive, or None at the end. Raises one of PROBLEMS."""
        if self._ended:
            raise _ended_early(self._ended)
        pending = self._pending = self._pending or asyncio.create_task(self._event())
        try:
            await asyncio.wait({pending}, timeout=ALIVE_SECONDS)
        except asyncio.CancelledError:
            if self._watch.disconnected:
                raise
            self.end(Code.SHUTTING_DOWN)  # a server that ends cancels its open requests
        if self._ended:
            raise _ended_early(self._ended)
        if not pending.done():
            return self._framing.alive
        self._pending = None
        return pending.result()

    async def _event(self) -> Frame | None:
        async for event in self._events:
            if event is None:
                return self._framing.alive
            if len(event.body) > LARGE_EVENT_BYTES:
                return event
            return self._framing.frame(event)
        return None

    def _close(self) -> asyncio.Task[None]:
        """Begin to close the source of the events, once, and return the task that does it."""
        if self._closing is None:
            self._closing = asyncio.create_task(self._close_source())
        return self._closing

    async def _close_source(self) -> None:
        if self._pending:
            self._pending.cancel()
            await asyncio.gather(self._pending, return_exceptions=True)
        await self._events.aclose()


async def abort(scope: Scope) -> None:
    """End the connection of a request at once, if the server offers it."""
    extensions = scope.get("extensions") or {}
    if ABORT in extensions:
        extensions[ABORT][ABORT]()
        await asyncio.sleep(CUT_SECONDS)  # one or two turns of the event loop are enough


def _ended_early(why: Code) -> ProblemError:
    return ProblemError(why, EARLY_ENDINGS[why])


async def _patiently(sending: Awaitable[None], *, times: int = 1) -> None:
    """Send a message. Raises TimeoutError if the reader takes nothing for this time."""
    async with asyncio.timeout(times * PATIENCE_SECONDS):
        await sending


def _body(frame: bytes, *, more: bool = True) -> Message:
    return {"type": "http.response.body", "body": frame, "more_body": more}
