"""What a store does in memory, it does in a file and in PostgreSQL."""

from tests.unit.jobs.storage.test_space import *  # noqa: F403 - the same tests, on the databases of this folder
