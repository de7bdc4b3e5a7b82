"""Jobs in a file or in PostgreSQL are swept as those in memory are."""

from tests.unit.jobs.test_recovery import (  # noqa: F401 - the same tests, on real databases
    test_jobs_that_nothing_runs_are_submitted_at_the_start,
    test_old_jobs_expire,
)
