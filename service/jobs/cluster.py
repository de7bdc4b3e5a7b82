"""The engine of a cluster: Procrastinate carries the IDs of jobs to workers, in PostgreSQL."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress

from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Status
from procrastinate.schema import SchemaManager
from psycopg import AsyncConnection, Error
from sqlalchemy import make_url

from service.background import in_background
from service.jobs.engine import TOGETHER, RunJob, run_together
from service.jobs.errors import StoreUnopenedError
from service.jobs.storage.postgresql import conninfo_of

log = logging.getLogger(__name__)

TASK = "run"
ANY, SMALL = "default", "small"
"""The queue of hints for any jobs, and that for small ones."""
QUEUE_CONNECTIONS = 6
QUEUE_SECONDS = 1.0
"""The timeout of a connection and of a hint, and the pause before a retry, in seconds."""
POLL_SECONDS = 2.0
"""The time between two polls for IDs if no notification arrives, in seconds."""
STALLED_SECONDS = 30.0
"""The time without a heartbeat after which a worker's entries are removed, in seconds."""
QUEUE_LOCK = 0x636F6173
"""The key of PostgreSQL's advisory lock under which the tables are created."""
TROUBLE = (ConnectorException, Error, OSError)


class ClusterEngine:
    """An engine whose jobs run on any machine of the cluster."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._small: defaultdict[str, list[str]] = defaultdict(list)
        """The small jobs of each client that wait for the next hint."""
        self._sending = asyncio.Lock()

    async def submit(
        self, job_id: str, *, client: str = "", earlier: int = 0, small: bool = False
    ) -> None:
        """Send a hint that a job is waiting. The recovery sends another one if it is lost."""
        try:
            async with asyncio.timeout(QUEUE_SECONDS):
                if small:
                    await self._send_together(job_id, client, earlier)
                else:
                    await self._send([job_id], ANY, earlier)
        except TROUBLE as error:
            fields = {"job_id": job_id, "error": type(error).__name__}
            log.warning("hint_lost", extra={"fields": fields})

    async def _send_together(self, job_id: str, client: str, earlier: int) -> None:
        """Send the next hint for this job and the others of the client that wait, unless it is
        already sent.
        """
        waiting = self._small[client]
        waiting.append(job_id)
        async with self._sending:
            if job_id in waiting:
                hint = waiting[:TOGETHER]
                del waiting[:TOGETHER]
                await self._send(hint, SMALL, earlier)
            if not waiting:
                self._small.pop(client, None)

    async def _send(self, job_ids: Sequence[str], queue: str, earlier: int) -> None:
        with suppress(AlreadyEnqueued):
            hint = self._app.configure_task(
                TASK,
                queue=queue,
                priority=-(earlier // TOGETHER),
                queueing_lock=" ".join(job_ids),
            )
            await hint.defer_async(job_ids=list(job_ids))

    def waiting(self, client: str) -> int:  # noqa: ARG002 - the protocol's name
        """Return 0: other processes have jobs of the client too. In a cluster, keys limit them."""
        return 0

    async def work(self, run: RunJob, slots: int, reserved: int = 0) -> None:
        """Run the submitted jobs, on this machine, until this call is cancelled."""

        async def run_hint(job_ids: Sequence[str]) -> None:
            await run_together(run, job_ids)

        self._app.task(name=TASK)(run_hint)
        async with in_background(self._forget_stalled()), asyncio.TaskGroup() as tasks:
            tasks.create_task(self._work_on([ANY, SMALL], slots))
            if reserved:
                tasks.create_task(self._work_on([SMALL], reserved))

    async def _work_on(self, queues: Sequence[str], slots: int) -> None:
        """Run the jobs of these queues, of at most `slots` hints at once."""
        while True:
            try:
                await self._app.run_worker_async(
                    queues=queues,
                    concurrency=slots,
                    install_signal_handlers=False,
                    delete_jobs="always",
                    fetch_job_polling_interval=POLL_SECONDS,
                    shutdown_graceful_timeout=0,
                )
            except TROUBLE as error:
                fields = {"error": type(error).__name__}
                log.warning("queue_unavailable", extra={"fields": fields})
            await asyncio.sleep(QUEUE_SECONDS)

    async def _forget_stalled(self) -> None:
        """Remove the entries of machines that are lost. Their jobs are in the store.

        This is no periodic task of Procrastinate: if a worker has one, it ends its running jobs
        when its heartbeat cannot be stored.
        """
        manager = self._app.job_manager
        while True:
            with suppress(*TROUBLE):
                for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS):
                    await manager.finish_job(job, Status.FAILED, delete_job=True)
            await asyncio.sleep(STALLED_SECONDS)


@asynccontextmanager
async def cluster_engine(url: str) -> AsyncIterator[ClusterEngine]:
    """Open the queue in the database of a URL. Raises StoreUnopenedError."""
    conninfo = conninfo_of(make_url(url))
    connector = PsycopgConnector(
        conninfo=conninfo,
        min_size=1,
        max_size=QUEUE_CONNECTIONS,
        timeout=QUEUE_SECONDS,
        reconnect_timeout=QUEUE_SECONDS,
    )
    app = App(connector=connector)
    async with AsyncExitStack() as stack:
        try:
            await _ensure_tables(conninfo)
            await stack.enter_async_context(app.open_async())
        except TROUBLE as error:
            message = f"The tables of the job queue cannot be used: {type(error).__name__}."
            raise StoreUnopenedError(message) from None
        yield ClusterEngine(app)


async def _ensure_tables(conninfo: str) -> None:
    """Create Procrastinate's tables if the database has none."""
    async with await AsyncConnection.connect(conninfo) as connection:
        await connection.execute("SET LOCAL statement_timeout = '30s'")  # others may be at work
        await connection.execute("SELECT pg_advisory_xact_lock(%s)", [QUEUE_LOCK])
        found = await connection.execute("SELECT to_regclass('procrastinate_jobs')")
        if await found.fetchone() == (None,):
            await connection.execute(SchemaManager.get_schema())
