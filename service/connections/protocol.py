"""HTTP on one connection, with limits for the time to send a request and the size of its head."""

import asyncio
import logging
import secrets
from http import HTTPStatus
from itertools import chain
from typing import cast

import httptools
from uvicorn._types import ASGI3Application, ASGISendCallable
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from service.api.limits import MAX_HEAD_BYTES, MAX_HEADERS, MAX_TARGET_BYTES
from service.api.problems import MEDIA_TYPE, Code, ProblemError, problem
from service.api.state import state_of
from service.api.streaming import ABORT, PIECE_BYTES
from service.connections.answer import Answer
from service.connections.deadline import Deadline
from service.connections.flow import Flow
from service.connections.heads import Fault, fault_of, parts_of
from service.connections.transport import Outgoing

LINGER_SECONDS = 1.0
"""The time in seconds for which a connection stays open after a rejection. If it closed at once,
data that the client is still sending would destroy the response in transit.
"""

JOBS = ("POST", "/jobs")
"""The method and the path of requests whose body can be the file of a job."""

MOST_WAITING = 16
"""The maximum number of requests of one connection that wait while another one is answered."""

HALF_CLOSED_SECONDS = 0.1
"""The time in seconds after which a client that has closed its side of the connection receives an
interim response, and then another one. A worker that computes for a client that has left is free
after twice this time. Most responses begin earlier.
"""
INTERIM = b"HTTP/1.1 100 Continue\r\n\r\n"
"""A response that every client of HTTP/1.1 skips (RFC 9110, 15.2). HTTP/1.0 has none."""

FRAMING = {b"content-length", b"transfer-encoding"}
HEAD_LIMITS = f"The limits are {MAX_HEADERS} lines and {MAX_HEAD_BYTES} bytes."

log = logging.getLogger(__name__)


