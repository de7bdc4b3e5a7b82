from collections.abc import AsyncIterator
from typing import Any

import pytest

from service.jobs.storage.store import Store
from tests.support import databases
from tests.support.pools import InProcessPool
from tests.support.time import InstantLoop


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, Any]]:
    """An event loop whose clock does not wait."""
    return "asyncio", {"loop_factory": InstantLoop}


@pytest.fixture
async def empty() -> AsyncIterator[Store]:
    """A store without tables."""
    async with databases.without_tables() as store:
        yield store


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    """A store without jobs."""
    async with databases.in_memory() as store:
        yield store


@pytest.fixture
def pool() -> InProcessPool:
    """The workers that run jobs."""
    return InProcessPool()
