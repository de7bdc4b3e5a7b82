"""The network between simulated machines: the hints of a cluster's queue, and the notices of its
database.
"""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from random import Random

from service.jobs.bell import Bell
from service.jobs.engine import RunJob, run_together
from service.jobs.job import LogEnd
from tests.simulation.trouble import Trouble


class Network:
    """A network that delays, loses and doubles what it carries."""

    def __init__(self, random: Random, trouble: Trouble) -> None:
        self.hints: asyncio.Queue[list[str]] = asyncio.Queue()
        self._random = random
        self._trouble = trouble
        self._bells: list[Bell] = []

    def connected(self) -> Bell:
        """Return the bell of a new machine, which hears the notices of all."""
        bell = NetworkBell(self)
        self._bells.append(bell)
        return bell

    def disconnect(self, bell: Bell) -> None:
        """Send no more notices to the bell of a machine."""
        self._bells.remove(bell)

    def hint(self, job_ids: Sequence[str]) -> None:
        """Carry a hint to the queue."""
        copies = 1 + (self._random.random() < self._trouble.doubled_hints)
        for _ in range(copies):
            if self._random.random() >= self._trouble.lost_hints:
                self._later(partial(self.hints.put_nowait, [*job_ids]))

    def notify(self, job_id: str) -> None:
        """Ring the bells of all machines, this one included."""
        for bell in self._bells:
            if self._random.random() >= self._trouble.lost_notices:
                self._later(partial(Bell.ring, bell, job_id))

    def _later(self, arrive: Callable[[], None]) -> None:
        delay = self._random.expovariate(1 / self._trouble.delay)
        asyncio.get_running_loop().call_later(delay, arrive)


class NetworkBell(Bell):
    """The bell of a machine in a cluster, whose database notifies the others too."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self._network = network

    def ring(self, job_id: str, log_end: LogEnd | None = None) -> None:
        super().ring(job_id, log_end)
        self._network.notify(job_id)


class QueueEngine:
    """The engine of a cluster, whose machines take hints from one queue."""

    def __init__(self, network: Network) -> None:
        self._network = network

    async def submit(
        self,
        job_id: str,
        *,
        client: str = "",  # noqa: ARG002 - the protocol's name
        earlier: int = 0,  # noqa: ARG002 - the protocol's name
        small: bool = False,  # noqa: ARG002 - the protocol's name
    ) -> None:
        self._network.hint([job_id])

    def waiting(self, client: str) -> int:  # noqa: ARG002 - the protocol's name
        return 0

    async def work(self, run: RunJob, slots: int, reserved: int = 0) -> None:
        async with asyncio.TaskGroup() as tasks:
            for _ in range(slots + reserved):
                tasks.create_task(self._take(run))

    async def _take(self, run: RunJob) -> None:
        while True:
            await run_together(run, await self._network.hints.get())
