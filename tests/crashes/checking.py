"""Whether a store that is found after a crash keeps every response that a client received."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from sqlalchemy import URL

from service.jobs.errors import DamagedJobError, StoreUnopenedError, UnknownJobError
from service.jobs.job import StoredJob
from service.jobs.storage import queries
from service.jobs.storage.store import Store, opened
from tests.crashes.disk import Disk, Image
from tests.crashes.recording import STORE, Response, Step
from tests.crashes.run import DONE, LOG
from tests.support.stores import logged, submission
from tests.support.time import run


def crashes(steps: Sequence[Step]) -> Iterator[tuple[Image, Sequence[Response]]]:
    """Yield what a disk may have after a crash at each point of a run, with the responses
    that clients have received by then.
    """
    disk, random = Disk(), Random(1)
    responses: list[Response] = []
    seen: set[int] = set()
    for step in steps:
        if isinstance(step, Response):
            responses.append(step)
        disk.apply(step)
        for image in (disk.lost_process(), disk.lost_power(), disk.lost_some(random)):
            new = hash((len(responses), frozenset(image.items())))
            if new not in seen:
                seen.add(new)
                yield image, responses


def faults(image: Image, responses: Sequence[Response], folder: Path) -> list[str]:
    """Return what a store lacks or has wrong. It is opened as the service does."""
    with TemporaryDirectory(dir=folder) as crashed:
        for file, content in image.items():
            (Path(crashed) / file).write_bytes(content)
        store = Path(crashed) / STORE
        return [*run(_missing(store, responses)), *_inconsistent(store)]


async def _missing(path: Path, responses: Sequence[Response]) -> list[str]:
    url = URL.create("sqlite", database=str(path))
    last = {each.job_id: each.what for each in responses}
    try:
        async with opened(url.render_as_string()) as store:
            found = [(each, await _fault(store, *each)) for each in last.items()]
    except StoreUnopenedError as error:
        return [str(error)]
    return [f"{job_id} was {what}: {fault}" for (job_id, what), fault in found if fault]


async def _fault(store: Store, job_id: str, what: str) -> str:
    """Return what is wrong with a job, or nothing. `what` is the last response of a client."""
    try:
        job = await store.read(queries.find, job_id)
    except UnknownJobError:
        return "" if what in {"removing", "removed"} else "it is not there"
    except DamagedJobError:
        return "it is damaged"
    if what == "removed":
        return "it is there"
    if what in {"succeeded", "cancelled"} and job.status != what:
        return f"it has {job.status}"
    return await _difference(store, job, at_least=2 if what == "logged" else 0)


async def _difference(store: Store, job: StoredJob, *, at_least: int) -> str:
    """Return how a job differs from what was stored, or nothing. Its log may end early."""
    log = await logged(store, job.id)
    if len(log) < at_least or log != LOG[: len(log)]:
        return f"its log has {log}"
    if job.position != (log[-1].last if log else None):
        return f"its log should end at {job.position}"
    if job.status == "succeeded" and await store.read(queries.ending, job.id) != DONE:
        return "its result is another"
    return "" if job.request == submission().request else "its request is another"


def _inconsistent(path: Path) -> list[str]:
    """Return what SQLite says about the file."""
    try:
        with closing(sqlite3.connect(path)) as opened_file:
            found = opened_file.execute("PRAGMA integrity_check").fetchall()
            found += opened_file.execute("PRAGMA foreign_key_check").fetchall()
    except sqlite3.DatabaseError as error:
        return [str(error)]
    return [str(each) for each in found if each != ("ok",)]
