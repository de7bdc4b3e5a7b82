"""The SQLite file: whose it is, whether it is still there, and its size."""

import asyncio
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import Connection, text

from service.jobs.errors import StoreUnavailableError, StoreUnopenedError
from service.jobs.storage import claims, commands, expiry, queries
from service.jobs.storage.store import Store, opened
from tests.support.stores import begun, patiently, queued, steps

pytestmark = pytest.mark.usefixtures("patient")

READ_ONLY = """
import asyncio, os, sys
from service.jobs.storage.store import opened

async def created(url):
    async with opened(url):
        pass

async def used(url, file):
    async with opened(url) as store:
        print(await store.reachable())
        for each in os.listdir(sys.argv[1]):
            os.chmod(f"{sys.argv[1]}/{each}", 0o600)
        while not await store.reachable():
            await asyncio.sleep(0.1)
        print(await store.reachable())

file = sys.argv[1] + "/jobs.db"
url = f"sqlite:///{file}"
asyncio.run(created(url))
if not os.getuid():
    for each in sys.argv[1], file:
        os.chown(each, 65534, 65534)
    os.setuid(65534)
os.chmod(file, 0o400)
asyncio.run(used(url, file))
"""
"""For a process of its own: root may always write."""

LOCK_INDEX = """
import fcntl, sys

with open(sys.argv[1] + "-shm", "r+b") as index:
    fcntl.lockf(index, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, 128)
"""
"""For another process: take the lock that each process holds while it uses the index. SQLite calls
it UNIX_SHM_DMS. The process that gets it empties the index.
"""


@pytest.fixture
def file(sqlite: str) -> str:
    """The file of the store."""
    return sqlite.removeprefix("sqlite:///")


def move(file: str, to: str) -> None:
    """Rename a file."""
    Path(file).rename(to)


def size(file: str) -> int:
    """Return the size of a file in bytes, or 0 if there is none."""
    return Path(file).stat().st_size if Path(file).exists() else 0


async def refused(store: Store, caplog: pytest.LogCaptureFixture) -> str:
    """Check that jobs are neither created nor read; return the error that the log names."""
    with pytest.raises(StoreUnavailableError):
        await queued(store)
    with pytest.raises(StoreUnavailableError):
        await store.read(queries.page, status=None, after=None, limit=1)
    assert not await store.reachable()
    [event] = {record.getMessage() for record in caplog.records}
    assert event == "store_unavailable"
    return str(caplog.records[-1].__dict__["fields"]["error"])


def test_a_new_file_is_for_its_owner_alone(sqlite: str, file: str) -> None:
    modes: set[int] = set()

    async def use() -> None:
        async with opened(sqlite) as store:
            await queued(store)
            modes.update(each.stat().st_mode & 0o777 for each in Path(file).parent.iterdir())

    asyncio.run(use())

    assert modes == {0o600}


async def test_a_file_that_is_removed_is_noticed(
    sqlite: str, file: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(sqlite) as store:
        move(file, f"{file}-elsewhere")

        assert await refused(store, caplog) == "FileNotFoundError"
        assert size(file) == 0


async def test_a_file_that_is_replaced_is_noticed(
    sqlite: str, file: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(f"{sqlite}-other"):
        pass
    async with opened(sqlite) as store:
        move(f"{file}-other", file)

        assert await refused(store, caplog) == "ReplacedFileError"


@pytest.mark.parametrize("ending", ["", "-wal"])
async def test_a_file_that_has_lost_its_end_is_noticed(
    sqlite: str, file: str, ending: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(sqlite) as store:
        await queued(store)
        await checkpointed(store)
        await queued(store)

        os.truncate(file + ending, size(file + ending) // 2)

        with pytest.raises(StoreUnavailableError):
            await queued(store)
        assert caplog.records[-1].__dict__["fields"]["error"] == "TruncatedFileError"


async def test_other_processes_see_the_locks_of_the_store(sqlite: str, file: str) -> None:
    async with opened(sqlite) as store:
        await queued(store)
        await queued(store)

        locking = await asyncio.create_subprocess_exec(
            sys.executable, "-c", LOCK_INDEX, file, stderr=subprocess.PIPE
        )
        _, error = await locking.communicate()

    assert b"BlockingIOError" in error


async def test_a_journal_that_another_process_has_emptied_is_whole(sqlite: str, file: str) -> None:
    async with opened(sqlite) as store:
        await queued(store)
        with closing(sqlite3.connect(file)) as other:
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert size(f"{file}-wal") == 0

        await queued(store)


async def test_a_file_that_is_renamed_back_is_used_again(
    sqlite: str, file: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(sqlite) as store:
        job = await queued(store)
        move(file, f"{file}-elsewhere")
        assert await refused(store, caplog) == "FileNotFoundError"

        move(f"{file}-elsewhere", file)

        assert await store.read(queries.find, job.id) == job


async def test_a_store_without_a_table_that_jobs_need_accepts_none(sqlite: str, file: str) -> None:
    async with opened(sqlite) as store:
        with closing(sqlite3.connect(file)) as other:
            other.execute("DROP TABLE log")

        assert not await store.reachable()
        with pytest.raises(StoreUnavailableError):
            await queued(store)


async def test_a_query_that_takes_too_long_ends(
    sqlite: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def count(connection: Connection) -> int:
        numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
        return int(connection.execute(text(numbers + "SELECT count(*) FROM n")).scalar_one())

    async with opened(sqlite) as store:
        monkeypatch.setattr("service.jobs.storage.sqlite.WAIT_SECONDS", 0.2)

        async with asyncio.timeout(60):
            with pytest.raises(StoreUnavailableError):
                await store.read(count)
            await store.read(queries.usable)


async def test_a_file_gives_the_space_of_removed_jobs_back(sqlite: str, file: str) -> None:
    async with opened(sqlite) as store:
        claim = await begun(store)
        await store.change(claims.finish, claim, bytes(20_000_000), after=-1, events=[steps(5)])
        await checkpointed(store)
        full = size(file)

        await store.change(commands.remove, claim.job)
        while await store.write(expiry.shrink):
            pass
        await checkpointed(store)

    assert full > 20_000_000
    assert size(file) < 500_000


async def checkpointed(store: Store) -> None:
    """Move what is in the write-ahead log into the file."""

    def checkpoint(connection: Connection) -> None:
        cursor = connection.connection.cursor()
        cursor.execute("COMMIT")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        cursor.execute("BEGIN")

    await store.write(checkpoint)


def test_a_file_that_may_only_be_read_is_opened_when_it_may_be_written() -> None:
    with TemporaryDirectory() as directory:
        tried = subprocess.run(
            [sys.executable, "-c", READ_ONLY, directory],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    assert tried.stdout.split() == ["False", "True"], tried.stderr


async def test_a_file_that_is_locked_at_the_start_is_opened_later(
    sqlite: str, file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(sqlite):
        pass
    monkeypatch.setattr("service.jobs.storage.sqlite.WAIT_SECONDS", 0.1)
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        async with opened(sqlite) as store:
            assert not await store.reachable()
            other.execute("ROLLBACK")
            async with asyncio.timeout(60):
                await patiently(lambda: queued(store))


async def test_a_directory_is_no_store(tmp_path: Path) -> None:
    with pytest.raises(StoreUnopenedError, match="is a directory"):
        async with opened(f"sqlite:///{tmp_path}"):
            pass
