"""The receiver of notices about jobs from processes that share a PostgreSQL database."""

import asyncio
import logging
from contextlib import AbstractAsyncContextManager

import psycopg

from service.jobs.background import in_background
from service.jobs.bell import Bell
from service.jobs.notices import CHANNEL

log = logging.getLogger(__name__)

PAUSE_SECONDS = 0.5
"""The pause between two attempts to listen, in seconds."""


def listening(conninfo: str, bell: Bell) -> AbstractAsyncContextManager[None]:
    """Ring the bell for the notices of all processes while the context is open."""
    return in_background(_listen(conninfo, bell))


async def _listen(conninfo: str, bell: Bell) -> None:
    """Ring the bell for every notice, and reconnect after an error.

    Notices without a listener are lost, so readers also poll the store.
    """
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(
                conninfo, autocommit=True
            ) as connection:
                await connection.execute(f"LISTEN {CHANNEL}")
                async for notice in connection.notifies():
                    bell.ring(notice.payload)
        except (psycopg.Error, OSError) as error:
            log.warning("store_unheard", extra={"fields": {"error": type(error).__name__}})
        await asyncio.sleep(PAUSE_SECONDS)
