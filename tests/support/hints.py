"""An engine that stands in for the others where jobs are not run."""

import asyncio

from service.jobs.engine import RunJob


class Hints:
    """An engine that remembers what was submitted, and runs nothing."""

    def __init__(self) -> None:
        self.ids: list[str] = []

    async def submit(
        self,
        job_id: str,
        *,
        client: str = "",  # noqa: ARG002 - the protocol's names
        earlier: int = 0,  # noqa: ARG002
        small: bool = False,  # noqa: ARG002
    ) -> None:
        self.ids.append(job_id)

    def waiting(self, client: str) -> int:  # noqa: ARG002 - the protocol's name
        return 0

    async def work(self, run: RunJob, slots: int, reserved: int = 0) -> None:
        await asyncio.Event().wait()
        raise AssertionError(run, slots, reserved)
