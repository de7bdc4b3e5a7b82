"""The bell that wakes those who wait for a change of a job."""

import asyncio
from contextlib import suppress
from weakref import WeakValueDictionary

from service.jobs.job import LogEnd


class Ring(asyncio.Event):
    """An event that is set when the bell rings. It knows the end of the log, if that is what rang
    the bell and this process wrote it.
    """

    log_end: LogEnd | None = None


class Bell:
    """A bell that rings for a job within this process: there is something to read. A ring can be
    lost, so those who wait also look after a while by themselves.
    """

    def __init__(self) -> None:
        self._next: WeakValueDictionary[str, Ring] = WeakValueDictionary()

    def next_ring(self, job_id: str) -> Ring:
        """Return the event of the next ring for this job. Get it before you read, to miss none."""
        return self._next.setdefault(job_id, Ring())

    def ring(self, job_id: str, log_end: LogEnd | None = None) -> None:
        """Wake all who wait for this job."""
        if ring := self._next.pop(job_id, None):
            ring.log_end = log_end
            ring.set()


async def wait(ring: asyncio.Event, seconds: float) -> None:
    """Return when the bell has rung, or after this many seconds."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await ring.wait()
