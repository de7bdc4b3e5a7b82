"""A connection to the service without a socket: a test sends bytes and sees what is written."""

import asyncio
import json
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

import uvicorn
from starlette.types import Message, Receive, Scope, Send
from uvicorn.server import ServerState

from service.api.problems import MEDIA_TYPE, Code
from service.api.state import Connections
from service.connections.protocol import Protocol
from service.settings import Settings

KEEP_ALIVE_SECONDS = 5
"""How long uvicorn keeps a connection on which nothing is asked."""
ALIVE = b'{"status":"alive"}'


class FakeTransport(asyncio.Transport):
    """Remembers what is written. `unsent` is how much of it a slow reader has not taken."""

    def __init__(self, address: str = "127.0.0.1") -> None:
        self._address = address
        super().__init__()
        self.written = bytearray()
        self.pieces: list[bytes] = []
        self.unsent = 0
        self.high: int | None = None
        self.reading = True
        self.ended = False
        self.closed = False
        self.aborted = False
        self._protocol: asyncio.Protocol

    def connect(self, protocol: asyncio.Protocol) -> None:
        self._protocol = protocol
        protocol.connection_made(self)

    def get_extra_info(self, name: str, default: object = None) -> Any:
        return {"peername": (self._address, 50_000), "sockname": ("127.0.0.1", 8000)}.get(
            name, default
        )

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.writelines([data])

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview]) -> None:
        assert not self.closed
        self.pieces.append(b"".join(list_of_data))
        self.written += self.pieces[-1]

    def write_eof(self) -> None:
        self.ended = True

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:  # noqa: ARG002 - asyncio's name
        self.high = high

    def get_write_buffer_size(self) -> int:
        return self.unsent

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            asyncio.get_running_loop().call_soon(self._protocol.connection_lost, None)

    def abort(self) -> None:
        self.aborted = True
        self.close()


class Measures:
    """Remembers the problems that it is told."""

    def __init__(self) -> None:
        self.problems: list[Code] = []

    def problem(self, code: Code) -> None:
        self.problems.append(code)


class Application:
    """Reads each request whole and answers it, once `permit` is set.

    A request to `/early` is answered before its body is read, and one to `/later` is read when
    `permit` is set. A request to `/stream` is answered
    piece by piece until its body has come, and then until `permit` is set.
    """

    def __init__(self, *, connections: int = 20) -> None:
        self.measures = Measures()
        settings = Settings(max_head_seconds=1, max_body_seconds=2, max_connections=connections)
        self.state = SimpleNamespace(
            coaster=SimpleNamespace(
                measures=self.measures, settings=settings, connections=Connections(connections)
            )
        )
        self.permit = asyncio.Event()
        self.permit.set()
        self.scopes: list[Scope] = []
        self.bodies: list[bytes] = []
        self.disconnected: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scopes.append(scope)
        path: str = scope["path"]
        if path == "/stream":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send(_piece(b"first", more=True))
        if path == "/later":
            await self.permit.wait()
        if path != "/early" and not await self._read(receive, path):
            return
        if not await self._permitted(receive):
            self.disconnected.append(path)
            return
        if path == "/stream":
            await send(_piece(b"last", more=False))
            return
        length = str(len(ALIVE)).encode()
        headers = [(b"content-length", length)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send(_piece(ALIVE, more=False))

    async def _read(self, receive: Receive, path: str) -> bool:
        """Read the body. Return whether the client stayed."""
        body, more = b"", True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                self.disconnected.append(path)
                return False
            body += message["body"]
            more = message["more_body"]
        self.bodies.append(body)
        return True

    async def _permitted(self, receive: Receive) -> bool:
        """Wait for the permit. Return whether the client stayed."""
        if self.permit.is_set():
            return True
        leaving = asyncio.ensure_future(receive())
        permit = asyncio.ensure_future(self.permit.wait())
        await asyncio.wait({leaving, permit}, return_when=asyncio.FIRST_COMPLETED)
        left = leaving.done() and leaving.result()["type"] == "http.disconnect"
        leaving.cancel()
        permit.cancel()
        return not left


def _piece(body: bytes, *, more: bool) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": more}


class Connection:
    """One connection to an application."""

    def __init__(
        self,
        application: Application | None = None,
        *,
        address: str = "127.0.0.1",
    ) -> None:
        self.application = application or Application()
        config = uvicorn.Config(
            self.application,
            interface="asgi3",
            log_config=None,
            access_log=False,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
        )
        config.load()
        self.transport = FakeTransport(address)
        self._protocol = Protocol(config, ServerState(), {})
        self.transport.connect(self._protocol)

    def send(self, *pieces: bytes) -> None:
        for piece in pieces:
            self._protocol.data_received(piece)

    def leave(self) -> None:
        """The client closes the connection."""
        self.transport.close()

    def send_end(self) -> None:
        """The client sends the end of its data, and may still read."""
        if not self._protocol.eof_received():
            self.transport.close()

    @property
    def answer(self) -> bytes:
        return bytes(self.transport.written)

    @property
    def answers(self) -> int:
        """How many requests were answered by the application."""
        return self.answer.count(b"HTTP/1.1 200 OK\r\n")

    @property
    def refusal(self) -> tuple[int, str]:
        """The status and the code of the problem that ended the connection, once it is whole."""
        head, _, content = self.answer.partition(b"\r\n\r\n")
        problem = json.loads(content)
        status = problem["status"]
        lines = head.decode().split("\r\n")
        assert lines[0].startswith(f"HTTP/1.1 {status} ")
        assert {
            f"Content-Type: {MEDIA_TYPE}",
            f"Content-Length: {len(content)}",
            f"X-Request-ID: {problem['request_id']}",
            "Connection: close",
        } <= set(lines)
        assert ("Retry-After: 1" in lines) == (status == 503)
        assert status == Code(problem["code"]).status
        assert self.transport.ended
        return status, problem["code"]
