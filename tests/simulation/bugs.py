"""Bugs that are planted into the job code, to see that simulations find them."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from math import inf
from typing import Any
from unittest.mock import patch

from sqlalchemy import Connection, bindparam, func, select, update

from service.jobs import answering
from service.jobs.claim import Claim
from service.jobs.errors import KeyReusedError
from service.jobs.job import Created
from service.jobs.jobs import Jobs
from service.jobs.storage import claims, commands, queries
from service.jobs.storage.schema import JOB, Now, is_long_ago, jobs_table, points_table
from service.jobs.storage.transactions import Pending
from service.jobs.submission import Submission
from service.pool.frames import EventBytes
from service.settings import Settings
from tests.simulation.clock import MACHINE_CLOCK
from tests.simulation.database import Database

ANY_TOKEN = queries.THIS & (func.length(bindparam("token")) > 0)
"""The condition for a job, whichever machine holds it."""
Bug = Callable[[], AbstractContextManager[Any]]


def lost_append() -> AbstractContextManager[Any]:
    """Lose the last event of each append of several."""
    write_log = claims.write_log

    def lossy(
        connection: Connection, claim: Claim, after: int | None, events: Sequence[EventBytes]
    ) -> None:
        write_log(connection, claim, after, events[:-1] or events)

    return patch.object(claims, "write_log", lossy)


def double_claim() -> AbstractContextManager[Any]:
    """Claim jobs that another machine runs."""
    return patch.object(claims, "FIND_FREE", _claimable(claims.MAY_BE_FREE))


def early_reply() -> AbstractContextManager[Any]:
    """Reply to a change before its commit."""
    make = Pending.make

    def make_and_reply(pending: Pending, connection: Connection) -> object:
        outcome = make(pending, connection)
        pending.settle(outcome)
        return outcome

    return patch.object(Pending, "make", make_and_reply)


def lease_by_the_clock_of_the_machine() -> AbstractContextManager[Any]:
    """Take the time from the machine that asks, not from the database."""
    return patch.object(Database, "now", lambda _: MACHINE_CLOCK.get().now())


def no_recovery() -> AbstractContextManager[Any]:
    """Submit no job again whose hint is lost."""
    return patch.object(claims, "stale", lambda _connection, again_after: [])  # noqa: ARG005 - its name


def cancellation_forgotten() -> AbstractContextManager[Any]:
    """Take a cancelled job for one whose machine is lost."""
    begun = JOB.status.in_(["running", "cancelled"]) & JOB.claim.is_not(None)
    free = (JOB.status == "queued") | (begun & is_long_ago(JOB.touched, bindparam("lease")))
    hinted = is_long_ago(JOB.hinted, bindparam("again_after"))
    return patch.multiple(
        claims, FIND_FREE=_claimable(free), ALL_FREE=select(JOB.id).where(free, hinted)
    )


def key_outside_of_the_transaction() -> AbstractContextManager[Any]:
    """Look for an earlier job of a key, and store the key, in transactions of their own."""

    async def create(
        jobs: Jobs, submission: Submission, *, client: str = "", small: bool = False
    ) -> Created:
        def earlier(connection: Connection) -> Any:
            return connection.execute(
                select(JOB.id, JOB.digest).where(JOB.key == submission.key)
            ).one_or_none()

        def keep_key(connection: Connection, job_id: str) -> None:
            named = update(jobs_table).prefix_with("OR IGNORE").where(JOB.id == job_id)
            connection.execute(named.values(key=submission.key))

        if found := await jobs.store.read(earlier):
            if found.digest != submission.digest:
                raise KeyReusedError
            return Created(await jobs.store.read(queries.find, found.id), replayed=True)
        unnamed = replace(submission, key=None)
        created = await jobs.store.write(commands.create, unnamed, Settings())
        await jobs.store.write(keep_key, created.job.id)
        engine = jobs._engine  # noqa: SLF001 - a bug has no interface
        await engine.submit(created.job.id, client=client, small=small)
        return created

    return patch.object(Jobs, "create", create)


def result_over_another() -> AbstractContextManager[Any]:
    """Store a result without a look at how the job has ended, and who holds it."""
    end = update(jobs_table).where(ANY_TOKEN).values(finished_at=Now())
    return patch.multiple(claims, END=end, LAST_EVENTS=end.where(claims.AT_END))


def append_after_the_lease() -> AbstractContextManager[Any]:
    """Let a machine whose claim is lost continue the log."""
    running = ANY_TOKEN & (JOB.status == "running")
    grow = update(jobs_table).where(running).values(attempts=0, touched=Now())
    return patch.object(claims, "GROW", grow)


def skipped_step() -> AbstractContextManager[Any]:
    """Continue a log one step too late."""
    streamed = answering._streamed  # noqa: SLF001 - a bug has no interface

    def late(question: Any, position: int | None, rows: range | None) -> Any:
        stream = streamed(question, position, rows)
        return stream if stream.after is None else replace(stream, after=stream.after + 1)

    return patch.object(answering, "_streamed", late)


def lost_ring() -> AbstractContextManager[Any]:
    """Wait for the bell alone, which can be lost."""
    return patch("service.jobs.jobs.LOOK_SECONDS", inf)


BUGS: Sequence[Bug] = (
    lost_append,
    double_claim,
    early_reply,
    lease_by_the_clock_of_the_machine,
    no_recovery,
    cancellation_forgotten,
    key_outside_of_the_transaction,
    result_over_another,
    append_after_the_lease,
    skipped_step,
    lost_ring,
)


def _claimable(free: Any) -> Any:
    """Return the query for a job to claim, under another condition."""
    points = points_table.c.job == func.coalesce(JOB.parent, JOB.id)
    return (
        select(*claims.FIND_FREE.selected_columns)
        .outerjoin_from(jobs_table, points_table, points)
        .where(queries.THIS, free)
    )
