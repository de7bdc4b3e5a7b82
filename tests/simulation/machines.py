"""The machines of a simulation. Each runs the job code of the service, put together as there."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from contextvars import Context, copy_context
from typing import Any, TypeVar

from service.background import in_background
from service.jobs.engine import recover
from service.jobs.errors import StoreUnopenedError
from service.jobs.jobs import Jobs
from service.jobs.runner import Execution
from service.jobs.storage.store import Store
from service.running import jobs_in
from tests.simulation.clock import MACHINE_CLOCK, Clock
from tests.simulation.network import QueueEngine
from tests.simulation.site import Site
from tests.simulation.tasks import OWN_TASKS
from tests.simulation.transactions import SimulatedTransactions
from tests.simulation.workers import SimulatedWorkers

T = TypeVar("T")

RESTART_SECONDS = 0.5
"""The time before a process that could not start is started again, in seconds."""
STOP_SECONDS = (0.005, 0.05, 8.0)
"""The times after which a process that should end is killed, in seconds."""


class Machine:
    """A machine that serves clients, runs jobs, or both. `jobs` is None while it does not serve.

    A machine that is killed loses all that it does. What it has committed stays.
    """

    def __init__(
        self,
        name: str,
        site: Site,
        *,
        kind: str = "x86",
        serves: bool = True,
        runs: bool = True,
    ) -> None:
        self.name = name
        self.kind = kind
        self.clock = Clock()
        self.jobs: Jobs | None = None
        self.up = False
        self._serves = serves
        self._runs = runs
        self._site = site
        self._life: asyncio.Task[None] | None = None
        self._tasks: dict[Any, None] = {}
        self._context: Context = copy_context()
        self._transactions: list[SimulatedTransactions] = []

    def start(self) -> None:
        """Start the process of this machine."""
        assert not self.up
        self.up = True
        self._tasks = {}
        self._context = copy_context()
        self._context.run(OWN_TASKS.set, self._tasks)
        self._context.run(MACHINE_CLOCK.set, self.clock)
        self._life = self.spawn(self._live())

    def spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Do work on this machine, which ends with it."""
        return asyncio.get_running_loop().create_task(work, context=self._context.copy())

    async def stop(self) -> None:
        """Ask the process to end. Kill it if it takes too long, or earlier."""
        assert self._life is not None
        self.up = False
        self._life.cancel()
        await asyncio.wait({self._life}, timeout=self._site.random.choice(STOP_SECONDS))
        await self.kill()

    async def kill(self) -> None:
        """Lose the process with all that it does."""
        self.up, self.jobs = False, None
        for transactions in self._transactions:
            transactions.lose()
        while self._tasks:
            begun = [*self._tasks]
            await asyncio.sleep(0)  # a task that has not begun cannot be cancelled cleanly
            for task in begun:
                task.cancel()

    async def _live(self) -> None:
        while True:
            self._transactions = [SimulatedTransactions(self._site, self.name) for _ in range(2)]
            writing, reading = self._transactions
            store = Store(writing=writing, reading=reading)
            try:
                await store.open()
                async with self._opened(store):
                    await asyncio.Event().wait()
            except StoreUnopenedError:
                await asyncio.sleep(RESTART_SECONDS)
            finally:
                await store.close()

    @asynccontextmanager
    async def _opened(self, store: Store) -> AsyncIterator[None]:
        """Open the jobs of a store, as `service.running` does."""
        settings, network = self._site.settings, self._site.network
        workers = SimulatedWorkers(self.kind, self._site)
        if network is None:
            async with jobs_in(store, settings, workers) as self.jobs:
                yield
            return
        store.bell = network.connected()
        engine = QueueEngine(network)
        work = [recover(store, engine, settings)]
        if self._runs:
            work.append(engine.work(Execution(store, workers).run, settings.job_workers))
        try:
            async with in_background(*work):
                if self._serves:
                    self.jobs = Jobs(store, engine, settings)
                yield
        finally:
            network.disconnect(store.bell)
