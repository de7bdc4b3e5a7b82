"""How many streams are open, and for how long."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from service.api.problems import Code, ProblemError

PATIENCE_SECONDS = 10
"""A client that reads nothing for this long is disconnected."""
ENDINGS = {
    Code.SHUTTING_DOWN: "The service is ending.",
    Code.STREAM_LIMIT: "This stream was open for as long as one may be.",
    Code.SLOW_READER: f"The reader took nothing for {PATIENCE_SECONDS} seconds.",
}


class Stream(Protocol):
    """A stream that can be ended early."""

    def end(self, why: Code) -> None:
        """End the stream for this reason."""


class Streams:
    """Those that are open: at most `most`, each for at most `seconds`."""

    def __init__(self, most: int, seconds: float) -> None:
        self.most = most
        self._seconds = seconds
        self._open: set[Stream] = set()
        self.draining = False

    def __len__(self) -> int:
        return len(self._open)

    @contextmanager
    def place(self, stream: Stream) -> Iterator[None]:
        """A place for a stream while it is open.

        Raises ProblemError.
        """
        if self.draining:
            raise ProblemError(Code.SHUTTING_DOWN, ENDINGS[Code.SHUTTING_DOWN])
        if len(self._open) >= self.most:
            raise ProblemError(
                Code.TOO_MANY_STREAMS, "As many streams are open as may be.", limit=self.most
            )
        self._open.add(stream)
        limit = asyncio.get_running_loop().call_later(self._seconds, stream.end, Code.STREAM_LIMIT)
        try:
            yield
        finally:
            limit.cancel()
            self._open.remove(stream)

    def end(self) -> None:
        """Ends all of them, and takes no more."""
        self.draining = True
        for stream in self._open:
            stream.end(Code.SHUTTING_DOWN)
