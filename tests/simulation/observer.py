"""An observer that looks at the tables after each commit, and reports what must not happen."""

import sqlite3
from dataclasses import dataclass, replace

from service.jobs.storage.claims import LEASE_SECONDS
from service.settings import Settings
from tests.simulation.clock import Clock, true_time
from tests.simulation.trace import Trace

JOBS = """
SELECT id, status, position, claim, touched, finished_at, expired_at IS NOT NULL
FROM jobs ORDER BY id
"""
RELEASES = """
CREATE TEMP TABLE IF NOT EXISTS released (id TEXT);
CREATE TEMP TRIGGER release AFTER UPDATE OF status ON main.jobs WHEN NEW.status = 'queued'
BEGIN INSERT INTO released VALUES (NEW.id); END;
"""
RELEASED = "DELETE FROM released RETURNING id"
"""The jobs that were released, which one transaction can release and claim."""
FINAL = {"succeeded", "failed", "cancelled"}
CLOCK_ERROR = 0.01
"""The largest error of a time in the database, in seconds."""


@dataclass(frozen=True)
class Seen:
    """A row of `jobs` as it was seen last, with true times."""

    id: str
    status: str
    position: int | None
    claim: str | None
    touched: float
    finished_at: float | None
    expired: bool
    touched_at: float = 0.0
    ended_at: float = 0.0
    holder: str = ""
    """The machine that made the claim."""

    @property
    def ending(self) -> object:
        """How and when the job ended."""
        return self.status, self.position, self.finished_at

    @property
    def progress(self) -> object:
        """What only the holder changes."""
        return self.position, self.status in {"succeeded", "failed"}


class Observer:
    """What was seen of each job, and who may remove it."""

    def __init__(self, clock: Clock, settings: Settings, trace: Trace) -> None:
        self._clock = clock
        self._settings = settings
        self._trace = trace
        self._seen: dict[str, Seen] = {}
        self._released: set[str] = set()
        self._notes_releases = False

    def look(self, machine: str, connection: sqlite3.Connection) -> None:
        """Look at all jobs after a commit of a machine."""
        if not self._notes_releases:  # the first commit makes the tables
            connection.executescript(RELEASES)
            self._notes_releases = True
        self._released = {row[0] for row in connection.execute(RELEASED).fetchall()}
        found = {row[0]: Seen(*row) for row in connection.execute(JOBS)}
        changes = []
        for job_id, now in found.items():
            before = self._seen.get(job_id)
            seen = self._compared(machine, before, now)
            found[job_id] = seen
            if before is None or (seen.status, seen.position) != (before.status, before.position):
                changes.append(f"{job_id} {seen.status} {seen.position} {seen.claim}")
        gone = self._seen.keys() - found.keys()
        changes += [f"{job_id} is gone" for job_id in sorted(gone)]
        self._seen = found
        self._trace.note(machine, f"committed {', '.join(changes)}")

    def may_be_expired(self, job_id: str) -> bool:
        """Return whether a job ended so long ago that it need not be kept."""
        seen = self._seen.get(job_id)
        if seen is None or seen.status not in FINAL:
            return False
        kept = true_time() - seen.ended_at
        return kept >= self._settings.job_kept_seconds - CLOCK_ERROR

    def _compared(self, machine: str, before: Seen | None, now: Seen) -> Seen:
        """Return a row with its true times, and report how it must not have changed."""
        time = true_time()
        if before is None:
            return replace(now, touched_at=time, ended_at=time)
        now = replace(
            now,
            touched_at=time if now.touched != before.touched else before.touched_at,
            ended_at=before.ended_at if before.status in FINAL else time,
            holder=before.holder if now.claim == before.claim else machine,
        )
        if before.status in FINAL and now.ending != before.ending:
            self._trace.violate(f"{now.id} had {before.status} and has {now.status} anew")
        if now.expired and not before.expired and not self.may_be_expired(now.id):
            self._trace.violate(f"{now.id} expired early")
        if _end(now) < _end(before):
            self._trace.violate(f"the log of {now.id} shrank")
        if now.holder != machine and now.progress != before.progress:
            self._trace.violate(f"{machine} wrote into {now.id}, which {now.holder} holds")
        held = before.status == "running" and now.id not in self._released
        if now.claim != before.claim and held and now.claim is not None:
            self._check_lease(machine, before)
        return now

    def _check_lease(self, machine: str, before: Seen) -> None:
        """Report a claim that was made while another one held."""
        lapsed = true_time() - before.touched_at > LEASE_SECONDS - CLOCK_ERROR
        clock_was_set = self._clock.set_at >= before.touched_at > 0
        if not lapsed and not clock_was_set:
            self._trace.violate(
                f"{machine} claimed {before.id} within the lease of {before.holder}"
            )


def _end(job: Seen) -> int:
    """Return the last step in a log, as a number that grows from an empty log on."""
    return -2 if job.position is None else job.position
