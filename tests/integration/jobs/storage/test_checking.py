"""The check of a store, while a service may use it, and of a backup."""

from pathlib import Path

import pytest
from sqlalchemy import Table, text, update

from service.jobs.errors import CheckError
from service.jobs.storage import queries
from service.jobs.storage.backup import back_up
from service.jobs.storage.checking import checked
from service.jobs.storage.schema import endings_table, log_table, points_table, version_table
from service.jobs.storage.store import opened
from tests.support.stores import finished, queued

pytestmark = pytest.mark.usefixtures("patient")


async def test_a_store_without_damage_has_this_number_of_jobs(url: str) -> None:
    async with opened(url) as store:
        await finished(store)
        await queued(store, owner="ann")

        assert checked(url) == 2


@pytest.mark.parametrize("table", [log_table, endings_table, points_table])
async def test_a_damaged_job_is_named(url: str, table: Table) -> None:
    async with opened(url) as store:
        job_id = await finished(store)
        await finished(store)
        damage = update(table).where(table.c.job == job_id).values(body=b"[[1],[3]]")
        await store.write(lambda connection: connection.execute(damage))

    with pytest.raises(CheckError, match=rf"Damaged jobs: {job_id}\."):
        checked(url)


@pytest.mark.parametrize("damaged", ["{", b"{\xff}", b"3"])
async def test_a_job_whose_metadata_are_damaged_is_named_and_left_out_of_a_page(
    sqlite: str, damaged: str | bytes
) -> None:
    async with opened(sqlite) as store:
        whole, job_id = await finished(store), await finished(store)
        as_text = text("UPDATE jobs SET metadata = CAST(:damaged AS TEXT) WHERE id = :job_id")
        given = {"damaged": damaged, "job_id": job_id}
        await store.write(lambda connection: connection.execute(as_text, given))

        page = await store.read(queries.page, status=None, after=None, limit=9)

    assert [job.id for job in page.jobs] == [whole]
    with pytest.raises(CheckError, match=rf"Damaged jobs: {job_id}\."):
        checked(sqlite)


async def test_a_backup_is_checked(sqlite: str, tmp_path: Path) -> None:
    async with opened(sqlite) as store:
        await finished(store)
        back_up(tmp_path / "jobs.db", tmp_path / "backup.db")

    assert checked(f"sqlite:///{tmp_path}/backup.db") == 1


async def test_a_store_of_another_version_is_not_checked(url: str) -> None:
    async with opened(url) as store:
        earlier = update(version_table).values(number=3)
        await store.write(lambda connection: connection.execute(earlier))

    with pytest.raises(CheckError, match="holds jobs in version 3"):
        checked(url)


def test_a_missing_store_is_not_created(tmp_path: Path) -> None:
    with pytest.raises(CheckError, match="There is no store at"):
        checked(f"sqlite:///{tmp_path}/jobs.db")

    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_store_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("These are my notes. " * 1000)

    with pytest.raises(CheckError, match="The store cannot be read: file is not a database"):
        checked(f"sqlite:///{tmp_path}/notes")
