"""Jobs that are really run: a store, workers, and what a log of them should hold."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from orjson import loads

from service.api.schemas import FitRequest, JobRequest
from service.api.stored import spec_of, submission
from service.descent.fit import collect, events
from service.jobs.bell import Bell
from service.jobs.execution import Execution
from service.jobs.job import Job
from service.jobs.store import Store, StoreLimits
from service.workers.pool import Pool, PoolLimits
from tests.jobs.stores import logged

LECTURE = '{"synthetic": {}, "seed": 42, "lr": 1e-5, "steps": 10}'
SECOND = '{"synthetic": {}, "seed": 42, "lr": 1e-5, "steps": 5000, "solver": "loop"}'
LONG = '{"synthetic": {}, "seed": 42, "lr": 1e-5, "steps": 300000, "solver": "loop"}'


class Site(NamedTuple):
    """Where jobs run."""

    store: Store
    pool: Pool
    bell: Bell

    @property
    def execution(self) -> Execution:
        return Execution(self.store, self.pool, self.bell, spec_of)

    async def queued(self, body: str) -> str:
        """The id of a new job."""
        return (
            await self.store.create(
                submission(JobRequest.model_validate_json(body), None, owner="")
            )
        ).job.id

    async def until(self, job_id: str, holds: Callable[[Job], bool]) -> Job:
        """The job, when this holds of it."""
        while not holds(job := await self.store.job(job_id)):
            await asyncio.sleep(0.01)
        return job


@asynccontextmanager
async def site(url: str, **limits: float) -> AsyncIterator[Site]:
    """A store with one warm worker beside it."""
    bell = Bell()
    given: dict[str, Any] = {
        "workers": 1,
        "waiting": 1,
        "wait_seconds": 5.0,
        "wall_clock_seconds": 30.0,
    } | limits
    async with (
        Store(url, StoreLimits(lease_seconds=1.0), bell) as store,
        Pool(PoolLimits(**given)) as pool,
    ):
        while not pool.ready:
            await asyncio.sleep(0.01)
        yield Site(store, pool, bell)


def at_a_site(url: str, test: Callable[[Site], Awaitable[None]], **limits: float) -> None:
    """Runs a test where jobs run."""

    async def run() -> None:
        async with asyncio.timeout(60), site(url, **limits) as there:
            await test(there)

    asyncio.run(run())


async def losses(store: Store, job_id: str) -> list[float]:
    """What the log holds, all in order."""
    return [
        loss
        for row in await logged(store, job_id)
        if row.last >= 0
        for loss in loads(row.body)["loss"]
    ]


def reference(body: str) -> list[float]:
    """The losses of a run that nobody disturbs."""
    return collect(events(FitRequest.model_validate_json(body).spec())).losses
