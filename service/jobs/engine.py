"""Engines, which bring jobs to workers, and the recovery of jobs that no worker runs."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from itertools import count
from typing import Protocol

from service.jobs.errors import StoreUnavailableError
from service.jobs.storage import claims, expiry, files, queries, space
from service.jobs.storage.store import Store
from service.pool.turns import Turns
from service.settings import Settings

log = logging.getLogger(__name__)

RECOVERY_SECONDS = 2.0
"""The time between two searches for jobs that no worker runs, in seconds."""
RESUBMIT_SECONDS = 10.0
"""The time after which a waiting job is submitted again, in seconds: its hint may be lost."""
ROUNDS_TO_EXPIRY = 30
"""The number of rounds between two searches for jobs to remove."""

ROUNDS_TO_COUNT = 5
"""The number of rounds between two counts of the space that jobs take."""
TOGETHER = 8
"""The maximum number of small jobs that share a hint, and so run at once: two messages to a worker,
so that one is computed while the events of the other are stored.
"""

RunJob = Callable[[str], Awaitable[None]]
"""A function that runs the job with this ID, if the job can be claimed."""


class Engine(Protocol):
    """A carrier of job IDs. It does not carry the jobs: their only source is the store."""

    async def submit(
        self, job_id: str, *, client: str = "", earlier: int = 0, small: bool = False
    ) -> None:
        """Send a hint that a job of a client is waiting. `earlier` is the number of jobs that it
        has already, so that others come first. A hint can be lost or arrive twice. Up to TOGETHER
        small jobs share one.
        """

    def waiting(self, client: str) -> int:
        """Return the number of jobs of a client that are known to wait."""

    async def work(self, run: RunJob, slots: int, reserved: int = 0) -> None:
        """Run the jobs of at most `slots` hints at once, and of `reserved` more hints of small
        jobs. Cancelling this call cancels them too.
        """


class LocalEngine:
    """An engine whose jobs run in this process. Clients take turns."""

    def __init__(self) -> None:
        self._known: set[str] = set()
        self._small: Turns[list[str]] = Turns()
        self._large: Turns[list[str]] = Turns(self._at_bound)
        self._running: list[str] = []
        """The client of each large job that runs."""
        self._most = 0
        """The number of large jobs that one client can run at once."""
        self._waiting: Counter[str] = Counter()
        self._last_small: dict[str, list[str]] = {}
        """The last hint for small jobs of each client, if it waits."""
        self._news = asyncio.Event()

    async def submit(
        self,
        job_id: str,
        *,
        client: str = "",
        earlier: int = 0,  # noqa: ARG002 - the clients take turns
        small: bool = False,
    ) -> None:
        """Send a hint that a job is waiting, unless it is known to wait or run."""
        if job_id in self._known:
            return
        self._known.add(job_id)
        self._waiting[client] += 1
        last = self._last_small.get(client, [])
        if small and 0 < len(last) < TOGETHER:
            last.append(job_id)
            return
        hint = [job_id]
        if small:
            self._last_small[client] = hint
        (self._small if small else self._large).add(client, 0, hint)
        self._news.set()

    def waiting(self, client: str) -> int:
        """Return the number of jobs of a client that are known to wait."""
        return self._waiting[client]

    async def work(self, run: RunJob, slots: int, reserved: int = 0, spare: int = 0) -> None:
        """Run the submitted jobs until this call is cancelled. `spare` more slots are for any
        hints, but one client uses at most `slots` of them for large jobs.
        """
        self._most = slots
        async with asyncio.TaskGroup() as tasks:  # it ends when all runs have released their jobs
            for _ in range(slots + spare):
                tasks.create_task(self._take(run, self._large, self._small))
            for _ in range(reserved):
                tasks.create_task(self._take(run, self._small))

    def _at_bound(self, client: str) -> bool:
        return self._running.count(client) >= self._most

    async def _take(self, run: RunJob, *sources: Turns[list[str]]) -> None:
        """Run the jobs of these hints. The first source goes before the second, which is also for
        the reserved slots.
        """
        while True:
            while not (source := next((each for each in sources if each.first), None)):
                self._news.clear()
                await self._news.wait()
            client, hint = source.take()
            self._waiting[client] -= len(hint)
            if not self._waiting[client]:
                del self._waiting[client]
            if hint is self._last_small.get(client):
                del self._last_small[client]
            large = source is self._large
            if large:
                self._running.append(client)
            try:
                await run_together(run, hint)
            finally:
                self._known.difference_update(hint)
                if large:
                    self._running.remove(client)


async def run_together(run: RunJob, job_ids: Sequence[str]) -> None:
    """Run these jobs at once. If one fails, that is logged."""
    async with asyncio.TaskGroup() as tasks:
        for job_id in job_ids:
            tasks.create_task(_run_logged(run, job_id))


async def _run_logged(run: RunJob, job_id: str) -> None:
    try:
        await run(job_id)
    except Exception:
        log.exception("job_not_run", extra={"fields": {"job_id": job_id}})


async def recover(store: Store, engine: Engine, settings: Settings) -> None:
    """Submit jobs that no worker runs and remove old ones, until this call is cancelled. The first
    round also submits the jobs that an earlier process left.
    """
    now = asyncio.get_running_loop().time
    age, seen_at = None, now()
    for number in count():
        try:
            await store.read(queries.usable)  # the log says soon if it is not
            while await store.write(files.remove_unneeded):
                pass
            again_after = RESUBMIT_SECONDS if number else 0
            for job_id in await store.write(claims.stale, again_after=again_after):
                await engine.submit(job_id)
            if number % ROUNDS_TO_COUNT == 0:
                await store.write(space.count)
            if number % ROUNDS_TO_EXPIRY == 0:
                age = await store.write(expiry.grow_older, seen=age, elapsed=now() - seen_at)
                seen_at = now()
                while await store.write(expiry.expire, settings):
                    pass
                while await store.write(expiry.shrink):
                    pass
        except StoreUnavailableError:
            pass  # it was logged, and the next round follows soon
        except Exception:
            log.exception("recovery_failed")
        await asyncio.sleep(RECOVERY_SECONDS)
