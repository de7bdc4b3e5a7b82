"""How many jobs there are."""

import asyncio
from collections.abc import Awaitable, Callable

from service.jobs.errors import StoreError
from service.jobs.job import Counted

FRESH_SECONDS = 5.0
"""Jobs are counted once in so long, however many ask."""
PATIENCE_SECONDS = 0.5


class Census:
    """Whoever asks while jobs are being counted is told what was known before."""

    def __init__(self, count: Callable[[], Awaitable[Counted]]) -> None:
        self._count = count
        self._known: Counted | None = None
        self._until = 0.0

    async def known(self) -> Counted | None:
        """What is known now: nothing where the database does not work, or has too much to do."""
        now = asyncio.get_running_loop().time()
        if now >= self._until:
            self._until = now + FRESH_SECONDS
            self._known = await self._counted()
        return self._known

    async def _counted(self) -> Counted | None:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await self._count()
        except (StoreError, TimeoutError):
            return None
