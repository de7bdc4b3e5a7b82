"""Readers of the log of a job, from any step on, while it is written and afterwards."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator

from orjson import dumps, loads

from service.jobs.job import Failure, LogPart, Row, StoredJob
from service.jobs.storage.store import Store
from service.jobs.wakeups import Bell
from service.pool.frames import EventBytes

READ_ROWS = 32
"""The maximum number of events that a reader takes from the log at once."""
LOOK_SECONDS = 2.0
"""The time between two reads of the store if the bell does not ring, in seconds. A ring can be
lost.
"""


class LogReader:
    """Readers of logs. Readers that want the same part at the same time share one query."""

    def __init__(self, store: Store, bell: Bell) -> None:
        self._store = store
        self._bell = bell
        self._looks: dict[tuple[str, str, int | None], asyncio.Task[LogPart]] = {}

    async def follow(
        self, job_id: str, after: int | None, *, owner: str = ""
    ) -> AsyncGenerator[EventBytes | Failure, None]:
        """Yield every event after the step `after`, or all events for None.

        The last item is the event `done`, or the failure if the job has no result.

        Raises one of StoreError.
        """
        known = after
        with self._bell.listening(job_id) as listener:
            while True:
                part = await self._look(job_id, owner, after)
                job, ends, rows = part.job, part.ends, deque(part.rows)
                del part  # a slow reader does not keep the events that it has taken
                if not rows and not job.final:
                    await listener.wait(LOOK_SECONDS)
                while rows:
                    after = rows[0].last
                    yield _unknown(job, rows.popleft(), known)
                    known = None  # the reader has no step of later rows
                if job.final and ends:
                    yield await self._ending(job_id, owner, job)
                    return

    async def _look(self, job_id: str, owner: str, after: int | None) -> LogPart:
        key = job_id, owner, after
        if key not in self._looks:
            look = self._looks[key] = asyncio.create_task(
                self._store.read(job_id, after=after, limit=READ_ROWS, owner=owner)
            )
            look.add_done_callback(lambda _: self._looks.pop(key))
        return await asyncio.shield(self._looks[key])

    async def _ending(self, job_id: str, owner: str, job: StoredJob) -> EventBytes | Failure:
        ending = await self._store.ending(job_id, owner=owner)
        if isinstance(ending, Failure):
            return ending
        return EventBytes("done", job.position or 0, ending)


def _unknown(job: StoredJob, row: Row, known: int | None) -> EventBytes:
    """Return an event without the steps up to `known`."""
    if row.last < 0:
        return EventBytes("started", row.last, row.body)
    if known is None:
        return EventBytes("steps", row.last, row.body)
    return EventBytes("steps", row.last, beyond(row, known, every=job.record_every))


def beyond(row: Row, after: int, *, every: int) -> bytes:
    """Return an event of steps as JSON, without the steps up to `after`."""
    event = loads(row.body)
    if after < event["first"]:
        return row.body
    known = (after - event["first"]) // every + 1
    event["first"] = min(event["first"] + known * every, row.last)
    return dumps({name: _rest(column, known) for name, column in event.items()})


def _rest(column: object, known: int) -> object:
    """Return a column without its first entries.

    A mapping holds one column for each coefficient. A value that is not a column is returned
    unchanged.
    """
    if isinstance(column, list):
        return column[known:]
    if isinstance(column, dict):
        return {name: values[known:] for name, values in column.items()}
    return column
