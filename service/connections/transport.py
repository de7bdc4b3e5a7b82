"""The output of one connection, with a limit for slow readers."""

import asyncio
from collections.abc import Sequence
from typing import Any

READER_SECONDS = 30
"""The time in which a client must read READER_BYTES, or all that waits, in seconds. It is longer
than the limit of streams, which first send the client a problem.
"""
READER_BYTES = 64 * 1024


class Outgoing:
    """A transport that disconnects a client that reads too slowly.

    Data that the kernel does not accept is kept. Nothing else would end a connection whose client
    does not read it for long.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._written = 0
        self._watching = False
        self.is_closing = transport.is_closing
        self.get_write_buffer_size = transport.get_write_buffer_size

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - an attribute of the transport
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Send the data, unless the connection is lost."""
        self.writelines((data,))

    def writelines(self, parts: Sequence[bytes]) -> None:
        """Send the parts together, unless the connection is lost."""
        if self.is_closing():
            return
        self._transport.writelines(parts)
        self._written += sum(map(len, parts))
        self._watch()

    def _watch(self) -> None:
        left = self.get_write_buffer_size()
        if left and not self._watching:
            self._watching = True
            self._loop.call_later(READER_SECONDS, self._look, self._written - left)

    def _look(self, taken: int) -> None:
        """Disconnect the client if it has read too little. A lost connection holds no data."""
        self._watching = False
        left = self.get_write_buffer_size()
        if left and self._written - left < taken + READER_BYTES:
            self._transport.abort()
        else:
            self._watch()
