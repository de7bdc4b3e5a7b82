import asyncio
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from sqlalchemy import Connection

from service.jobs.database import TRANSACTION_SECONDS
from service.jobs.errors import StoreUnopenedError
from service.jobs.schema import ensure
from service.jobs.store import Store
from tests.jobs.stores import finished, opened, queued, with_store

ONLY_READ = """
import asyncio, os, sys
from tests.jobs.stores import opened

async def use(directory):
    async with opened(f"sqlite:///{directory}/jobs.db"):
        pass

asyncio.run(use(sys.argv[1]))
os.chmod(f"{sys.argv[1]}/jobs.db", 0o444)
os.chmod(sys.argv[1], 0o777)
if not os.getuid():
    os.setuid(65534)
asyncio.run(use(sys.argv[1]))
"""
"""For a process of its own: root may always write."""


def refusal(url: str) -> str:
    """Why a store of this URL is not opened."""

    async def run() -> None:
        async with opened(url):
            pass

    with pytest.raises(StoreUnopenedError) as refused:
        asyncio.run(run())
    return str(refused.value)


def test_a_disk_that_takes_its_time_at_the_start_is_waited_for(
    sqlite: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slowly(connection: Connection) -> None:
        ensure(connection)
        time.sleep(1.5 * TRANSACTION_SECONDS)

    async def test(store: Store) -> None:
        assert (await queued(store)).status == "queued"

    monkeypatch.setattr("service.jobs.schema.ensure", slowly)

    with_store(sqlite, test)


def test_a_url_that_is_none_is_refused_without_its_password() -> None:
    assert refusal("postgresql://u:secret@[::/d") == "The URL of the database cannot be read."


@pytest.mark.parametrize(
    "url",
    [
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite:///file::memory:?uri=true",
        "sqlite://jobs.db",
        "sqlite:///x?mode=ro",
    ],
)
def test_what_would_not_outlive_the_process_is_refused(url: str) -> None:
    assert refusal(url).startswith("The URL of SQLite names a file and nothing else")


def test_a_parameter_that_postgresql_does_not_know_is_refused() -> None:
    assert "parameters" in refusal("postgresql://u:secret@h/d?nonsense=1")


def test_a_directory_that_does_not_exist_is_not_made(tmp_path: Path) -> None:
    assert "directory" in refusal(f"sqlite:///{tmp_path}/none/jobs.db")
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "jobs.db"
    file.write_text("These are my notes. " * 100)
    assert "not a database" in refusal(f"sqlite:///{file}")
    assert file.read_text().startswith("These are my notes.")


def test_a_directory_is_no_database(tmp_path: Path) -> None:
    assert "unable to open" in refusal(f"sqlite:///{tmp_path}")


def test_a_file_that_may_only_be_read_is_refused() -> None:
    with TemporaryDirectory() as directory:
        tried = subprocess.run(
            [sys.executable, "-c", ONLY_READ, directory],
            capture_output=True,
            text=True,
            check=False,
        )
    assert (
        "StoreUnopenedError: The database cannot be opened: attempt to write a readonly database."
        in tried.stderr
    )


async def made(url: str) -> None:
    async with opened(url) as store:
        await queued(store)


@pytest.mark.parametrize("host", ["127.0.0.1:1", "nowhere.invalid"])
def test_a_server_that_is_not_there_is_refused_without_its_password(host: str) -> None:
    message = refusal(f"postgresql://me:secret@{host}/jobs")
    assert message.startswith("The database cannot be opened: ")
    assert "secret" not in message


def test_a_relative_path_is_below_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    asyncio.run(made("sqlite:///jobs.db"))
    assert (tmp_path / "jobs.db").exists()


def test_options_of_the_user_stay(postgresql: str) -> None:
    async def run() -> None:
        async with opened(postgresql + "%20-cwork_mem%3D1234kB") as store:
            shown = await store._database.read(
                lambda connection: connection.exec_driver_sql("SHOW work_mem").scalar_one()
            )
            assert shown == "1234kB"

    asyncio.run(run())


def test_jobs_are_there_when_the_store_is_opened_again(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            job_id = await finished(store)
        async with opened(url) as store:
            assert await store.ending(job_id) == b"done"

    asyncio.run(run())


def test_a_store_that_is_closed_leaves_no_connection(postgresql: str) -> None:
    others = (
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )

    async def run() -> None:
        async with opened(postgresql) as store:
            await asyncio.gather(*(queued(store) for _ in range(20)))
        with psycopg.connect(postgresql, autocommit=True) as connection:
            while connection.execute(others).fetchone() != (0,):
                await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(run(), 5))
