"""The result of a job: its last event, with the losses of the events before it."""

from orjson import dumps, loads

from service.jobs.job import Failure
from service.jobs.storage.store import Store
from service.pool.stream import DONE

ROWS = 16
"""The number of events that are read from the log at once. Other requests are served in between."""


async def result(store: Store, job_id: str, *, owner: str = "") -> bytes | Failure:
    """Return the response that POST /fit would have sent, or the failure if there is no result.

    Raises one of StoreError.
    """
    ending = await store.ending(job_id, owner=owner)
    if isinstance(ending, Failure):
        return ending
    losses: list[float] = []
    after = -1
    while rows := (await store.read(job_id, after=after, limit=ROWS, owner=owner)).rows:
        losses += [loss for row in rows for loss in loads(row.body)["loss"]]
        after = rows[-1].last
    summary = ending.removeprefix(DONE).removesuffix(b"}")
    return b'{"losses":' + dumps(losses) + b"," + summary.removeprefix(b"{")
