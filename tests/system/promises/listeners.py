"""Clients of streams by the thousand: each is a bare connection that may end in any way."""

import asyncio
import json
import resource
import socket
import struct
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from tests.support.server import address

AT_ONCE = 200
"""Connections that are opened at the same time."""
RESET = struct.pack("ii", 1, 0)


class Listener(asyncio.Protocol):
    """One client of a stream, with all that it received."""

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
        """Ask for a stream."""
        place = "" if after is None else f"Last-Event-ID: {after}\r\n"
        self.transport.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{place}\r\n".encode())

    def post(self, path: str, body: object) -> None:
        """Send a request."""
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
        """Close the connection politely. Bytes that still arrive are not read."""
        self.transport.close()

    def reset(self) -> None:
        """Reset the connection."""
        self.transport.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, RESET
        )
        self.transport.abort()

    @property
    def status(self) -> int:
        """The status of the answer; 0 as long as there is none."""
        return int(self.received[9:12] or 0)

    @property
    def content(self) -> bytes:
        """The whole events that it received, without keep-alive comments."""
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
    """Open connections without a request. Those that are still open at the end are reset."""
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


async def all_answered(listeners: list[Listener]) -> None:
    """Wait until each has the first bytes of its answer."""
    await asyncio.gather(*(listener.answered.wait() for listener in listeners))


@contextmanager
def many_files(most: int) -> Iterator[None]:
    """Let this process and its children open more files, until the block ends."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
