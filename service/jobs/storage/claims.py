"""The changes of an executor, which claims a job and continues its log while the claim holds. If it
no longer holds, they raise LostClaimError. Repeating a change that was made has no effect.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    Row,
    Select,
    Update,
    bindparam,
    case,
    func,
    insert,
    select,
    update,
)

from service.jobs.claim import Claim
from service.jobs.errors import DamagedJobError, LostClaimError
from service.jobs.files import StoredFile
from service.jobs.job import Failure, LogEnd
from service.jobs.storage.commands import REMOVE_PARTS
from service.jobs.storage.digests import (
    check,
    digest_of_ending,
    digest_of_event,
    digest_of_points,
    digest_of_request,
)
from service.jobs.storage.queries import PART_BYTES, PIECE_BYTES, THIS
from service.jobs.storage.schema import (
    ENDED_AGE,
    JOB,
    NOT_EXPIRED,
    Now,
    endings_table,
    is_long_ago,
    jobs_table,
    log_table,
    pieces_table,
    points_table,
)
from service.pool.frames import EventBytes

ATTEMPTS = 10
"""The number of claims after which a job fails if its log does not grow. It is large, because
machines are lost for other reasons too.
"""
LEASES = 3
"""The number of leases for which a log waits for a worker of the kind that began it."""
LEASE_SECONDS = 5.0
"""The time after which a claim expires if it is not renewed, in seconds."""
STALE = 100
"""The maximum number of free jobs that are returned at once."""

POISON = Failure("poison", "The job was started ten times and made no progress.")
INTERRUPTED = Failure(
    "interrupted",
    "The worker was lost during the job, and no other worker of its kind can continue it.",
)
DAMAGED = Failure("internal_error", "The stored request or file of the job is damaged.")

HELD = THIS & (JOB.claim == bindparam("token"))
RUNNING = HELD & (JOB.status == "running")
ABANDONED = (JOB.status == "running") & is_long_ago(JOB.touched, bindparam("lease"))
FREE = (JOB.status == "queued") | ABANDONED
MAY_BE_FREE = JOB.status.in_(["queued", "running"])
"""The condition for which there is an index. It holds for all jobs that are free."""

NEEDED = [
    *[JOB.id, JOB.parent, JOB.owner, JOB.question, JOB.request, JOB.metadata, JOB.seal],
    *[JOB.first, JOB.steps, JOB.record_every, JOB.position, JOB.kind, JOB.claim, JOB.attempts],
]
"""The columns that a claim needs."""
FIND_FREE: Select[Any] = (
    select(
        *NEEDED,
        func.abs(Now() - JOB.touched).label("idle"),
        points_table.c.body,
        points_table.c.digest.label("points_digest"),
    )
    .outerjoin(points_table, points_table.c.job == func.coalesce(JOB.parent, JOB.id))
    .where(THIS, FREE | RUNNING)
    .with_for_update(of=jobs_table)
)
"""A job that is free, or that the same token claimed before, in case the response was lost."""
TURNS = (
    select(JOB.id, func.row_number().over(partition_by=JOB.owner, order_by=JOB.id).label("turn"))
    .where(MAY_BE_FREE, FREE, NOT_EXPIRED, is_long_ago(JOB.hinted, bindparam("again_after")))
    .subquery()
)
"""The free jobs, each with its place among those of its owner."""
ALL_FREE = (
    select(JOB.id)
    .join(TURNS, TURNS.c.id == JOB.id)
    .where(FREE)
    .order_by(TURNS.c.turn, JOB.id)
    .limit(STALE)
    .with_for_update(of=jobs_table, skip_locked=True)
)
HINT = update(jobs_table).where(JOB.id.in_(bindparam("ids", expanding=True))).values(hinted=Now())
TAKE = (
    update(jobs_table)
    .where(THIS)
    .values(
        status="running",
        started_at=func.coalesce(JOB.started_at, Now()),
        attempts=JOB.attempts + 1,
        touched=Now(),
        hinted=0,
    )
)
GIVE_UP = (
    update(jobs_table)
    .where(THIS)
    .values(claim=None, finished_at=Now(), ended_age=ENDED_AGE, reserved=0)
)

HELD_JOB = update(jobs_table).where(RUNNING)
AT_END = JOB.position.is_not_distinct_from(bindparam("after"))
SIZE = bindparam("size", type_=BigInteger)
GROW = HELD_JOB.where(AT_END).values(
    attempts=0, touched=Now(), stored=JOB.stored + SIZE, reserved=JOB.reserved - SIZE
)
GROWN = select(JOB.id).where(RUNNING, JOB.position == bindparam("position"))
TOUCH = HELD_JOB.values(touched=Now())
END = HELD_JOB.values(finished_at=Now(), ended_age=ENDED_AGE, reserved=0)
RESULT = END.values(stored=JOB.stored + SIZE)
LAST_EVENTS = RESULT.where(AT_END)
ONE_LESS = case((JOB.attempts > 0, JOB.attempts - 1), else_=0)
GIVE_BACK = HELD_JOB.values(touched=Now(), hinted=0)
RELEASE = GIVE_BACK.values(attempts=ONE_LESS)
REACHED = select(JOB.id).where(HELD, JOB.status == bindparam("status"))
"""A job that has this status by an earlier try of the same change, whose response was lost."""


def stale(connection: Connection, *, again_after: float) -> Sequence[str]:
    """Return the IDs of some jobs that no worker runs. Their owners take turns, each with its
    oldest jobs first.

    A job is returned at most once in `again_after` seconds, to whichever process calls first.
    """
    found = connection.scalars(ALL_FREE, {"lease": LEASE_SECONDS, "again_after": again_after}).all()
    if found:
        connection.execute(HINT, {"ids": found})
    return found


def claim_job(connection: Connection, job_id: str, *, token: str, kind: str) -> Claim | None:
    """Claim a job that no worker runs, for one lease.

    Return None if the job has another claim, or should not run. Each claim has its own token. A log
    that was begun by one kind of worker is continued by that kind alone. If no worker can continue
    it, the job fails.
    """
    free = {"job_id": job_id, "token": token, "lease": LEASE_SECONDS}
    found = connection.execute(FIND_FREE, free).one_or_none()
    if found is None:
        return None
    if found.kind not in {None, kind}:
        # a part may wait as long as its job runs
        if found.parent is None and found.idle > LEASES * LEASE_SECONDS:
            _give_up(connection, job_id, INTERRUPTED)
        return None
    if found.claim != token:
        if not _is_whole(found):
            _give_up(connection, job_id, DAMAGED)
            return None
        if found.attempts >= ATTEMPTS:
            _give_up(connection, job_id, POISON)
            return None
        connection.execute(TAKE, {"job_id": job_id, "claim": token})
    file = StoredFile.from_json(found.body)
    return Claim(
        job=job_id,
        whole=found.parent or job_id,
        token=token,
        kind=kind,
        question=found.question,
        request=found.request,
        points=None if file else found.body,
        position=found.position,
        file=file,
        rows=None if found.parent is None else range(found.first, found.steps),
    )


def _is_whole(found: Row[Any]) -> bool:
    """Return whether the request and the points of a job are as they were stored."""
    try:
        seal = digest_of_request(found, job_id=found.id, owner=found.owner)
        check(found.id, found.seal, seal)
        if found.body is not None:
            points = digest_of_points(found.parent or found.id, found.body)
            check(found.id, found.points_digest, points)
    except DamagedJobError:
        return False
    return True


def append(
    connection: Connection, claim: Claim, *, after: int | None, events: Sequence[EventBytes]
) -> None:
    """Continue a log that ends at `after`, and renew the lease."""
    if changed(connection, claim, GROW, grown(claim, after, events), before=GROWN):
        write_log(connection, claim, after, events)


def touch(connection: Connection, claim: Claim) -> None:
    """Renew the lease."""
    if not connection.execute(TOUCH, {"job_id": claim.job, "token": claim.token}).rowcount:
        raise LostClaimError


def finish(
    connection: Connection,
    claim: Claim,
    done: bytes,
    *,
    after: int | None = None,
    events: Sequence[EventBytes] = (),
) -> LogEnd | None:
    """Store that the job has succeeded. `done` is its last event. `events`, if there are any,
    continue the log that ends at `after`. Then the end of the log is returned, if it is small.
    """
    change, fields = RESULT, {"status": "succeeded", "size": len(done)}
    if events:
        longer = grown(claim, after, events)
        change, fields = LAST_EVENTS, fields | longer | {"size": len(done) + longer["size"]}
    if changed(connection, claim, change, fields):
        if events:
            write_log(connection, claim, after, events)
        _end(connection, claim, done)
        _remove_parts(connection, claim)
    if not events:
        return None
    end = LogEnd(after, [*events, EventBytes("done", events[-1].last, done)])
    return end if end.size <= PART_BYTES else None


def _end(connection: Connection, claim: Claim, done: bytes) -> None:
    """Store the last event of a job. The pieces of a large one have statements of their own,
    because a statement has a time limit.
    """
    digest = digest_of_ending(claim.job, done)
    ending = {"job": claim.job, "body": done[:PIECE_BYTES], "digest": digest}
    connection.execute(insert(endings_table), ending)
    for number, start in enumerate(range(PIECE_BYTES, len(done), PIECE_BYTES), start=1):
        body = done[start : start + PIECE_BYTES]
        connection.execute(insert(pieces_table), {"job": claim.job, "number": number, "body": body})


def fail(connection: Connection, claim: Claim, failure: Failure) -> None:
    """Store that the job has failed."""
    if changed(connection, claim, END, _failed(failure)):
        _remove_parts(connection, claim)


def release(connection: Connection, claim: Claim) -> None:
    """Release the job, with its log, for the next claim."""
    changed(connection, claim, RELEASE, {"status": "queued"})


def give_back(connection: Connection, claim: Claim) -> None:
    """Release the job, whose worker did not go on. After ATTEMPTS claims, this ends the job."""
    changed(connection, claim, GIVE_BACK, {"status": "queued"})


def abandon(connection: Connection, job_id: str, *, token: str) -> None:
    """Release a job if this token has claimed it."""
    connection.execute(RELEASE, {"job_id": job_id, "token": token, "status": "queued"})


def changed(
    connection: Connection,
    claim: Claim,
    change: Update,
    fields: dict[str, Any],
    *,
    before: Select[str] = REACHED,
) -> bool:
    """Make a change of these fields, unless it was made `before`. Return whether it is made now."""
    parameters = {"job_id": claim.job, "token": claim.token} | fields
    if connection.execute(change, parameters).rowcount:
        return True
    if connection.execute(before, parameters).one_or_none() is None:
        raise LostClaimError
    return False


def _remove_parts(connection: Connection, claim: Claim) -> None:
    """Remove the parts of a job that has ended. Only series and files have parts."""
    if claim.question == "series" or claim.file:
        connection.execute(REMOVE_PARTS, {"job_id": claim.job})


def _give_up(connection: Connection, job_id: str, failure: Failure) -> None:
    """Let a job that has no claim fail."""
    connection.execute(GIVE_UP, {"job_id": job_id} | _failed(failure))
    connection.execute(REMOVE_PARTS, {"job_id": job_id})


def grown(claim: Claim, after: int | None, events: Sequence[EventBytes]) -> dict[str, Any]:
    """Return what changes in a job whose log continues with these events."""
    size = sum(len(event.body) for event in events)
    return {"after": after, "position": events[-1].last, "kind": claim.kind, "size": size}


def write_log(
    connection: Connection, claim: Claim, after: int | None, events: Sequence[EventBytes]
) -> None:
    """Write these events at the end of a log."""
    rows = []
    after = claim.end_of_log(after)
    for event in events:
        digest = digest_of_event(claim.whole, after, event.last, event.body)
        rows.append({"job": claim.job, "last": event.last, "body": event.body, "digest": digest})
        after = event.last
    connection.execute(insert(log_table), rows)


def _failed(failure: Failure) -> dict[str, Any]:
    return {"status": "failed", "error_code": failure.code, "error_detail": failure.detail}