class Protocol(HttpToolsProtocol):
    """A protocol that ends connections whose request arrives too slowly or has too large a head.

    If a request has begun, the client receives a problem. A deadline runs while a head or a body
    arrives, but never while the application works, which limits its own requests. The settings of
    the application have the deadlines and the maximum number of connections.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Set up a connection, which buffers little of what the client is slow to read."""
        super().connection_made(cast(asyncio.Transport, Outgoing(transport, self.loop)))
        transport.set_write_buffer_limits(high=PIECE_BYTES)
        self.flow: Flow = Flow(self.transport, self.loop)
        self._state = state_of(self.config.app)  # type: ignore[arg-type]  # our app
        self._deadline = Deadline(self.loop, self._late)
        self._answering = self.cycle
        self._deaf = self._ignoring = self._kept = False
        self._begin_head()
        if not self._state.connections.enter(self, self._address):
            most = self._state.connections.most
            self._reject(Code.TOO_MANY_CONNECTIONS, f"The limit is {most} connections.")

    def connection_lost(self, exc: Exception | None) -> None:
        """End also the request that is being answered. uvicorn ends only the one that came last."""
        self._deadline.close()
        self._state.connections.leave(self, self._address)
        if self._answering and not self._answering.response_complete:
            self._answering.disconnected = True
            self._answering.message_event.set()
        super().connection_lost(exc)

    @property
    def _address(self) -> str:
        return self.client[0] if self.client else ""

    def give_way(self) -> bool:
        """Close the connection, unless a complete request is being answered or an answer is still
        being read. Return whether it closes.
        """
        cycle = self._answering
        answering = cycle is not None and not (cycle.response_complete or cycle.more_body)
        if answering or self.transport.get_write_buffer_size():
            return False
        self.transport.close()
        return True

    def data_received(self, data: bytes) -> None:
        """Read a part of a request."""
        if self._deaf:
            return
        if self._kept or (self._idle and not self._deadline.running):
            self._begin_head()
        self._unread += len(data)
        while data and not self._deaf:
            try:
                data = self._parse(data)
            except httptools.HttpParserError:
                self._reject(Code.BAD_HTTP, "The data is not a valid HTTP request.")
                break
        if self._unread > MAX_HEAD_BYTES:
            self._reject(Code.HEADERS_TOO_LARGE, HEAD_LIMITS)
        if not (self._deaf or self._deadline.running) and self._idle:
            self._keep_alive()

    def eof_received(self) -> bool:  # type: ignore[override]  # as asyncio has it
        """Return whether the connection stays open although the client will send no more.

        It does if the client has sent whole requests and may be waiting for their responses. Most
        such clients have left, which looks the same at first.
        """
        if self._deaf or self._idle or self.cycle.more_body or self._is_streaming:
            return False
        self._end()
        self.loop.call_later(HALF_CLOSED_SECONDS, self._probe, HALF_CLOSED_SECONDS)
        return True

    def _probe(self, pause: float) -> None:
        """Send an interim response to a client that sends no more, and again after this pause, as
        long as its response has not begun. The host of a client that has left replies with a reset,
        so that the next write ends the connection.
        """
        if self.transport.is_closing():
            return
        silent = not self._answering.response_started
        if self._is_streaming or (silent and self._answering.scope["http_version"] == "1.0"):
            self.transport.close()
            return
        if silent:
            self.transport.write(INTERIM)
        self.loop.call_later(pause, self._probe, 2 * pause)

    @property
    def _is_streaming(self) -> bool:
        """True if the response has begun and has no known end."""
        return bool(self._answering.response_started and self._answering.chunked_encoding)

    def _parse(self, data: bytes) -> bytes:
        """Parse data, and return what is left of it if the client wants another protocol."""
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._decline()
            return data[upgrade.args[0] :]
        return b""

    def _decline(self) -> None:
        """Decline an upgrade to another protocol, by answering the request as HTTP/1.1.

        Java offers an upgrade with its first request. The parser has stopped before the body, so
        another parser reads it. It receives only the headers that say how the body is framed.
        Raises HttpParserError if they are not valid.
        """
        if self._deaf:
            return
        framing = (b"%s: %s\r\n" % header for header in self.headers if header[0] in FRAMING)
        self.parser, self._ignoring = httptools.HttpRequestParser(self), True
        self.parser.feed_data(b"POST / HTTP/1.1\r\n" + b"".join(framing) + b"\r\n")
        self._ignoring = self._deaf

    def on_message_begin(self) -> None:
        """Begin a request, unless too many requests of this connection wait already."""
        if self._ignoring:
            return
        if len(self.pipeline) >= MOST_WAITING:
            self._end()
            return
        super().on_message_begin()
        self._in_head = True
        self.scope["extensions"] = {ABORT: {ABORT: self.transport.abort}}

    def on_url(self, url: bytes) -> None:
        """Read a part of the URL."""
        if not self._ignoring:
            super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Read a header, but no trailer: access was checked before the trailers arrived."""
        if not self._in_head or self._ignoring or len(self.headers) > MAX_HEADERS:
            return
        name = name.lower()
        if name == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """Check the complete head, and start the deadline of the body."""
        if self._ignoring:
            return
        self._unread = 0
        head_bytes = 4 * len(self.headers) + sum(map(len, chain.from_iterable(self.headers)))
        if len(self.url) > MAX_TARGET_BYTES:
            detail = f"The path and query may have {MAX_TARGET_BYTES} bytes."
            self._reject(Code.URI_TOO_LONG, detail, limit=MAX_TARGET_BYTES)
        elif len(self.headers) > MAX_HEADERS or head_bytes > MAX_HEAD_BYTES:
            self._reject(Code.HEADERS_TOO_LARGE, HEAD_LIMITS)
        elif fault := self._fault():
            self._reject(*fault)
        else:
            super().on_headers_complete()
            self._in_head = False
            self._begin_body()
            # uvicorn stops reading while a request waits, and would not see a disconnect
            self.flow.resume_reading()

    def _fault(self) -> Fault | None:
        """Return what is wrong with the head, or None. The host of the target, if it has one,
        replaces that of the header, so that the target is a path. Raises HttpParserError.
        """
        version = self.parser.get_http_version()
        if version == "1.0":
            self.expect_100_continue = False
        fault = fault_of(version, self.parser.get_method(), self.url, self.headers)
        if fault is None:
            authority, self.url = parts_of(self.url)
            if authority:
                others = [header for header in self.headers if header[0] != b"host"]
                self.headers[:] = [(b"host", authority), *others]
        return fault

    def on_body(self, body: bytes) -> None:
        """Read a part of the body."""
        self._unread = 0
        if self._ignoring:
            return
        super().on_body(body)
        if self.pipeline and len(self.cycle.body) > HIGH_WATER_LIMIT:
            detail = "Send a large body only after the response to the previous request."
            self._reject(Code.BODY_TOO_LARGE, detail)

    def on_message_complete(self) -> None:
        """Stop the deadline of the complete request."""
        if self._deaf or self.parser.should_upgrade():
            return
        if not self.pipeline:
            self._deadline.met()
        super().on_message_complete()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._answering = cycle
        send = cast(ASGISendCallable, Answer(cycle))
        super()._start_asgi_task(cycle, lambda scope, receive, _: app(scope, receive, send))

    def on_response_complete(self) -> None:
        """Begin the next request if its head has arrived, otherwise wait for it."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
            self._begin_body()
        elif self.cycle.more_body:
            self._begin_body()
        else:
            self._keep_alive()

    def _keep_alive(self) -> None:
        """Start the deadline of a connection on which nothing is asked."""
        self._kept = True
        self._deadline.start(self.timeout_keep_alive)

    @property
    def _idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _begin_head(self) -> None:
        self._in_head, self._unread, self._kept = True, 0, False
        self._deadline.start(self._state.settings.max_head_seconds)

    def _begin_body(self) -> None:
        """Start the deadline of the body of the request that is answered. Others have none."""
        if self.pipeline or self._deaf:
            return
        if self.cycle.more_body:
            self.flow.waited()  # for an earlier body
            self._deadline.start(self._body_seconds)
        else:
            self._deadline.met()

    @property
    def _body_seconds(self) -> float:
        """The longest time that the body may take, in seconds. A file of a job that is larger than
        other files has as much more time.
        """
        settings, scope = self._state.settings, self.cycle.scope
        if (scope["method"], scope["path"]) != JOBS:
            return settings.max_body_seconds
        sizes = (int(value) for name, value in scope["headers"] if name == b"content-length")
        size = min(next(sizes, 0), settings.max_job_file_bytes)
        return settings.max_body_seconds * max(1.0, size / settings.max_upload_bytes)

    def _late(self) -> None:
        """Handle a missed deadline, without a response if no request has begun.

        An idle connection is not closed while the client is still reading a response. A client
        whose body waited for the application has this time more.
        """
        if self._kept and self.transport.get_write_buffer_size():
            self._keep_alive()
            return
        if self._kept or self._deaf or (self._in_head and not self._unread):
            self.transport.close()
            return
        if not self._in_head and (waited := self.flow.waited()):
            self._deadline.start(waited)
            return
        seconds = self._state.settings.max_head_seconds if self._in_head else self._body_seconds
        self._reject(Code.REQUEST_TIMEOUT, f"It did not arrive within {seconds:g} seconds.")

    def _end(self) -> None:
        """Stop reading. The connection ends after the response to the last complete request."""
        self._deadline.met()
        self._deaf = self._ignoring = True
        self.cycle.keep_alive = False

    def _reject(self, code: Code, detail: str, *, limit: float | None = None) -> None:
        """Send a problem and end the connection. If responses are pending, send only those."""
        if self._deaf or self.transport.is_closing():
            return
        if self.pipeline and self.cycle.more_body:  # forget the last request, which is incomplete
            self.pipeline.popleft()
            self.cycle = self.pipeline[0][0] if self.pipeline else self._answering
        if not self._idle and not self.cycle.more_body:
            self._end()
            return
        self._deadline.met()
        self._deaf = self._ignoring = True
        if not self._in_head and self.cycle.response_started:
            self.transport.close()
            return
        if not self._idle:
            self.cycle.disconnected, self.cycle.waiting_for_100_continue = True, False
            self.cycle.message_event.set()
        self.flow.resume_reading()
        self.transport.write(self._rejection(ProblemError(code, detail, limit=limit)))
        self.transport.write_eof()
        self._kept = False
        self._deadline.start(LINGER_SECONDS)

    def _rejection(self, error: ProblemError) -> bytes:
        """Return a problem as a whole response. It is counted and logged like any other."""
        rejected = problem(error, secrets.token_hex(8))
        self._state.measures.problem(error.code)
        fields = {"request_id": rejected.request_id, "code": rejected.code}
        log.info("connection_refused", extra={"fields": fields})
        content = rejected.model_dump_json(exclude_none=True).encode()
        retry_after = "Retry-After: 1\r\n" if rejected.status == 503 else ""
        return (
            f"HTTP/1.1 {rejected.status} {HTTPStatus(rejected.status).phrase}\r\n"
            f"Content-Type: {MEDIA_TYPE}\r\n"
            f"{retry_after}"
            f"Content-Length: {len(content)}\r\n"
            f"X-Request-ID: {rejected.request_id}\r\n"
            "Connection: close\r\n\r\n"
        ).encode() + content
