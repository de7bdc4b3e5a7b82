"""What one connection is written to by: an answer's head and its body leave together."""

import asyncio
from typing import cast


class Joining:
    """A transport that joins two writes of one turn of the event loop: uvicorn writes the head of an answer and then its body,
    and uvloop would send each at once. Twice the calls of the kernel, and a reader who is woken for half an answer.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._held = b""

    def __getattr__(self, name: str) -> object:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Sends it behind what is held; the first of a turn is held, until the next or the end of the turn."""
        if self._held:
            held, self._held = self._held, b""
            self._transport.writelines([held, data])
        else:
            self._held = data
            self._loop.call_soon(self._send)

    def write_eof(self) -> None:
        """Ends what is written."""
        self._send()
        self._transport.write_eof()

    def close(self) -> None:
        """Ends the connection, behind what was written."""
        self._send()
        self._transport.close()

    def _send(self) -> None:
        if self._held and not self._transport.is_closing():
            self._transport.write(self._held)
        self._held = b""


def joining(transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> asyncio.Transport:
    """The same transport, whose writes are joined."""
    return cast(asyncio.Transport, Joining(transport, loop))
