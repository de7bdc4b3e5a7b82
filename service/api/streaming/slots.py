"""How many streams are open, and for how long."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from service.api.problems import Code, ProblemError
from service.api.streaming.response import ENDINGS, EventStream


class Streams:
    """Those that are open: at most `most`, each for at most `seconds`."""

    def __init__(self, most: int, seconds: float) -> None:
        self.most = most
        self._seconds = seconds
        self._open: set[EventStream] = set()
        self.draining = False

    def __len__(self) -> int:
        return len(self._open)

    @contextmanager
    def place(self, stream: EventStream) -> Iterator[None]:
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
