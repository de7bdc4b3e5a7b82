"""HTTP on one connection, with what holds before the application: time to send a request in, and room for its head."""

import asyncio
import logging
import secrets
from http import HTTPStatus

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from service.api.limits import MAX_HEAD_BYTES, MAX_HEADERS, MAX_TARGET_BYTES
from service.api.problems import MEDIA_TYPE, Code, ProblemError, problem
from service.api.streaming import ABORT, PIECE_BYTES
from service.descent.frozen import frozen
from service.transport import joining

LINGER_SECONDS = 1.0
"""A refusal is given time to be read: closed at once, what is still being sent would destroy it on its way."""

FRAMING = {b"content-length", b"transfer-encoding"}

log = logging.getLogger(__name__)


@frozen
class Bounds:
    """What one connection may take, in seconds, and how many there may be."""

    head_seconds: float
    body_seconds: float
    connections: int


class Protocol(HttpToolsProtocol):
    """Ends a connection whose request comes too slowly, or whose head is too large, and says why where a request has begun.

    A deadline runs while a head or a body is on its way, never while the application works: it ends its own requests.
    """

    bounds: Bounds

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Somebody has connected: of what he is slow to take, little is kept here."""
        super().connection_made(joining(transport, self.loop))
        transport.set_write_buffer_limits(high=PIECE_BYTES)
        self._deadline: asyncio.TimerHandle | None = None
        self._refused = self._declining = False
        self._begin_head()
        if len(self.connections) > self.bounds.connections:
            self._refuse(ProblemError(Code.TOO_MANY_CONNECTIONS, f"{self.bounds.connections} are open already."))

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""
        self._met()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Some of a request has come."""
        if self._refused:
            return
        if not self._deadline and self._idle:
            self._begin_head()
        self._head_bytes += len(data) if self._in_head else 0
        self._unset_keepalive_if_required()
        self._parse(data)
        if self._in_head and self._head_bytes > MAX_HEAD_BYTES:
            self._refuse(HEAD_TOO_LARGE)

    def _parse(self, data: bytes) -> None:
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._go_on(data[upgrade.args[0] :])
        except httptools.HttpParserError:
            self._refuse(ProblemError(Code.BAD_HTTP, "No request was recognised."))

    def _go_on(self, rest: bytes) -> None:
        """An upgrade to another protocol is offered, as Java does with every first request. It is declined by going on.

        The parser has stopped before the body. Another one reads it, that is told how it is framed and no more.
        """
        framing = (b"%s: %s\r\n" % header for header in self.headers if header[0] in FRAMING)
        self.parser, self._declining = httptools.HttpRequestParser(self), True
        self.parser.feed_data(b"POST / HTTP/1.1\r\n" + b"".join(framing) + b"\r\n")
        self._declining = False
        self._parse(rest)

    def on_message_begin(self) -> None:
        """A request begins."""
        if self._declining:
            return
        super().on_message_begin()
        self._in_head = True
        self.scope["extensions"] = {ABORT: {ABORT: self.transport.abort}}

    def on_url(self, url: bytes) -> None:
        """Some of its path."""
        if not self._declining:
            super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """One of its headers."""
        if not self._declining:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Its head is here."""
        if self._declining:
            return
        self._in_head, self._head_bytes = False, 0
        if len(self.url) > MAX_TARGET_BYTES:
            self._refuse(TARGET_TOO_LONG)
        elif len(self.headers) > MAX_HEADERS or sum(len(name) + len(value) + 4 for name, value in self.headers) > MAX_HEAD_BYTES:
            self._refuse(HEAD_TOO_LARGE)
        else:
            super().on_headers_complete()
            self._begin_body()

    def on_body(self, body: bytes) -> None:
        """Some of its body."""
        if not self._refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """All of it is here."""
        if self._refused or self.parser.should_upgrade():
            return
        if not self.pipeline:
            self._met()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """It is answered. The next one, if it has come already, has its own time."""
        super().on_response_complete()
        self._begin_body()

    @property
    def _idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _begin_head(self) -> None:
        self._in_head, self._head_bytes = True, 0
        self._deadline = self.loop.call_later(self.bounds.head_seconds, self._late)

    def _begin_body(self) -> None:
        """Of the request that is being answered; one behind it is not read."""
        if self.pipeline or self._refused:
            return
        self._met()
        if self.cycle.more_body:
            self._deadline = self.loop.call_later(self.bounds.body_seconds, self._late)

    def _met(self) -> None:
        if self._deadline:
            self._deadline.cancel()
            self._deadline = None

    def _late(self) -> None:
        """The deadline has come. An answer that has begun is not followed by another; where nothing was asked, nothing is said."""
        self._deadline = None
        silent = self._in_head and not self._head_bytes
        answering = not self._in_head and self.cycle.response_started
        if silent or answering:
            self.transport.close()
            return
        if not self._in_head:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        seconds = self.bounds.head_seconds if self._in_head else self.bounds.body_seconds
        self._refuse(ProblemError(Code.REQUEST_TIMEOUT, f"It may take {seconds:g} seconds."))

    def _refuse(self, error: ProblemError) -> None:
        """Says why, and ends the connection."""
        if self._refused or self.transport.is_closing():
            return
        self._met()
        self._refused = True
        said = problem(error, secrets.token_hex(8))
        self.config.app.state.measures.problem(error.code)  # type: ignore[union-attr]  # it is the application itself
        log.info("connection_refused", extra={"fields": {"request_id": said.request_id, "code": said.code}})
        content = said.model_dump_json(exclude_none=True).encode()
        retry = "Retry-After: 1\r\n" if said.status == HTTPStatus.SERVICE_UNAVAILABLE else ""
        head = f"HTTP/1.1 {said.status} {HTTPStatus(said.status).phrase}\r\nContent-Type: {MEDIA_TYPE}\r\n{retry}"
        rest = f"Content-Length: {len(content)}\r\nX-Request-ID: {said.request_id}\r\nConnection: close\r\n\r\n"
        self.transport.write((head + rest).encode() + content)
        self.transport.write_eof()
        self._deadline = self.loop.call_later(LINGER_SECONDS, self.transport.close)


def bounded(limits: Bounds) -> type[Protocol]:
    """The protocol with these bounds; uvicorn makes one for each connection."""
    return type("BoundedProtocol", (Protocol,), {"bounds": limits})


HEAD_TOO_LARGE = ProblemError(Code.HEADERS_TOO_LARGE, f"{MAX_HEADERS} lines and {MAX_HEAD_BYTES} bytes are possible.")
TARGET_TOO_LONG = ProblemError(Code.URI_TOO_LONG, f"{MAX_TARGET_BYTES} bytes are possible.", limit=MAX_TARGET_BYTES)
