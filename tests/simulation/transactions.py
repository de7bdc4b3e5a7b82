"""The transactions of simulated machines."""

import asyncio

from service.jobs.storage.transactions import WAIT_SECONDS, R, Work
from tests.simulation.database import failure
from tests.simulation.site import Site


class SimulatedTransactions:
    """The transactions of one machine. A transaction is made at one moment, and its reply can be
    late, wrong or lost.
    """

    def __init__(self, site: Site, machine: str) -> None:
        self._site = site
        self._machine = machine
        self._alive = True

    def lose(self) -> None:
        """Let every transaction fail from now on, because the machine is lost."""
        self._alive = False

    async def make(self, work: Work[R]) -> R:
        self._check()
        await self._way()
        if self._site.trouble.locked or self._machine in self._site.trouble.cut_off:
            await asyncio.sleep(WAIT_SECONDS)
            raise failure("the database does not answer")
        result = self._site.database.transact(self._machine, work, full=self._site.trouble.full)
        await self._way()
        if self._site.random.random() < self._site.trouble.unanswered:
            raise failure("the connection is lost")
        return result

    async def close(self) -> None:
        """Do nothing: the connection is shared."""

    async def _way(self) -> None:
        await asyncio.sleep(self._site.random.expovariate(1 / self._site.trouble.delay))
        self._check()

    def _check(self) -> None:
        if not self._alive:
            raise ConnectionError("the machine is lost")
