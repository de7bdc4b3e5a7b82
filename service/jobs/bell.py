"""Wake-ups within this process: a reader that waits for news of a job hears the bell."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Heard:
    """The rings that one listener has not handled yet."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Wake the listener now, or at its next wait."""
        self._rung.set()

    async def wait(self, seconds: float) -> None:
        """Return when the bell has rung since the last call, or after this many seconds.

        A cancelled wait loses no ring.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._rung.wait()
        self._rung.clear()


class Bell:
    """A bell that rings within this process.

    A ring says that there is something to read, not what.
    """

    def __init__(self) -> None:
        self._listeners: defaultdict[str, set[Heard]] = defaultdict(set)

    def ring(self, job_id: str) -> None:
        """Wake every listener of this job."""
        for heard in self._listeners.get(job_id, ()):
            heard.ring()

    @contextmanager
    def listening(self, job_id: str) -> Iterator[Heard]:
        """Listen to every ring for this job while the context is open."""
        heard = Heard()
        self._listeners[job_id].add(heard)
        try:
            yield heard
        finally:
            self._listeners[job_id].remove(heard)
            if not self._listeners[job_id]:
                del self._listeners[job_id]
