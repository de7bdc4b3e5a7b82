"""Engines, which bring jobs to workers, and the recovery of jobs that no worker runs."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Protocol

from service.jobs.errors import StoreUnavailableError
from service.jobs.storage import claims, commands
from service.jobs.storage.store import Store
from service.settings import Settings

log = logging.getLogger(__name__)

RECOVERY_SECONDS = 2.0
"""The time between two searches for jobs that no worker runs, in seconds."""
RESUBMIT_SECONDS = 10.0
"""The time after which a waiting job is submitted again, in seconds: its hint may be lost."""
ROUNDS_TO_EXPIRY = 30
"""The number of rounds between two searches for jobs to remove."""

RunJob = Callable[[str], Awaitable[None]]
"""A function that runs the job with this ID, if the job can be claimed."""


class Engine(Protocol):
    """A carrier of job IDs. It does not carry the jobs: their only source is the store."""

    async def submit(self, job_id: str) -> None:
        """Send a hint that a job is waiting. A hint can be lost or arrive twice."""

    async def work(self, run: RunJob, slots: int) -> None:
        """Run submitted jobs, at most `slots` at once. Cancelling this call cancels them too."""


class LocalEngine:
    """An engine whose jobs run in this process, in the order of their submission."""

    def __init__(self) -> None:
        self._known: set[str] = set()
        self._waiting: asyncio.Queue[str] = asyncio.Queue()

    async def submit(self, job_id: str) -> None:
        """Send a hint that a job is waiting, unless it is known to wait or run."""
        if job_id not in self._known:
            self._known.add(job_id)
            self._waiting.put_nowait(job_id)

    async def work(self, run: RunJob, slots: int) -> None:
        """Run the submitted jobs until this call is cancelled."""
        async with asyncio.TaskGroup() as tasks:  # it ends when all runs have released their jobs
            for _ in range(slots):
                tasks.create_task(self._take(run))

    async def _take(self, run: RunJob) -> None:
        while True:
            job_id = await self._waiting.get()
            try:
                await run(job_id)
            except Exception:
                log.exception("job_not_run", extra={"fields": {"job_id": job_id}})
            finally:
                self._known.discard(job_id)


async def recover(store: Store, engine: Engine, settings: Settings) -> None:
    """Submit jobs that no worker runs and remove old ones, until this call is cancelled. The first
    round also submits the jobs that an earlier process left.
    """
    for number in count():
        try:
            again_after = RESUBMIT_SECONDS if number else 0
            for job_id in await store.write(claims.stale, again_after=again_after):
                await engine.submit(job_id)
            if number % ROUNDS_TO_EXPIRY == 0:
                while await store.write(commands.expire, settings):
                    pass
        except StoreUnavailableError:
            pass  # it was logged, and the next round follows soon
        except Exception:
            log.exception("recovery_failed")
        await asyncio.sleep(RECOVERY_SECONDS)
