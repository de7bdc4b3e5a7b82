"""Engines, which bring jobs to workers."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Protocol, Self

log = logging.getLogger(__name__)

RunJob = Callable[[str], Awaitable[None]]
"""A function that runs the job with this ID, if the job can be claimed."""


class Engine(Protocol):
    """A carrier of job IDs. It does not carry the jobs: their only source is the store."""

    async def submit(self, job_id: str) -> None:
        """Send a hint that a job is waiting. A hint can be lost or arrive twice."""


class LocalEngine:
    """An async context in which jobs run on the workers of this process.

    Jobs start in the order of their submission, and at most `slots` run at once.
    """

    def __init__(self, run: RunJob, slots: int) -> None:
        self._run = run
        self._slots = slots
        self._known: set[str] = set()
        self._waiting: asyncio.Queue[str] = asyncio.Queue()
        self._runners: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._runners = [asyncio.create_task(self._take()) for _ in range(self._slots)]
        return self

    async def __aexit__(self, *_: object) -> None:
        for runner in self._runners:
            runner.cancel()
        await asyncio.gather(*self._runners, return_exceptions=True)

    async def submit(self, job_id: str) -> None:
        """Send a hint that a job is waiting."""
        if job_id not in self._known:
            self._known.add(job_id)
            self._waiting.put_nowait(job_id)

    async def _take(self) -> None:
        while True:
            job_id = await self._waiting.get()
            try:
                await self._run(job_id)
            except Exception:
                log.exception("job_not_run", extra={"fields": {"job_id": job_id}})
            finally:
                self._known.discard(job_id)
