"""The changes of an executor that splits a job into parts, and counts its series before. They hold
to the rules of `claims`.
"""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from orjson import dumps
from sqlalchemy import BigInteger, Connection, bindparam, case, insert, select, update

from service.jobs.claim import Claim, Part
from service.jobs.storage.claims import (
    GROW,
    GROWN,
    HELD,
    HELD_JOB,
    changed,
    grown,
    touch,
    write_log,
)
from service.jobs.storage.digests import digest_of_request
from service.jobs.storage.queries import FIELDS, LOG_BYTES, THIS, job_of
from service.jobs.storage.schema import JOB, LOG, PARTS_OWNER, Now, jobs_table, log_table
from service.jobs.submission import Submission
from service.pool.frames import EventBytes

PARTS = (
    select(JOB.id, JOB.first, JOB.steps).where(JOB.parent == bindparam("job_id")).order_by(JOB.id)
)
NEW_PARTS = insert(jobs_table).values(
    parent=bindparam("job_id"),
    status="queued",
    attempts=0,
    touched=Now(),
    hinted=0,
    created_at=Now(),
)
"""New parts, which the recovery of every process soon brings to its workers."""
UNCOUNTED = select(*FIELDS).where(HELD)
OWNER = select(JOB.owner).where(THIS)
NEEDED = bindparam("needed", type_=BigInteger)
COUNTED = HELD_JOB.values(
    steps=bindparam("series"),
    seal=bindparam("new_seal"),
    reserved=case((JOB.reserved > NEEDED, NEEDED), else_=JOB.reserved),
)
OF_ONE_KIND = HELD_JOB.values(kind=bindparam("worker_kind"))
POINTS_READ = select(JOB.points_read).where(THIS)
READ = GROW.values(points_read=bindparam("read"))
MOVE_LOG = update(log_table).where(LOG.job == bindparam("part")).values(job=bindparam("job_id"))


def count(connection: Connection, claim: Claim, *, series: int, needed: int) -> None:
    """Store the number of the series of a job, which is known when its file has been read. Of the
    space that the job has reserved, keep at most the `needed` bytes.
    """
    touch(connection, claim)
    ours = {"job_id": claim.job, "token": claim.token}
    found = connection.execute(UNCOUNTED, ours).mappings().one()
    job = replace(job_of(found), steps=series)
    owner = connection.execute(OWNER, ours).scalar_one()
    seal = digest_of_request(job, job_id=claim.job, owner=owner)
    connection.execute(COUNTED, ours | {"series": series, "new_seal": seal, "needed": needed})


def split(connection: Connection, claim: Claim, rows: Sequence[range]) -> Sequence[Part]:
    """Create the parts of a job, which have these rows of series or pieces of a file, unless the
    job already has parts. Return its parts in order. Only workers of this kind can compute them.
    """
    touch(connection, claim)
    if parts := _parts(connection, claim):
        return parts
    ours = {"job_id": claim.job, "token": claim.token, "worker_kind": claim.kind}
    connection.execute(OF_ONE_KIND, ours)
    connection.execute(NEW_PARTS, [_new(claim, number, each) for number, each in enumerate(rows)])
    return _parts(connection, claim)


def _new(claim: Claim, number: int, rows: range) -> dict[str, Any]:
    """Return the fields of a new part, which has these rows or pieces."""
    part = Submission(
        question=claim.question,
        request=claim.request,
        points=None,
        metadata={},
        key=None,
        digest="",
        steps=rows.stop,
        record_every=1,
        owner=PARTS_OWNER,
    )
    part_id = f"{claim.job}{number:06x}"
    seal = digest_of_request(part, job_id=part_id, owner=PARTS_OWNER)
    place = {"id": part_id, "job_id": claim.job, "kind": claim.kind, "first": rows.start}
    return asdict(part) | place | {"digest": None, "seal": seal}


def adopt(connection: Connection, claim: Claim, part: Part) -> None:
    """Move the log of a part that has succeeded to the end of the log of its job."""
    size = int(connection.scalars(LOG_BYTES, {"job_id": part.id}).one())
    fields = {"after": part.after, "position": part.last, "kind": claim.kind, "size": size}
    if changed(connection, claim, GROW, fields, before=GROWN):
        connection.execute(MOVE_LOG, {"part": part.id, "job_id": claim.job})


def log_reading(connection: Connection, claim: Claim, part: Part, *, points: int) -> None:
    """Log that a part of a file, which has so many points, was read."""
    read = points + (connection.scalar(POINTS_READ, {"job_id": claim.job}) or 0)
    event = EventBytes("reading", part.last, dumps({"type": "reading", "points_read": read}))
    fields = grown(claim, part.after, [event]) | {"read": read}
    if changed(connection, claim, READ, fields, before=GROWN):
        write_log(connection, claim, part.after, [event])


def _parts(connection: Connection, claim: Claim) -> Sequence[Part]:
    found = connection.execute(PARTS, {"job_id": claim.job})
    rows = [(part_id, range(first, stop)) for part_id, first, stop in found]
    lasts = [each.stop - 1 for _, each in rows]
    if claim.question != "series":  # the log of a fit begins with -1, and the parts are read before
        lasts = [*range(-1 - len(rows), -1)]
    afters = [None, *lasts]
    return [
        Part(part_id, each, after, last)
        for (part_id, each), after, last in zip(rows, afters, lasts, strict=False)
    ]
