"""The service inside this process, with its workers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from httpx import ASGITransport, AsyncClient

from service.app import create_app
from service.settings import Settings


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[AsyncClient]:
    """A client of an application whose workers are warm; its caller needs `if __name__ == "__main__"`, as its workers import it again."""
    app = create_app(settings)
    async with app.router.lifespan_context(app), AsyncClient(transport=ASGITransport(app), base_url="http://coaster", timeout=60) as client:
        while (await client.get("/readyz")).status_code != 200:
            await asyncio.sleep(0.05)
        yield client
