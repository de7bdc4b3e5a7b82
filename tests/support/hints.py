"""An engine that stands in for the others where jobs are not run."""

import asyncio

from service.jobs.engine import RunJob


class Hints:
    """An engine that remembers what was submitted, and runs nothing."""

    def __init__(self) -> None:
        self.ids: list[str] = []

    async def submit(self, job_id: str, *, small: bool = False) -> None:  # noqa: ARG002
        self.ids.append(job_id)

    async def work(self, run: RunJob, slots: int) -> None:
        await asyncio.Event().wait()
        raise AssertionError(run, slots)
