"""Wake-ups of the listeners of a job: a bell in this process, and notices between processes.

A wake-up says that there is something to read, not what. It can be lost, so listeners also look
after a while by themselves.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import Connection, func, select

CHANNEL = "coaster"
"""The channel of the notices to processes that share a PostgreSQL database."""


def notify(connection: Connection, job_id: str) -> None:
    """Notify the other processes when the transaction is committed. A SQLite file has no others."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_notify(CHANNEL, job_id)))


class Listener:
    """A listener, and whether the bell has rung since its last wait."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def wake(self) -> None:
        """End the wait of the listener now, or its next one at once."""
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
    """A bell that rings for a job within this process."""

    def __init__(self) -> None:
        self._listeners: defaultdict[str, set[Listener]] = defaultdict(set)

    def ring(self, job_id: str) -> None:
        """Wake every listener of this job."""
        for listener in self._listeners.get(job_id, ()):
            listener.wake()

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
