"""The files of jobs. A file arrives piece by piece under the ID of its job, which is created when
all of it is there.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, delete, exists, func, insert, literal, select, update

from service.jobs.errors import LostClaimError, StoreUnavailableError
from service.jobs.storage import space
from service.jobs.storage.commands import next_id
from service.jobs.storage.digests import check, damaged, digest_of_piece
from service.jobs.storage.schema import (
    ARRIVING,
    JOB,
    NOT_EXPIRED,
    PARTS_OWNER,
    Now,
    files_table,
    is_long_ago,
    jobs_table,
)
from service.settings import Settings

ARRIVAL_SECONDS = 60.0
"""The longest time between two pieces of a file, in seconds. Then its process is lost."""
REMOVING = 16
"""The number of pieces that are removed in one transaction. Other transactions wait for it."""
FILE = files_table.c
NEWEST = select(func.max(JOB.id))
NEW = insert(jobs_table).values(
    status=ARRIVING,
    owner=PARTS_OWNER,
    steps=0,
    record_every=1,
    attempts=0,
    touched=Now(),
    hinted=0,
    created_at=Now(),
)
THIS = JOB.id == bindparam("upload")
GROW = (
    update(jobs_table)
    .where(THIS, JOB.status == ARRIVING)
    .values(touched=Now(), reserved=JOB.reserved + bindparam("size"))
)
ABANDON = delete(jobs_table).where(THIS, JOB.status == ARRIVING)
LEFT = (
    select(JOB.id)
    .where(NOT_EXPIRED, JOB.status == ARRIVING, is_long_ago(JOB.touched, literal(ARRIVAL_SECONDS)))
    .with_for_update(skip_locked=True)
)
NEEDED = exists().where(JOB.id == FILE.job, JOB.finished_at.is_(None))
PIECE = select(FILE.body, FILE.digest).where(
    FILE.job == bindparam("job"), FILE.number == bindparam("number")
)
UNFINISHED = select(JOB.id).where(JOB.id == bindparam("job"), JOB.finished_at.is_(None))
UNNEEDED = select(FILE.job, FILE.number).where(~NEEDED).limit(REMOVING)
REMOVE = delete(files_table).where(
    FILE.job == bindparam("its_job"), FILE.number == bindparam("its_number")
)


def begin(connection: Connection) -> str:
    """Return the ID of a new job whose file is on its way. Clients do not see it."""
    connection.execute(space.LOCK)
    upload = next_id(connection.scalar(NEWEST) or "")
    connection.execute(NEW, {"id": upload})
    return upload


def keep(
    connection: Connection, upload: str, *, number: int, piece: bytes, settings: Settings
) -> None:
    """Store a piece of a file. Repeating this has no effect. Raises StoreFullError, or
    StoreUnavailableError if the file took too long and was removed.
    """
    if connection.execute(PIECE, {"job": upload, "number": number}).one_or_none():
        return
    kept = connection.execute(space.LOCK).one().kept_bytes
    space.check(len(piece), kept=kept, limit=settings.max_store_bytes)
    if not connection.execute(GROW, {"upload": upload, "size": len(piece)}).rowcount:
        raise StoreUnavailableError("the file was removed")
    space.take(connection, len(piece))
    digest = digest_of_piece(upload, number, piece)
    row = {"job": upload, "number": number, "body": piece, "digest": digest}
    connection.execute(insert(files_table), row)


def abandon(connection: Connection, upload: str) -> None:
    """Give up a file that is on its way, unless its job was created."""
    connection.execute(ABANDON, {"upload": upload})


def piece(connection: Connection, job_id: str, *, number: int) -> bytes:
    """Return a piece of the file of a job. Raises DamagedJobError, or LostClaimError if the job has
    ended, as its file may be removed.
    """
    found = connection.execute(PIECE, {"job": job_id, "number": number}).one_or_none()
    if found is None:
        if connection.scalar(UNFINISHED, {"job": job_id}) is None:
            raise LostClaimError
        raise damaged(job_id)
    check(job_id, found.digest, digest_of_piece(job_id, number, found.body))
    body: bytes = found.body
    return body


def remove_unneeded(connection: Connection) -> int:
    """Give up the files whose process is lost, and remove some pieces of files whose job has ended
    or is gone. Return the number of these pieces.
    """
    left = connection.scalars(LEFT).all()
    connection.execute(delete(jobs_table).where(JOB.id.in_(left)))
    pieces: Sequence[dict[str, object]] = [
        {"its_job": job, "its_number": number} for job, number in connection.execute(UNNEEDED)
    ]
    if pieces:
        connection.execute(REMOVE, pieces)
    return len(pieces)
