from collections.abc import AsyncIterator
from typing import Any

import pytest

from service.jobs.storage.database import Database
from service.jobs.storage.store import Store, StoreLimits
from service.jobs.wakeups import Bell
from tests.support import databases
from tests.support.pools import InProcessPool
from tests.support.time import InstantLoop


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, Any]]:
    """An event loop whose clock does not wait."""
    return "asyncio", {"loop_factory": InstantLoop}


@pytest.fixture
def bell() -> Bell:
    """The bell that the store rings."""
    return Bell()


@pytest.fixture
async def empty() -> AsyncIterator[Database]:
    """A database without tables."""
    async with databases.without_tables() as database:
        yield database


@pytest.fixture
async def database() -> AsyncIterator[Database]:
    """A database with tables and without jobs."""
    async with databases.in_memory() as database:
        yield database


@pytest.fixture
def store(database: Database, bell: Bell) -> Store:
    """A store with the usual limits."""
    return Store(database, StoreLimits(), bell)


@pytest.fixture
def pool() -> InProcessPool:
    """The workers that run jobs."""
    return InProcessPool()
