"""Hearing of jobs from other processes that share a PostgreSQL database."""

import asyncio
import logging
from contextlib import AbstractAsyncContextManager

import psycopg

from service.jobs.background import beside
from service.jobs.bell import Bell
from service.jobs.notices import CHANNEL

log = logging.getLogger(__name__)

PAUSE_SECONDS = 0.5
"""Between two tries to listen."""


def listening(conninfo: str, bell: Bell) -> AbstractAsyncContextManager[None]:
    """Meanwhile the bell rings for what any process tells."""
    return beside(_listen(conninfo, bell))


async def _listen(conninfo: str, bell: Bell) -> None:
    """What is told while nobody listens is lost: who waits looks for himself from time to time."""
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
