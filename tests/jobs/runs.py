"""What stands in for executions where an engine alone is tried."""

import asyncio


class Runs:
    """Remembers what was run and what was cancelled; each run lasts until it is let go."""

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
        async with asyncio.timeout(10):
            while sorted(self.begun) != begun:
                await asyncio.sleep(0.01)
