"""What an executor does: it claims a job, and continues its log while the claim holds."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    Connection,
    Select,
    Update,
    bindparam,
    case,
    func,
    insert,
    or_,
    select,
    update,
)

from service.jobs.errors import LostClaimError
from service.jobs.job import Claim, Failure
from service.jobs.storage.clock import Now
from service.jobs.storage.schema import endings, jobs, log, points
from service.pool.frames import Told

ATTEMPTS = 10
"""Claims of a job whose log does not grow. Machines are lost for other reasons too; the workers
that a job ends are counted by the pool.
"""
LEASES = 3
"""How long a log that one kind of worker began waits for another of that kind, in leases."""
STALE = 100
"""Jobs that are told to be free at once."""

POISON = Failure("poison", "It was begun ten times, and never got any further.")
INTERRUPTED = Failure(
    "interrupted",
    "The worker was lost in the middle of the job, and there is no other of its kind to go on.",
)

THIS = jobs.c.id == bindparam("job_id")
HELD = THIS & (jobs.c.claim == bindparam("token"))
RUNNING = HELD & (jobs.c.status == "running")
ABANDONED = (jobs.c.status == "running") & (jobs.c.touched < Now() - bindparam("lease"))
FREE = or_(jobs.c.status == "queued", ABANDONED)

FIND_FREE = (
    select(jobs, (Now() - jobs.c.touched).label("idle"), points.c.body)
    .outerjoin(points)
    .where(THIS, or_(FREE, RUNNING))
    .with_for_update(of=jobs)
)
"""Or claimed before by the same token, whose holder did not hear the answer."""
ALL_FREE = (
    select(jobs.c.id)
    .where(FREE, jobs.c.hinted <= Now() - bindparam("again_after"))
    .order_by(jobs.c.id)
    .limit(STALE)
    .with_for_update(skip_locked=True)
)
HINT = update(jobs).where(jobs.c.id.in_(bindparam("job_ids", expanding=True))).values(hinted=Now())
TAKE = (
    update(jobs)
    .where(THIS)
    .values(
        status="running",
        started_at=func.coalesce(jobs.c.started_at, Now()),
        attempts=jobs.c.attempts + 1,
        touched=Now(),
        hinted=0,
    )
)
GIVE_UP = update(jobs).where(THIS).values(status="failed", finished_at=Now())

GROW = (
    update(jobs)
    .where(RUNNING, jobs.c.position.is_not_distinct_from(bindparam("after")))
    .values(attempts=0, touched=Now())
)
GROWN = select(jobs.c.id).where(RUNNING, jobs.c.position == bindparam("last"))
EVENTS = insert(log)
TOUCH = update(jobs).where(RUNNING).values(touched=Now())

SUCCEED = update(jobs).where(RUNNING).values(status="succeeded", finished_at=Now())
SUCCEEDED = select(jobs.c.id).where(HELD, jobs.c.status == "succeeded")
ENDINGS = insert(endings)
FAIL = update(jobs).where(RUNNING).values(status="failed", finished_at=Now())
FAILED = select(jobs.c.id).where(HELD, jobs.c.status == "failed")
ONE_LESS = case((jobs.c.attempts > 0, jobs.c.attempts - 1), else_=0)
RELEASE = (
    update(jobs).where(RUNNING).values(status="queued", attempts=ONE_LESS, touched=Now(), hinted=0)
)
RELEASED = select(jobs.c.id).where(HELD, jobs.c.status == "queued")


def stale(connection: Connection, *, again_after: float, lease_seconds: float) -> Sequence[str]:
    """Jobs that nobody runs, the oldest first; who asks will hint at them, so that others need not
    for a while.
    """
    found = connection.scalars(ALL_FREE, {"lease": lease_seconds, "again_after": again_after}).all()
    if found:
        connection.execute(HINT, {"job_ids": found})
    return found


def take(
    connection: Connection, job_id: str, *, token: str, kind: str, lease_seconds: float
) -> Claim | None:
    """The right to go on with a job that nobody runs, or None. A job that nobody can go on with has
    failed then.
    """
    found = connection.execute(
        FIND_FREE, {"job_id": job_id, "token": token, "lease": lease_seconds}
    ).one_or_none()
    if found is None:
        return None
    if found.position is not None and found.kind != kind:
        if found.idle > LEASES * lease_seconds:
            _give_up(connection, job_id, INTERRUPTED)
        return None
    if found.claim != token:
        if found.attempts >= ATTEMPTS:
            _give_up(connection, job_id, POISON)
            return None
        connection.execute(TAKE, {"job_id": job_id, "claim": token})
    return Claim(
        job=job_id,
        token=token,
        kind=kind,
        request=found.request,
        points=found.body,
        position=found.position,
    )


def _give_up(connection: Connection, job_id: str, failure: Failure) -> None:
    connection.execute(GIVE_UP, {"job_id": job_id, "claim": None} | _fields(failure))


def append(
    connection: Connection, claim: Claim, *, after: int | None, told: Sequence[Told]
) -> None:
    """Continues a log that ends at `after`. Once it is written, the same again changes nothing.

    Raises LostClaimError.
    """
    last = told[-1].last
    grown = {"after": after, "position": last, "kind": claim.kind}
    if _changed(connection, claim, GROW, grown):
        connection.execute(
            EVENTS, [{"job": claim.job, "last": event.last, "body": event.body} for event in told]
        )
        return
    _expect(connection, claim, GROWN, {"last": last})


def touch(connection: Connection, claim: Claim) -> None:
    """Raises LostClaimError if the job is not the claim's any more."""
    if not _changed(connection, claim, TOUCH, {}):
        raise LostClaimError


def finish(connection: Connection, claim: Claim, done: bytes) -> None:
    """Raises LostClaimError if the job is not the claim's any more."""
    if _changed(connection, claim, SUCCEED, {}):
        connection.execute(ENDINGS, {"job": claim.job, "body": done})
        return
    _expect(connection, claim, SUCCEEDED, {})


def fail(connection: Connection, claim: Claim, failure: Failure) -> None:
    """Raises LostClaimError if the job is not the claim's any more."""
    if not _changed(connection, claim, FAIL, _fields(failure)):
        _expect(connection, claim, FAILED, {})


def release(connection: Connection, claim: Claim) -> None:
    """Raises LostClaimError if the job is not the claim's any more."""
    if not _changed(connection, claim, RELEASE, {}):
        _expect(connection, claim, RELEASED, {})


def _changed(connection: Connection, claim: Claim, change: Update, fields: dict[str, Any]) -> bool:
    return connection.execute(change, _of(claim) | fields).rowcount == 1


def _expect(
    connection: Connection, claim: Claim, state: Select[str], fields: dict[str, Any]
) -> None:
    """The change was made before, or the claim is lost.

    Raises LostClaimError.
    """
    if connection.execute(state, _of(claim) | fields).one_or_none() is None:
        raise LostClaimError


def _of(claim: Claim) -> dict[str, Any]:
    return {"job_id": claim.job, "token": claim.token}


def _fields(failure: Failure) -> dict[str, Any]:
    return {"error_code": failure.code, "error_detail": failure.detail}
