"""Runs that stand in for executions of jobs, so that an engine is tested alone."""

import asyncio


class Runs:
    """Remembers what was begun and what was cancelled. Each run lasts until `go` is set."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.cancelled: list[str] = []
        self.go = asyncio.Event()

    async def run(self, job_id: str) -> None:
        self.begun.append(job_id)
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.cancelled.append(job_id)
            raise
        if job_id == "broken":
            raise ValueError

    async def until(self, begun: list[str]) -> None:
        """Return when these jobs, sorted, have been begun."""
        async with asyncio.timeout(60):
            while sorted(self.begun) != begun:
                await asyncio.sleep(0.01)
