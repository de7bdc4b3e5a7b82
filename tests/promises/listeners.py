"""Clients of streams by the thousand: each a bare connection, which may leave in any way."""

import asyncio
import json
import resource
import socket
import struct
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from urllib.parse import urlsplit

AT_ONCE = 200
"""Connections that are made at once."""
RESET = struct.pack("ii", 1, 0)


class Listener(asyncio.Protocol):
    """One client of a stream, and all that it was told."""

    transport: asyncio.Transport

    def __init__(self) -> None:
        self.received = bytearray()
        self.answered = asyncio.Event()
        self.ended = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.received += data
        self.answered.set()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's name
        self.answered.set()
        self.ended.set()

    def ask(self, path: str, *, after: int | None = None) -> None:
        """Asks for a stream."""
        place = "" if after is None else f"Last-Event-ID: {after}\r\n"
        self.transport.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{place}\r\n".encode())

    def post(self, path: str, body: object) -> None:
        """Sends a request."""
        content = json.dumps(body)
        head = (
            f"POST {path} HTTP/1.1\r\n"
            "Host: localhost\r\n"
            "Content-Type: application/json\r\n"
            f"Content-Length: {len(content)}\r\n"
            "\r\n"
        )
        self.transport.write(f"{head}{content}".encode())

    def leave(self) -> None:
        """A polite end: what comes afterwards is not read."""
        self.transport.close()

    def reset(self) -> None:
        """An end without a word."""
        self.transport.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, RESET
        )
        self.transport.abort()

    @property
    def status(self) -> int:
        """Of the answer; 0 while there is none."""
        return int(self.received[9:12] or 0)

    @property
    def content(self) -> bytes:
        """The whole events among what it was told, without signs of life."""
        body = bytes(self.received).partition(b"\r\n\r\n")[2]
        frames = b"".join(_chunks(body)).split(b"\n\n")[:-1]
        return b"".join(frame + b"\n\n" for frame in frames if frame != b": alive")


def _chunks(body: bytes) -> Iterator[bytes]:
    start = 0
    while (line := body.find(b"\r\n", start)) >= 0:
        end = line + 2 + int(body[start:line], 16)
        yield body[line + 2 : end]
        start = end + 2


@asynccontextmanager
async def connected(url: str, count: int) -> AsyncIterator[list[Listener]]:
    """So many connections, on which nothing was asked yet. Those that are left at the end are
    reset.
    """
    host, port = address(url)
    loop = asyncio.get_running_loop()
    listeners: list[Listener] = []
    try:
        while len(listeners) < count:
            some = min(AT_ONCE, count - len(listeners))
            made = await asyncio.gather(
                *(loop.create_connection(Listener, host, port) for _ in range(some))
            )
            listeners += [listener for _, listener in made]
        yield listeners
    finally:
        for listener in listeners:
            if not listener.ended.is_set():
                listener.reset()


def address(url: str) -> tuple[str, int]:
    """Where to connect to."""
    parts = urlsplit(url)
    assert parts.hostname
    assert parts.port
    return parts.hostname, parts.port


async def all_answered(listeners: list[Listener]) -> None:
    """Returns when each has the first bytes of its answer."""
    await asyncio.gather(*(listener.answered.wait() for listener in listeners))


@contextmanager
def many_files(most: int) -> Iterator[None]:
    """Meanwhile this process, and those it starts, may have so many files open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
