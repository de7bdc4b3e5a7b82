"""The output of one connection, with few system calls, and with a limit for slow readers."""

import asyncio
from typing import Any

READER_SECONDS = 30
"""The time in which a client must read READER_BYTES, and a part of the waiting data, in seconds. It
is longer than the limit of streams, which first send the client a problem.
"""
READER_BYTES = 64 * 1024
READER_PART = 20
"""The share of the waiting data that a client must read in READER_SECONDS: one part in 20."""


class Outgoing:
    """A transport that joins two writes in one turn of the event loop.

    uvicorn writes the head of a response and then its body, and uvloop would send each at once.
    That doubles the system calls, and wakes the client for half a response.

    Data that the kernel does not accept is kept. A client that does not read it for long is
    disconnected, because nothing else would end that.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._held: tuple[bytes, ...] = ()
        self._written = 0
        self._watching = False

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - an attribute of the transport
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Send the data, but hold the first write of a turn until the next one or its end."""
        first = not self._held
        self._held += (data,)
        if first:
            self._loop.call_soon(self._flush)
        else:
            self._flush()

    def write_eof(self) -> None:
        """Send the held data, and end the output."""
        self._flush()
        self._transport.write_eof()

    def close(self) -> None:
        """Send the held data, and close the connection."""
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        held, self._held = self._held, ()
        if held and not self._transport.is_closing():
            self._transport.writelines(held)
            self._written += sum(map(len, held))
            self._watch()

    def _watch(self) -> None:
        left = self._transport.get_write_buffer_size()
        if left and not self._watching:
            self._watching = True
            self._loop.call_later(READER_SECONDS, self._look, self._written - left)

    def _look(self, taken: int) -> None:
        """Disconnect the client if it has read too little. A lost connection holds no data."""
        self._watching = False
        left = self._transport.get_write_buffer_size()
        if left and self._written - left < taken + max(READER_BYTES, left // READER_PART):
            self._transport.abort()
        else:
            self._watch()
