import asyncio
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from service.jobs.errors import StoreUnopenedError
from service.jobs.storage.postgresql import conninfo_of
from service.jobs.storage.schema import jobs_table
from service.jobs.storage.store import Store, opened
from service.jobs.storage.transactions import R, Work
from tests.support.databases import MemoryTransactions
from tests.support.stores import rows

NOT_A_FILE = (
    "The URL of SQLite names a file and nothing else: sqlite:///jobs.db or "
    "sqlite:////var/lib/jobs.db."
)


async def refusal(url: str) -> str:
    """Why the database of this URL is not opened."""
    with pytest.raises(StoreUnopenedError) as refused:
        async with opened(url):
            pass
    return str(refused.value)


async def test_a_malformed_url_is_refused_without_its_password() -> None:
    said = await refusal("postgresql://u:secret@[::/d")
    assert said == "The URL of the database cannot be read."


async def test_a_database_that_would_not_outlive_the_process_is_refused() -> None:
    urls = [
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite:///file::memory:?uri=true",
        "sqlite://jobs.db",
        "sqlite://host/jobs.db",
        "sqlite:///x?mode=ro",
    ]
    assert [url for url in urls if await refusal(url) != NOT_A_FILE] == []


async def test_a_parameter_that_postgresql_does_not_know_is_refused() -> None:
    said = await refusal("postgresql://u:secret@h/d?nonsense=1")
    assert said == (
        "The URL of the PostgreSQL database has parameters that PostgreSQL does not know."
    )


async def test_a_directory_that_does_not_exist_is_not_made(tmp_path: Path) -> None:
    said = await refusal(f"sqlite:///{tmp_path}/none/jobs.db")
    assert said == f"The directory of the SQLite file, {tmp_path}/none, does not exist."
    assert not (tmp_path / "none").exists()


def test_a_url_of_postgresql_is_read_as_libpq_reads_it() -> None:
    url = make_url("postgresql://me:secret@h:1/d?application_name=x&options=-cwork_mem%3D9MB")
    assert psycopg.conninfo.conninfo_to_dict(conninfo_of(url)) == {
        "user": "me",
        "password": "secret",
        "host": "h",
        "port": "1",
        "dbname": "d",
        "application_name": "x",
        "options": (
            "-cwork_mem=9MB -c statement_timeout=1000 -c idle_in_transaction_session_timeout=5000"
        ),
        "keepalives_idle": "10",
        "keepalives_interval": "5",
        "keepalives_count": "2",
        "connect_timeout": "2",
    }


def test_a_url_may_choose_how_soon_a_lost_server_is_noticed() -> None:
    read = psycopg.conninfo.conninfo_to_dict(
        conninfo_of(make_url("postgresql:///d?keepalives_idle=99"))
    )
    assert (read["keepalives_idle"], read["keepalives_interval"]) == ("99", "5")


class Transactions:
    """Transactions in memory that begin after some seconds, and say when they were closed."""

    def __init__(self, seconds: float) -> None:
        self.closed = False
        self._seconds = seconds
        self._inner = MemoryTransactions()

    async def make(self, work: Work[R]) -> R:
        await asyncio.sleep(self._seconds)
        return await self._inner.make(work)

    async def close(self) -> None:
        self.closed = True
        await self._inner.close()


def transactions(monkeypatch: pytest.MonkeyPatch, *, seconds: float) -> Transactions:
    """The transactions of the next database that is opened."""
    made = Transactions(seconds)
    store = Store(writing=made, reading=made)
    monkeypatch.setattr("service.jobs.storage.sqlite.store_at", lambda _: store)
    return made


async def test_an_open_database_has_tables_and_is_closed_in_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = transactions(monkeypatch, seconds=0)
    async with opened("sqlite:///jobs.db") as store:
        assert await rows(store, jobs_table) == 0
        assert not made.closed
    assert made.closed


async def test_the_first_transaction_may_take_half_a_minute(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    transactions(monkeypatch, seconds=29)
    async with opened("sqlite:///jobs.db"):
        assert asyncio.get_running_loop().time() == 29


async def test_a_database_that_does_not_answer_is_not_opened(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = transactions(monkeypatch, seconds=31)
    said = await refusal("sqlite:///jobs.db")
    assert said == "The database cannot be opened: it does not answer."
    assert made.closed
