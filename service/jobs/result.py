"""What a job came to: its last event, and the losses that were told before."""

from orjson import dumps, loads

from service.jobs.job import Failure
from service.jobs.storage.store import Store
from service.pool.stream import DONE

ROWS = 16
"""Of the log, read at once: other requests are served between."""


async def result(store: Store, job_id: str, *, owner: str = "") -> bytes | Failure:
    """The answer that POST /fit would have given, or why there is none.

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
