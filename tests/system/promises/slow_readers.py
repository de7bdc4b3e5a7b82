"""Clients that ask for a stream and then read hardly any of it."""

import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from tests.support.server import address

WINDOW_BYTES = 4096


def slow_reader(url: str, request: bytes) -> socket.socket:
    """Return a connection that has sent a request and whose window is soon full."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, WINDOW_BYTES)
    connection.connect(address(url))
    connection.sendall(request)
    return connection


@contextmanager
def slow_readers(
    url: str, path: str, count: int, *, pause: float = 0.0
) -> Iterator[list[socket.socket]]:
    """Open slow readers of one stream, with pauses between them.

    Half of them read a byte a second, half nothing at all.
    """
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    with ExitStack() as stack:
        readers = []
        for _ in range(count):
            readers.append(stack.enter_context(slow_reader(url, request)))
            time.sleep(pause)
        stack.enter_context(_sipping(readers[::2]))
        yield readers


@contextmanager
def _sipping(readers: Sequence[socket.socket]) -> Iterator[None]:
    """Read a byte a second on each connection, until the block ends."""
    enough = threading.Event()

    def sip() -> None:
        while not enough.wait(1):
            for reader in readers:
                _take_a_byte(reader)

    thread = threading.Thread(target=sip)
    thread.start()
    try:
        yield
    finally:
        enough.set()
        thread.join()


def _take_a_byte(reader: socket.socket) -> None:
    try:
        reader.recv(1, socket.MSG_DONTWAIT)
    except (BlockingIOError, ConnectionResetError):
        return


def rest_of(reader: socket.socket) -> bytes:
    """Return all that still comes, until the connection ends in any way."""
    reader.settimeout(20)
    content = bytearray()
    try:
        while part := reader.recv(1 << 20):
            content += part
    except ConnectionResetError:
        pass
    return bytes(content)
