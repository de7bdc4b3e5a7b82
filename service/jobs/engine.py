"""Engines, which bring jobs to workers, and the recovery of jobs that no worker runs."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from itertools import count
from typing import Protocol

from service.jobs.errors import StoreUnavailableError
from service.jobs.storage import claims, expiry, queries
from service.jobs.storage.store import Store
from service.settings import Settings

log = logging.getLogger(__name__)

RECOVERY_SECONDS = 2.0
"""The time between two searches for jobs that no worker runs, in seconds."""
RESUBMIT_SECONDS = 10.0
"""The time after which a waiting job is submitted again, in seconds: its hint may be lost."""
ROUNDS_TO_EXPIRY = 30
"""The number of rounds between two searches for jobs to remove."""

LONGEST_PAUSE = 2 * ROUNDS_TO_EXPIRY * RECOVERY_SECONDS
"""The longest time, in seconds, by which the store grows older at once: jobs may have ended at any
moment of it, and none may be removed too early.
"""
TOGETHER = 8
"""The maximum number of small jobs that share a hint, and so run at once: two messages to a worker,
so that one is computed while the events of the other are stored.
"""

RunJob = Callable[[str], Awaitable[None]]
"""A function that runs the job with this ID, if the job can be claimed."""


class Engine(Protocol):
    """A carrier of job IDs. It does not carry the jobs: their only source is the store."""

    async def submit(self, job_id: str, *, small: bool = False) -> None:
        """Send a hint that a job is waiting. A hint can be lost or arrive twice. Up to TOGETHER
        small jobs share one.
        """

    async def work(self, run: RunJob, slots: int) -> None:
        """Run the jobs of at most `slots` hints at once. Cancelling this call cancels them too."""


class LocalEngine:
    """An engine whose jobs run in this process, in the order of their submission."""

    def __init__(self) -> None:
        self._known: set[str] = set()
        self._waiting: asyncio.Queue[list[str]] = asyncio.Queue()
        self._last_small: list[str] = []
        """The last hint in the queue, if it is for small jobs."""

    async def submit(self, job_id: str, *, small: bool = False) -> None:
        """Send a hint that a job is waiting, unless it is known to wait or run."""
        if job_id in self._known:
            return
        self._known.add(job_id)
        if small and 0 < len(self._last_small) < TOGETHER:
            self._last_small.append(job_id)
            return
        hint = [job_id]
        self._waiting.put_nowait(hint)
        self._last_small = hint if small else []

    async def work(self, run: RunJob, slots: int) -> None:
        """Run the submitted jobs until this call is cancelled."""
        async with asyncio.TaskGroup() as tasks:  # it ends when all runs have released their jobs
            for _ in range(slots):
                tasks.create_task(self._take(run))

    async def _take(self, run: RunJob) -> None:
        while True:
            hint = await self._waiting.get()
            if hint is self._last_small:
                self._last_small = []
            try:
                await run_together(run, hint)
            finally:
                self._known.difference_update(hint)


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
    aged_at = now()
    for number in count():
        try:
            await store.read(queries.usable)  # the log says soon if it is not
            again_after = RESUBMIT_SECONDS if number else 0
            for job_id in await store.write(claims.stale, again_after=again_after):
                await engine.submit(job_id)
            if number % ROUNDS_TO_EXPIRY == 0:
                while await store.write(expiry.expire, settings):
                    pass
                while await store.write(expiry.shrink):
                    pass
                # after that, as a job may have ended just before the store last grew older
                elapsed = min(now() - aged_at, LONGEST_PAUSE)
                await store.write(expiry.grow_older, elapsed=elapsed)
                aged_at = now()
        except StoreUnavailableError:
            pass  # it was logged, and the next round follows soon
        except Exception:
            log.exception("recovery_failed")
        await asyncio.sleep(RECOVERY_SECONDS)
