"""Live wake-up: who waits for news of a job hears the bell."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Heard:
    """What one listener has heard."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Wakes the listener, now or at its next wait."""
        self._rung.set()

    async def wait(self, seconds: float) -> None:
        """Comes back when the bell has rung since the last time, or after the seconds. Cancelling
        forgets no ring.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._rung.wait()
        self._rung.clear()


class Bell:
    """Rings within this process. A ring says that there is something to read, not what."""

    def __init__(self) -> None:
        self._listeners: defaultdict[str, set[Heard]] = defaultdict(set)

    def ring(self, job_id: str) -> None:
        """Wakes whoever listens to this job."""
        for heard in self._listeners.get(job_id, ()):
            heard.ring()

    @contextmanager
    def listening(self, job_id: str) -> Iterator[Heard]:
        """Hears every ring for this job from now on."""
        heard = Heard()
        self._listeners[job_id].add(heard)
        try:
            yield heard
        finally:
            self._listeners[job_id].remove(heard)
            if not self._listeners[job_id]:
                del self._listeners[job_id]
