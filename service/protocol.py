"""HTTP on one connection, with what holds before the application: time to send a request in, and
room for its head.
"""

import asyncio
import logging
import secrets
from http import HTTPStatus
from typing import cast

import httptools
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from service.api.limits import MAX_HEAD_BYTES, MAX_HEADERS, MAX_TARGET_BYTES
from service.api.problems import MEDIA_TYPE, Code, ProblemError, problem
from service.api.state import state_of
from service.api.streaming.response import ABORT, PIECE_BYTES
from service.descent.frozen import frozen
from service.transport import outgoing

LINGER_SECONDS = 1.0
"""A refusal is given time to be read: closed at once, what is still being sent would destroy it on
its way.
"""

MOST_WAITING = 16
"""Requests of one connection, behind that which is being answered."""

FRAMING = {b"content-length", b"transfer-encoding"}

log = logging.getLogger(__name__)


@frozen
class Bounds:
    """What one connection may take, in seconds, and how many there may be."""

    head_seconds: float
    body_seconds: float
    connections: int


class Protocol(HttpToolsProtocol):
    """Ends a connection whose request comes too slowly, or whose head is too large, and says why
    where a request has begun.

    A deadline runs while a head or a body is on its way, never while the application works: it ends
    its own requests.
    """

    bounds: Bounds

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Somebody has connected: of what he is slow to take, little is kept here."""
        super().connection_made(outgoing(transport, self.loop))
        transport.set_write_buffer_limits(high=PIECE_BYTES)
        self._deadline: asyncio.TimerHandle | None = None
        self._answering: RequestResponseCycle | None = None
        self._deaf = self._declining = False
        self._begin_head()
        if len(self.connections) > self.bounds.connections:
            self._refuse(
                ProblemError(
                    Code.TOO_MANY_CONNECTIONS, f"{self.bounds.connections} are open already."
                )
            )

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over, for the request that is being answered too: uvicorn tells the last that has
        come.
        """
        self._met()
        if self._answering and not self._answering.response_complete:
            self._answering.disconnected = True
            self._answering.message_event.set()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Some of a request has come."""
        if self._deaf:
            return
        if not self._deadline and self._idle:
            self._begin_head()
        self._unread += len(data)
        self._unset_keepalive_if_required()
        self._parse(data)
        if self._unread > MAX_HEAD_BYTES:
            self._refuse(HEAD_TOO_LARGE)
        if self._idle and not self._deaf and not self._deadline:
            self._keep_alive()

    def _parse(self, data: bytes) -> None:
        while data and not self._deaf:
            try:
                self.parser.feed_data(data)
                break
            except httptools.HttpParserUpgrade as upgrade:
                data = data[upgrade.args[0] :]
                self._decline()
            except httptools.HttpParserError:
                self._refuse(NO_REQUEST)
                break

    def _decline(self) -> None:
        """An upgrade to another protocol is offered, as Java does with every first request. It is
        declined by going on.

        The parser has stopped before the body. Another one reads it, that is told how it is framed
        and no more.
        """
        framing = (b"%s: %s\r\n" % header for header in self.headers if header[0] in FRAMING)
        self.parser, self._declining = httptools.HttpRequestParser(self), True
        self.parser.feed_data(b"POST / HTTP/1.1\r\n" + b"".join(framing) + b"\r\n")
        self._declining = False

    def on_message_begin(self) -> None:
        """A request begins. Whoever sends many without waiting for an answer is answered those, and
        no more.
        """
        if self._ignoring:
            return
        if len(self.pipeline) >= MOST_WAITING:
            self._end()
            return
        super().on_message_begin()
        self._in_head = True
        self.scope["extensions"] = {ABORT: {ABORT: self.transport.abort}}

    def on_url(self, url: bytes) -> None:
        """Some of its path."""
        if not self._ignoring:
            super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """One of its headers. What comes behind a body is none: it was not there when the request
        was let in.
        """
        if self._in_head and not self._ignoring and len(self.headers) <= MAX_HEADERS:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Its head is here."""
        if self._ignoring:
            return
        self._unread = 0
        if len(self.url) > MAX_TARGET_BYTES:
            self._refuse(TARGET_TOO_LONG)
        elif (
            len(self.headers) > MAX_HEADERS
            or sum(len(name) + len(value) + 4 for name, value in self.headers) > MAX_HEAD_BYTES
        ):
            self._refuse(HEAD_TOO_LARGE)
        else:
            super().on_headers_complete()
            self._in_head = False
            self._begin_body()
            # uvicorn pauses behind a request that is answered, and would not see its client leave
            self.flow.resume_reading()

    def on_body(self, body: bytes) -> None:
        """Some of its body."""
        self._unread = 0
        if self._ignoring:
            return
        super().on_body(body)
        if self.pipeline and len(self.cycle.body) > HIGH_WATER_LIMIT:
            self._refuse(TOO_EARLY)

    def on_message_complete(self) -> None:
        """All of it is here."""
        if self._deaf or self.parser.should_upgrade():
            return
        if not self.pipeline:
            self._met()
        super().on_message_complete()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._answering = cycle
        super()._start_asgi_task(cycle, app)

    def on_response_complete(self) -> None:
        """It is answered. The next one, if it has come already, has its own time."""
        super().on_response_complete()
        self._begin_body()

    def timeout_keep_alive_handler(self) -> None:
        """Nothing is asked. Who still takes an answer is not done with it."""
        if self.transport.get_write_buffer_size():
            self._keep_alive()
        else:
            super().timeout_keep_alive_handler()

    def _keep_alive(self) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(
            self.timeout_keep_alive, self.timeout_keep_alive_handler
        )

    @property
    def _idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    @property
    def _ignoring(self) -> bool:
        return self._deaf or self._declining

    def _begin_head(self) -> None:
        self._in_head, self._unread = True, 0
        self._deadline = self.loop.call_later(self.bounds.head_seconds, self._late)

    def _begin_body(self) -> None:
        """Of the request that is being answered; one behind it is not read."""
        if self.pipeline or self._deaf:
            return
        self._met()
        if self.cycle.more_body:
            self._deadline = self.loop.call_later(self.bounds.body_seconds, self._late)

    def _met(self) -> None:
        if self._deadline:
            self._deadline.cancel()
            self._deadline = None

    def _late(self) -> None:
        """The deadline has come. Where nothing was asked, nothing is said."""
        self._deadline = None
        if self._in_head and not self._unread:
            self.transport.close()
            return
        seconds = self.bounds.head_seconds if self._in_head else self.bounds.body_seconds
        self._refuse(ProblemError(Code.REQUEST_TIMEOUT, f"It may take {seconds:g} seconds."))

    def _end(self) -> None:
        """Reads no further. The connection ends behind the answer to the last request that has come
        whole.
        """
        self._met()
        self._deaf = True
        self.cycle.keep_alive = False

    def _forget_last(self) -> None:
        """Of those that wait, the request that has not come whole."""
        self.pipeline.popleft()
        self.cycle = (
            self.pipeline[0][0] if self.pipeline else cast(RequestResponseCycle, self._answering)
        )

    def _refuse(self, error: ProblemError) -> None:
        """Says why, and ends the connection; where answers are owed, they are all that is said."""
        if self._deaf or self.transport.is_closing():
            return
        if self.pipeline and self.cycle.more_body:
            self._forget_last()
        if not self._idle and not self.cycle.more_body:
            self._end()
            return
        self._met()
        self._deaf = True
        if not self._in_head and self.cycle.response_started:
            self.transport.close()
            return
        if not self._idle:
            self.cycle.disconnected, self.cycle.waiting_for_100_continue = True, False
            self.cycle.message_event.set()
        self.flow.resume_reading()
        said = problem(error, secrets.token_hex(8))
        state_of(self.config.app).measures.problem(error.code)  # type: ignore[arg-type]  # our app
        log.info(
            "connection_refused",
            extra={"fields": {"request_id": said.request_id, "code": said.code}},
        )
        content = said.model_dump_json(exclude_none=True).encode()
        retry = "Retry-After: 1\r\n" if said.status == HTTPStatus.SERVICE_UNAVAILABLE else ""
        head = (
            f"HTTP/1.1 {said.status} {HTTPStatus(said.status).phrase}\r\n"
            f"Content-Type: {MEDIA_TYPE}\r\n"
            f"{retry}"
        )
        rest = (
            f"Content-Length: {len(content)}\r\n"
            f"X-Request-ID: {said.request_id}\r\n"
            "Connection: close\r\n"
            "\r\n"
        )
        self.transport.write((head + rest).encode() + content)
        self.transport.write_eof()
        self._deadline = self.loop.call_later(LINGER_SECONDS, self.transport.close)


def bounded(limits: Bounds) -> type[Protocol]:
    """The protocol with these bounds; uvicorn makes one for each connection."""
    return type("BoundedProtocol", (Protocol,), {"bounds": limits})


HEAD_TOO_LARGE = ProblemError(
    Code.HEADERS_TOO_LARGE, f"{MAX_HEADERS} lines and {MAX_HEAD_BYTES} bytes are possible."
)
TARGET_TOO_LONG = ProblemError(
    Code.URI_TOO_LONG, f"{MAX_TARGET_BYTES} bytes are possible.", limit=MAX_TARGET_BYTES
)
TOO_EARLY = ProblemError(Code.BODY_TOO_LARGE, "It was sent before the answer to the one before.")
NO_REQUEST = ProblemError(Code.BAD_HTTP, "No request was recognised.")
