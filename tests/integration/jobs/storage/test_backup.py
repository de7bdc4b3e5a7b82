"""A backup of a store while a service uses it."""

from pathlib import Path

import pytest
from sqlalchemy import make_url

from service.jobs.storage import queries
from service.jobs.storage.backup import back_up
from service.jobs.storage.store import opened
from tests.support.stores import finished, queued


@pytest.mark.usefixtures("patient")
async def test_a_backup_of_an_open_store_has_what_was_committed(
    sqlite: str, tmp_path: Path
) -> None:
    """The job is in the write-ahead log, which a copy of the file alone would miss."""
    async with opened(sqlite) as store:
        job_id = await finished(store)
        jobs = back_up(Path(str(make_url(sqlite).database)), tmp_path / "backup.db")

        assert jobs == 1
        await queued(store)
    async with opened(f"sqlite:///{tmp_path}/backup.db") as restored:
        assert await restored.read(queries.ending, job_id) == b"done"
