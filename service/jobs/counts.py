"""A cache of the number of jobs, so that frequent callers do not load the database."""

import asyncio
from collections.abc import Awaitable, Callable

from service.jobs.errors import StoreError
from service.jobs.job import Counted

FRESH_SECONDS = 5.0
"""The age up to which a count is reused, in seconds."""
COUNT_SECONDS = 0.5
"""The timeout of a count, in seconds."""


class JobCounts:
    """A cache of the number of jobs. During a new count, other callers get the previous one."""

    def __init__(self, count: Callable[[], Awaitable[Counted]]) -> None:
        self._count = count
        self._latest: Counted | None = None
        self._until = 0.0

    async def latest(self) -> Counted | None:
        """Return the latest count, or None if the database failed or took too long."""
        now = asyncio.get_running_loop().time()
        if now >= self._until:
            self._until = now + FRESH_SECONDS
            self._latest = await self._counted()
        return self._latest

    async def _counted(self) -> Counted | None:
        try:
            async with asyncio.timeout(COUNT_SECONDS):
                return await self._count()
        except (StoreError, TimeoutError):
            return None
