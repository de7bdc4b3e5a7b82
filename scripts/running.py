"""Run the service inside this process, with its workers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from tempfile import TemporaryDirectory

from httpx import ASGITransport, AsyncClient

from service.app import create_app
from service.settings import Settings


@asynccontextmanager
async def running() -> AsyncIterator[AsyncClient]:
    """Yield a client of an application whose worker is warm.

    The calling script needs `if __name__ == "__main__"`, because the workers import it again.
    """
    with TemporaryDirectory() as folder:
        app = create_app(
            Settings(workers=1, job_workers=1, database_url=f"sqlite:///{folder}/jobs.db")
        )
        async with (
            app.router.lifespan_context(app),
            AsyncClient(
                transport=ASGITransport(app), base_url="http://coaster", timeout=60
            ) as client,
        ):
            while (await client.get("/readyz")).status_code != 200:
                await asyncio.sleep(0.05)
            yield client
