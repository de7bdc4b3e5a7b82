"""Work in the background, and the bell that wakes those who wait for a job."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress


@asynccontextmanager
async def in_background(*work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Run the work in the background while the block runs. At the end of the block, cancel it."""
    tasks = [asyncio.create_task(each) for each in work]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class Listener:
    """A listener of the bell."""

    def __init__(self) -> None:
        self.rung = asyncio.Event()

    async def wait(self, seconds: float) -> None:
        """Return when the bell has rung since the last call, or after this many seconds. A wait
        that is cancelled loses no ring.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.rung.wait()
        self.rung.clear()


class Bell:
    """A bell that rings for a job within this process.

    A ring says that there is something to read, not what. It can be lost, so listeners also look
    after a while by themselves.
    """

    def __init__(self) -> None:
        self._listeners: defaultdict[str, set[Listener]] = defaultdict(set)

    def ring(self, job_id: str) -> None:
        """Wake every listener of this job: end its wait, or its next one at once."""
        for listener in self._listeners.get(job_id, ()):
            listener.rung.set()

    @contextmanager
    def listening(self, job_id: str) -> Iterator[Listener]:
        """Listen to every ring for this job while the context is open."""
        listener = Listener()
        self._listeners[job_id].add(listener)
        try:
            yield listener
        finally:
            self._listeners[job_id].remove(listener)
            if not self._listeners[job_id]:
                del self._listeners[job_id]
