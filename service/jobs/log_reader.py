"""Readers of the log of a job, from any step on, while it is written and afterwards."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator

from orjson import dumps, loads

from service.jobs.job import Failure, LogPart
from service.jobs.storage import queries
from service.jobs.storage.store import Store
from service.pool.frames import EventBytes

READ_EVENTS = 32
"""The maximum number of events that a reader takes from the log at once."""
LOOK_SECONDS = 2.0
"""The time between two reads of the store if the bell does not ring, in seconds."""


class LogReader:
    """Readers of logs. Readers that want the same part at the same time share one query."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._looks: dict[tuple[str, str, int | None], asyncio.Task[LogPart]] = {}

    async def follow(
        self, job_id: str, after: int | None, *, owner: str = ""
    ) -> AsyncGenerator[EventBytes | Failure, None]:
        """Yield every event after the step `after`, or all events for None. The last item is the
        event `done`, or the failure if the job has no result.

        Raises one of StoreError.
        """
        known = after
        with self._store.bell.listening(job_id) as listener:
            while True:
                part = await self._look(job_id, owner, after)
                job, ends, events = part.job, part.ends, deque(part.events)
                del part  # a slow reader does not keep the events that it has taken
                if not events and not job.final:
                    await listener.wait(LOOK_SECONDS)
                while events:
                    after = events[0].last
                    yield beyond(events.popleft(), known, every=job.record_every)
                    known = None  # the reader has no step of later events
                if job.final and ends:
                    ending = await self._store.read(queries.ending, job_id, owner=owner)
                    if isinstance(ending, Failure):
                        yield ending
                    else:
                        yield EventBytes("done", job.position or 0, ending)
                    return

    async def _look(self, job_id: str, owner: str, after: int | None) -> LogPart:
        key = job_id, owner, after
        if key not in self._looks:
            look = self._looks[key] = asyncio.create_task(
                self._store.read(
                    queries.log_part, job_id, after=after, limit=READ_EVENTS, owner=owner
                )
            )
            look.add_done_callback(lambda _: self._looks.pop(key))
        return await asyncio.shield(self._looks[key])


def beyond(event: EventBytes, after: int | None, *, every: int) -> EventBytes:
    """Return an event without the steps up to `after`."""
    if after is None or event.type == "started":
        return event
    columns = loads(event.body)
    if after < columns["first"]:
        return event
    known = (after - columns["first"]) // every + 1
    columns["first"] = min(columns["first"] + known * every, event.last)
    rest = {name: _rest(column, known) for name, column in columns.items()}
    return EventBytes(event.type, event.last, dumps(rest))


def _rest(column: object, known: int) -> object:
    """Return a column, or a column for each coefficient, without its first entries. Any other value
    is returned as it is.
    """
    if isinstance(column, list):
        return column[known:]
    if isinstance(column, dict):
        return {name: values[known:] for name, values in column.items()}
    return column
