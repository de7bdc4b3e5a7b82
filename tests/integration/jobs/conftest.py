"""The databases that jobs are kept in: a file, and a schema of a PostgreSQL server.

The tests of tests/unit/jobs that are imported in this folder run on both of them.
"""

from collections.abc import AsyncIterator, Iterator
from functools import partialmethod
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url

from service.jobs.storage.connect import DATABASES, opened
from service.jobs.storage.database import Database
from service.jobs.storage.store import Store, StoreLimits
from service.jobs.wakeups import Bell
from service.pool.pool import Pool, PoolLimits
from tests.support.postgres import Postgres, serving
from tests.support.processes import until

PATIENCE_SECONDS = 60.0


@pytest.fixture(scope="module")
def anyio_backend() -> tuple[str, dict[str, Any]]:
    """The event loop of the service, one for the tests of a module."""
    return "asyncio", {}


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A server of our own."""
    with serving() as started:
        yield started


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    """The URL of a file that does not exist yet."""
    return f"sqlite:///{tmp_path}/jobs.db"


@pytest.fixture
def postgresql(postgres: Postgres) -> str:
    """The URL of a new schema."""
    return postgres.fresh()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """The URL of each database in turn."""
    given: str = request.getfixturevalue(request.param)
    return given


@pytest.fixture
def url_of_empty(url: str, request: pytest.FixtureRequest) -> str:
    """The URL of another database of the same kind."""
    if url.startswith("sqlite"):
        return f"{url}-empty"
    started: Postgres = request.getfixturevalue("postgres")
    return started.fresh()


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let databases take their time: a busy machine is not what these tests are about."""
    milliseconds = int(1000 * PATIENCE_SECONDS)
    storage = "service.jobs.storage"
    monkeypatch.setattr(f"{storage}.database.TRANSACTION_SECONDS", PATIENCE_SECONDS)
    monkeypatch.setattr(Database, "write", partialmethod(Database.write, seconds=PATIENCE_SECONDS))
    monkeypatch.setattr(f"{storage}.sqlite.WAIT_SECONDS", PATIENCE_SECONDS)
    monkeypatch.setattr(f"{storage}.postgresql.WAIT_SECONDS", PATIENCE_SECONDS)
    monkeypatch.setattr(f"{storage}.postgresql.OPTIONS", f"-c statement_timeout={milliseconds}")


@pytest.fixture
def bell() -> Bell:
    """The bell that the store rings."""
    return Bell()


@pytest.fixture
async def empty(url_of_empty: str, patient: None) -> AsyncIterator[Database]:  # noqa: ARG001
    """A database without tables."""
    parsed = make_url(url_of_empty)
    database: Database = import_module(DATABASES[parsed.drivername]).database(parsed)
    try:
        yield database
    finally:
        await database.close()


@pytest.fixture
async def database(url: str, bell: Bell, patient: None) -> AsyncIterator[Database]:  # noqa: ARG001
    """A database with tables and without jobs."""
    async with opened(url, bell) as database:
        yield database


@pytest.fixture
def store(database: Database, bell: Bell) -> Store:
    """A store with the usual limits."""
    return Store(database, StoreLimits(), bell)


@pytest.fixture(scope="module")
async def pool() -> AsyncIterator[Pool]:
    """A real worker, the same for all tests of a module."""
    limits = PoolLimits(
        workers=1,
        waiting=4,
        wait_seconds=PATIENCE_SECONDS,
        wall_clock_seconds=10 * PATIENCE_SECONDS,
    )
    async with Pool(limits) as pool:
        await until(lambda: pool.ready)
        yield pool
