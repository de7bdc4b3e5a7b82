"""The flow of data on a connection, with the time for which the application does not read."""

import asyncio

from uvicorn.protocols.http.flow_control import FlowControl


class Flow(FlowControl):
    """A flow that measures for how long the client had to wait for the application, which is no
    delay of the client.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(transport)
        self._loop = loop
        self._paused_at = self._waited = 0.0

    def pause_reading(self) -> None:
        """Stop reading, because the application has not read what has arrived."""
        if not self.read_paused:
            self._paused_at = self._loop.time()
        super().pause_reading()

    def resume_reading(self) -> None:
        """Read again."""
        if self.read_paused:
            self._waited += self._loop.time() - self._paused_at
        super().resume_reading()

    def waited(self) -> float:
        """Return the seconds of waiting since the last call."""
        now, waited = self._loop.time(), self._waited
        if self.read_paused:
            waited += now - self._paused_at
            self._paused_at = now
        self._waited = 0.0
        return waited
