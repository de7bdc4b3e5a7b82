"""Several machines: Procrastinate carries the ids of jobs to workers, through the PostgreSQL
database that they share.
"""

import asyncio
import logging
from contextlib import suppress
from typing import Self

from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Status
from procrastinate.schema import SchemaManager
from psycopg import AsyncConnection, Error
from sqlalchemy import make_url

from service.jobs.engine import Run
from service.jobs.errors import StoreUnopenedError
from service.jobs.storage.postgresql import conninfo_of

log = logging.getLogger(__name__)

TASK = "run"
CONNECTIONS = 4
WAIT_SECONDS = 1.0
"""For a connection of the pool, and for the database to take a hint."""
POLL_SECONDS = 2.0
"""Between two looks for ids, when no notification came."""
STALLED_SECONDS = 30.0
"""Without a word from a worker, what it was at is forgotten here: the store still has it."""
LOCK = 0x636F6173
"""Of PostgreSQL, while the tables are made."""
TROUBLE = (ConnectorException, Error, OSError)


class ClusterEngine:
    """An async context: what is submitted in it runs on some machine of the cluster."""

    def __init__(self, url: str) -> None:
        conninfo = self._conninfo = conninfo_of(make_url(url))
        self._app = App(
            connector=PsycopgConnector(
                conninfo=conninfo,
                min_size=1,
                max_size=CONNECTIONS,
                timeout=WAIT_SECONDS,
                reconnect_timeout=WAIT_SECONDS,
            )
        )

    async def __aenter__(self) -> Self:
        try:
            await _ensure_tables(self._conninfo)
            await self._app.open_async()
        except TROUBLE as error:
            raise StoreUnopenedError(
                f"The tables of the queue cannot be used: {type(error).__name__}."
            ) from None
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._app.close_async()

    async def submit(self, job_id: str) -> None:
        """A hint that a job waits. One that does not get through is given again by the sweep."""
        with suppress(AlreadyEnqueued):
            try:
                async with asyncio.timeout(WAIT_SECONDS):
                    await self._app.configure_task(TASK, queueing_lock=job_id).defer_async(
                        job_id=job_id
                    )
            except TROUBLE as error:
                log.warning(
                    "hint_lost", extra={"fields": {"job_id": job_id, "error": type(error).__name__}}
                )

    async def work(self, run: Run, places: int) -> None:
        """Runs what is submitted, so many at once, until it is cancelled; then what runs is
        cancelled too.
        """
        self._app.task(name=TASK)(run)
        while True:
            try:
                await self._forget_stalled()
                await self._app.run_worker_async(
                    concurrency=places,
                    install_signal_handlers=False,
                    delete_jobs="always",
                    fetch_job_polling_interval=POLL_SECONDS,
                    shutdown_graceful_timeout=0,
                )
            except TROUBLE as error:
                log.warning("queue_unavailable", extra={"fields": {"error": type(error).__name__}})
            await asyncio.sleep(WAIT_SECONDS)

    async def _forget_stalled(self) -> None:
        manager = self._app.job_manager
        for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS):
            await manager.finish_job(job, Status.FAILED, delete_job=True)


async def _ensure_tables(conninfo: str) -> None:
    """Makes Procrastinate's tables where there are none."""
    async with await AsyncConnection.connect(conninfo) as connection:
        await connection.execute("SET LOCAL statement_timeout = '30s'")  # others may be making them
        await connection.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        found = await (
            await connection.execute("SELECT to_regclass('procrastinate_jobs')")
        ).fetchone()
        if found == (None,):
            await connection.execute(SchemaManager.get_schema())
