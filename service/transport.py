"""What is written to one connection: an answer's head and its body leave together, and a reader who
takes next to nothing is cut.
"""

import asyncio
from typing import cast

READER_SECONDS = 30
"""Longer than the patience of streams, which tell a slow reader first."""
READER_BYTES = 64 * 1024
READER_PART = 20
"""A reader takes so much in this time, and one part in twenty of what waits for him."""


class Outgoing:
    """A transport that joins two writes of one turn of the event loop: uvicorn writes the head of
    an answer and then its body, and uvloop would send each at once. Twice the calls of the kernel,
    and a reader who is woken for half an answer.

    What the kernel does not take is kept; whoever leaves it there for long is cut, as nothing else
    would ever end that.
    """

    __slots__ = ("_held", "_loop", "_transport", "_watching", "_written")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._held = b""
        self._written = 0
        self._watching = False

    def __getattr__(self, name: str) -> object:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Sends it behind what is held; the first of a turn is held, until the next or the end of
        the turn.
        """
        if self._held:
            held, self._held = self._held, b""
            self._send(held, data)
        else:
            self._held = data
            self._loop.call_soon(self._flush)

    def write_eof(self) -> None:
        """Ends what is written."""
        self._flush()
        self._transport.write_eof()

    def close(self) -> None:
        """Ends the connection, behind what was written."""
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._held:
            held, self._held = self._held, b""
            self._send(held)

    def _send(self, *pieces: bytes) -> None:
        """To a connection that is lost nothing is written."""
        if self._transport.is_closing():
            return
        self._transport.writelines(pieces)
        self._written += sum(map(len, pieces))
        self._watch()

    @property
    def _taken(self) -> int:
        return self._written - self._transport.get_write_buffer_size()

    def _watch(self) -> None:
        if not self._watching and self._transport.get_write_buffer_size():
            self._watching = True
            self._loop.call_later(READER_SECONDS, self._look, self._taken)

    def _look(self, taken: int) -> None:
        """A lost connection has nothing left to take."""
        self._watching = False
        left = self._transport.get_write_buffer_size()
        if left and self._taken < taken + max(READER_BYTES, left // READER_PART):
            self._transport.abort()
        else:
            self._watch()


def outgoing(transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> asyncio.Transport:
    """The same transport, with this care."""
    return cast(asyncio.Transport, Outgoing(transport, loop))
