"""The statements of an executor, which claims a job and continues its log while the claim holds."""

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
from service.pool.frames import EventBytes

ATTEMPTS = 10
"""The number of claims after which a job fails if its log does not grow.

Machines are lost for other reasons too. The pool counts the workers that end during a fit.
"""
LEASES = 3
"""The number of leases for which a log waits for a worker of the kind that began it."""
STALE = 100
"""The maximum number of free jobs that are returned at once."""

POISON = Failure("poison", "The job was started ten times and made no progress.")
INTERRUPTED = Failure(
    "interrupted",
    "The worker was lost during the job, and no other worker of its kind can continue it.",
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
"""A job that is free, or that the same token claimed before, in case the response was lost."""
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
    """Return the IDs of jobs that no worker runs, oldest first.

    The caller submits a hint for each, so that others need not submit it again for a while.
    """
    found = connection.scalars(ALL_FREE, {"lease": lease_seconds, "again_after": again_after}).all()
    if found:
        connection.execute(HINT, {"job_ids": found})
    return found


def take(
    connection: Connection, job_id: str, *, token: str, kind: str, lease_seconds: float
) -> Claim | None:
    """Claim a job that no worker runs, or return None.

    If no worker can continue it, the job fails.
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
    connection: Connection, claim: Claim, *, after: int | None, told: Sequence[EventBytes]
) -> None:
    """Continue a log that ends at `after`. Repeating a change that is written has no effect.

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
    """Renew the lease.

    Raises LostClaimError if the claim no longer holds the job.
    """
    if not _changed(connection, claim, TOUCH, {}):
        raise LostClaimError


def finish(connection: Connection, claim: Claim, done: bytes) -> None:
    """Store that the job has succeeded. `done` is its last event.

    Raises LostClaimError if the claim no longer holds the job.
    """
    if _changed(connection, claim, SUCCEED, {}):
        connection.execute(ENDINGS, {"job": claim.job, "body": done})
        return
    _expect(connection, claim, SUCCEEDED, {})


def fail(connection: Connection, claim: Claim, failure: Failure) -> None:
    """Store that the job has failed.

    Raises LostClaimError if the claim no longer holds the job.
    """
    if not _changed(connection, claim, FAIL, _fields(failure)):
        _expect(connection, claim, FAILED, {})


def release(connection: Connection, claim: Claim) -> None:
    """Release the job, so that it waits for its next claim.

    Raises LostClaimError if the claim no longer holds the job.
    """
    if not _changed(connection, claim, RELEASE, {}):
        _expect(connection, claim, RELEASED, {})


def _changed(connection: Connection, claim: Claim, change: Update, fields: dict[str, Any]) -> bool:
    return connection.execute(change, _of(claim) | fields).rowcount == 1


def _expect(
    connection: Connection, claim: Claim, state: Select[str], fields: dict[str, Any]
) -> None:
    """Check that the change was made before.

    Raises LostClaimError if it was not.
    """
    if connection.execute(state, _of(claim) | fields).one_or_none() is None:
        raise LostClaimError


def _of(claim: Claim) -> dict[str, Any]:
    return {"job_id": claim.job, "token": claim.token}


def _fields(failure: Failure) -> dict[str, Any]:
    return {"error_code": failure.code, "error_detail": failure.detail}
