"""What brings jobs to workers."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Protocol, Self

log = logging.getLogger(__name__)

Run = Callable[[str], Awaitable[None]]
"""Runs the job of this id, if it is there to be run."""


class Engine(Protocol):
    """Carries ids, not jobs: the store is the truth."""

    async def submit(self, job_id: str) -> None:
        """A hint that a job waits: it may be lost, or come twice."""


class LocalEngine:
    """An async context: jobs run in it on the workers of this process, the first first, so many at
    once.
    """

    def __init__(self, run: Run, places: int) -> None:
        self._run = run
        self._places = places
        self._known: set[str] = set()
        self._waiting: asyncio.Queue[str] = asyncio.Queue()
        self._runners: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._runners = [asyncio.create_task(self._take()) for _ in range(self._places)]
        return self

    async def __aexit__(self, *_: object) -> None:
        for runner in self._runners:
            runner.cancel()
        await asyncio.gather(*self._runners, return_exceptions=True)

    async def submit(self, job_id: str) -> None:
        """A hint that a job waits."""
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
