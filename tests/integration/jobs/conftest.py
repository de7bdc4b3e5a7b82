"""The databases that jobs are kept in: a file, and a schema of a PostgreSQL server.

The tests of tests/unit/jobs that are imported in this folder run on both of them.
"""

from collections.abc import AsyncIterator, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url

from service.jobs.storage.store import DATABASES, Store, opened
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
    monkeypatch.setattr(f"{storage}.store.TRANSACTION_SECONDS", PATIENCE_SECONDS)
    monkeypatch.setattr(f"{storage}.transactions.WAIT_SECONDS", PATIENCE_SECONDS)
    monkeypatch.setattr(f"{storage}.sqlite.WAIT_SECONDS", PATIENCE_SECONDS)
    monkeypatch.setattr(f"{storage}.postgresql.WAIT_SECONDS", PATIENCE_SECONDS)
    monkeypatch.setattr(f"{storage}.postgresql.OPTIONS", f"-c statement_timeout={milliseconds}")


@pytest.fixture
async def empty(url_of_empty: str, patient: None) -> AsyncIterator[Store]:  # noqa: ARG001
    """A store without tables."""
    parsed = make_url(url_of_empty)
    store: Store = import_module(DATABASES[parsed.drivername]).store_at(parsed)
    try:
        yield store
    finally:
        await store.close()


@pytest.fixture
async def store(url: str, patient: None) -> AsyncIterator[Store]:  # noqa: ARG001
    """A store without jobs."""
    async with opened(url) as store:
        yield store


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
