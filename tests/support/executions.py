"""Jobs that are run: their requests, and what their logs should hold."""

import asyncio
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from orjson import dumps, loads

from service.api.requests import parse
from service.api.routes.job_requests import kind_of
from service.api.schemas.job import JOB_REQUESTS
from service.descent.fit import collect, events
from service.descent.questions.file import FitFileSpec
from service.descent.questions.fit import FitSpec
from service.descent.questions.table import FileKind
from service.jobs.bell import wait
from service.jobs.files import Cutter
from service.jobs.job import StoredJob
from service.jobs.kinds import FileSettings
from service.jobs.runner import Execution
from service.jobs.storage import claims, commands, files, queries
from service.jobs.storage.schema import endings_table
from service.jobs.storage.store import Store
from service.jobs.submission import Submission
from tests.support.pools import InProcessPool
from tests.support.server import descendants
from tests.support.stores import DEFAULTS, logged
from tests.support.stores import rows as count_rows
from tests.support.time import settled

LECTURE = '{"synthetic": {}, "seed": 42, "lr": 1e-5, "steps": 10}'
PARTS = '{"synthetic": {}, "seed": 42, "lr": 1e-5, "steps": 300, "solver": "loop"}'
"""A fit whose events come in several parts."""


SERIES = """
{"kind": "series", "seed": 42, "include": ["messages"], "t": [0, 1, 2, 3], "y": ROWS}
""".replace("ROWS", str([[1, 2, number % 7, 4] for number in range(2_000)]))
"""Many series, which take a worker some seconds, and whose rows come in many blocks."""
SWEEP = '{"kind": "sweep", "synthetic": {}, "seed": 42, "lrs": [1e-6, 1e-5], "steps": 10}'


async def created(store: Store, body: str) -> str:
    """Create the job of a request, as the API does; return its id."""
    return (await store.write(commands.create, sent(body), DEFAULTS)).job.id


async def created_of_file(
    store: Store,
    content: bytes,
    *,
    file_kind: FileKind = "csv",
    settings: type[FileSettings] = FitFileSpec,
    in_parts: bool = False,
    **options: Any,
) -> str:
    """Create the job of a file, as the API does; return its id."""
    upload, cutter = await store.write(files.begin), Cutter(file_kind)
    for number, piece in enumerate([*cutter.add(content), cutter.last()]):
        await store.write(files.keep, upload, number=number, piece=piece, settings=DEFAULTS)
    file = cutter.file(in_parts=in_parts, max_seconds=DEFAULTS.max_job_seconds)
    given = dumps({"seed": 42, "steps": 10} | options)
    job = Submission.of_file(given, parse(given, settings), file, {}, None, owner="")
    return (await store.write(commands.create, job, DEFAULTS, upload=upload)).job.id


def sent(body: str) -> Submission:
    """Return the job of a request, as the API stores it."""
    content = body.encode()
    request = parse(content, JOB_REQUESTS[kind_of(content)])
    return Submission.of(content, request, request.metadata, None, owner="")


async def when(store: Store, job_id: str, holds: Callable[[StoredJob], bool]) -> StoredJob:
    """Return the job as soon as a condition holds of it."""
    async with asyncio.timeout(60):
        while True:
            ring = store.bell.next_ring(job_id)
            if holds(job := await store.read(queries.find, job_id)):
                return job
            await wait(ring, 1.0)


async def losses(store: Store, job_id: str) -> list[float]:
    """The losses in the log of a job, in order."""
    return [
        loss
        for event in await logged(store, job_id)
        if event.type == "steps"
        for loss in loads(event.body)["loss"]
    ]


async def rows(store: Store, job_id: str) -> list[str]:
    """The names of the series in the log of a job, in order."""
    return [
        name for event in await logged(store, job_id) for name in loads(event.body).get("ids", ())
    ]


@cache
def reference(body: str) -> list[float]:
    """The losses of the same fit without interruptions."""
    return collect(events(parse(body.encode(), FitSpec))).losses


def workers_here() -> list[int]:
    """The process ids of the living workers of this process, which its fork server has started."""
    servers = [child for child in descendants(os.getpid()) if _is_fork_server(child)]
    return [
        worker
        for server in servers
        for worker in descendants(server)
        if _status(worker)[:1] not in ([], ["Z"])
    ]


def _is_fork_server(pid: int) -> bool:
    """Whether it is ours: a service that a test has started has one too."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return b"multiprocessing.forkserver" in command and _status(pid)[1:2] == [str(os.getpid())]


def _status(pid: int) -> list[str]:
    """The state of a process and the id of its parent; nothing if it has gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:2]
    except (FileNotFoundError, ProcessLookupError):
        return []


def held() -> InProcessPool:
    """Workers that are held."""
    pool = InProcessPool()
    pool.hold()
    return pool


async def run_twice(execution: Execution, store: Store, job_id: str) -> None:
    """Run a job of series, leave it when some rows of 2,000 are logged, and run it to its end."""
    first = asyncio.create_task(execution.run(job_id))
    await when(store, job_id, lambda job: (job.position or 0) > 0)
    first.cancel()
    await asyncio.wait({first})
    assert 0 < len(await rows(store, job_id)) < 2_000

    await execution.run(job_id)


async def run_on_two_machines(
    store: Store, job_id: str, first: InProcessPool | None = None
) -> tuple[int, int]:
    """Run a job on a machine whose workers are held, or hold themselves, until another one has
    computed its parts. Return how many parts waited, and how many had ended when the first machine
    went on.
    """
    first, second = first or held(), InProcessPool()
    running = asyncio.create_task(Execution(store, first).run(job_id))
    await settled()
    waiting = await store.write(claims.stale, again_after=0)
    for part_id in waiting:
        await Execution(store, second).run(part_id)
    ended = await count_rows(store, endings_table)
    first.release()
    await running
    return len(waiting), ended
