"""Databases as an operator names them: files, directories and servers."""

import asyncio
import time
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection

from service.jobs.errors import StoreUnopenedError
from service.jobs.storage import queries
from service.jobs.storage.schema import ensure
from service.jobs.storage.store import TRANSACTION_SECONDS, opened
from tests.support.postgres import Postgres
from tests.support.stores import finished, queued


async def refusal(url: str) -> str:
    """Why the database of this URL is not opened."""
    with pytest.raises(StoreUnopenedError) as refused:
        async with opened(url):
            pass
    return str(refused.value)


async def test_a_disk_that_is_slow_at_the_start_is_waited_for(
    sqlite: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slowly(connection: Connection) -> None:
        ensure(connection)
        time.sleep(1.5 * TRANSACTION_SECONDS)  # the disk: longer than any later transaction may

    monkeypatch.setattr("service.jobs.storage.schema.ensure", slowly)

    async with opened(sqlite) as store:
        page = await store.read(queries.page, status=None, after=None, limit=1)
        assert page.jobs == []


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "jobs.db"
    notes = "These are my notes. " * 100
    file.write_text(notes)
    said = await refusal(f"sqlite:///{file}")
    assert said == "The database cannot be opened: file is not a database."
    assert file.read_text() == notes


async def test_a_server_whose_encoding_is_not_utf_8_is_refused(postgres: Postgres) -> None:
    with psycopg.connect(postgres.fresh(), autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS latin")
        connection.execute(
            "CREATE DATABASE latin ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0"
        )
        host = connection.info.host
    said = await refusal(f"postgresql://postgres@/latin?host={host}")
    assert said == (
        "The PostgreSQL database has the encoding SQL_ASCII, and jobs need UTF8. Create another "
        "one: CREATE DATABASE name ENCODING 'UTF8' TEMPLATE template0."
    )


@pytest.mark.parametrize("host", ["127.0.0.1:1", "nowhere.invalid"])
async def test_a_server_that_does_not_exist_is_refused_without_its_password(host: str) -> None:
    said = await refusal(f"postgresql://me:secret@{host}/jobs")
    assert said.startswith("The database cannot be opened: ")
    assert "secret" not in said


@pytest.mark.usefixtures("patient")
async def test_a_relative_path_is_below_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with opened("sqlite:///jobs.db"):
        pass
    assert (tmp_path / "jobs.db").exists()


async def test_options_of_the_user_are_kept(postgresql: str) -> None:
    async with opened(postgresql + "%20-cwork_mem%3D1234kB") as store:
        shown = await store.read(
            lambda connection: connection.exec_driver_sql("SHOW work_mem").scalar_one()
        )
    assert shown == "1234kB"


@pytest.mark.usefixtures("patient")
async def test_jobs_are_there_when_the_database_is_opened_again(url: str) -> None:
    async with opened(url) as store:
        job_id = await finished(store)
    async with opened(url) as store:
        assert await store.read(queries.ending, job_id) == b"done"


@pytest.mark.usefixtures("patient")
async def test_a_database_that_is_closed_leaves_no_connection(postgresql: str) -> None:
    name = "leaves-none"
    others = f"SELECT count(*) FROM pg_stat_activity WHERE application_name = '{name}'"

    async with opened(f"{postgresql}&application_name={name}") as store:
        await asyncio.gather(*(queued(store) for _ in range(20)))
    with psycopg.connect(postgresql, autocommit=True) as connection:
        async with asyncio.timeout(60):
            while connection.execute(others).fetchone() != (0,):
                await asyncio.sleep(0.01)
