"""The limits on the number of open streams and on the time each of them is open."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from service.api.problems import Code, ProblemError

PATIENCE_SECONDS = 10
"""Seconds after which a client that reads nothing is disconnected."""
EARLY_ENDINGS = {
    Code.SHUTTING_DOWN: "The service is shutting down.",
    Code.STREAM_LIMIT: "The stream was open for the maximum time.",
    Code.SLOW_READER: f"The client read nothing for {PATIENCE_SECONDS} seconds.",
}


def ended_early(why: Code) -> ProblemError:
    """Return the problem of a stream that ends for one of these reasons."""
    return ProblemError(why, EARLY_ENDINGS[why])


class OpenStream(Protocol):
    """A stream that can be ended early."""

    def end(self, why: Code) -> None:
        """End the stream for this reason."""


class Streams:
    """The open streams: at most `most`, each for at most `seconds`."""

    def __init__(self, most: int, seconds: float) -> None:
        self.most = most
        self._seconds = seconds
        self._open: set[OpenStream] = set()
        self.draining = False

    def __len__(self) -> int:
        return len(self._open)

    @contextmanager
    def slot(self, stream: OpenStream) -> Iterator[None]:
        """Hold a slot for a stream while it is open. Raises ProblemError."""
        if self.draining:
            raise ended_early(Code.SHUTTING_DOWN)
        if len(self._open) >= self.most:
            detail = "The maximum number of streams is already open."
            raise ProblemError(Code.TOO_MANY_STREAMS, detail, limit=self.most)
        self._open.add(stream)
        limit = asyncio.get_running_loop().call_later(self._seconds, stream.end, Code.STREAM_LIMIT)
        try:
            yield
        finally:
            limit.cancel()
            self._open.remove(stream)

    def end(self) -> None:
        """End all streams, and accept no more."""
        self.draining = True
        for stream in self._open:
            stream.end(Code.SHUTTING_DOWN)
