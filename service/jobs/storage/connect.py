"""The opening of a database from its URL, with the tables in it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from importlib import import_module

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from service.jobs.errors import StoreUnavailableError, StoreUnopenedError
from service.jobs.storage import schema
from service.jobs.storage.database import Database
from service.jobs.wakeups import Bell

DATABASES = {
    "sqlite": "service.jobs.storage.sqlite",
    "postgresql": "service.jobs.storage.postgresql",
}
"""The module of each kind of database.

A module is imported when it is used, because a driver takes longer to import than all the rest.
"""
OPENING_SECONDS = 30.0
"""The timeout of the first transaction, in seconds.

A busy disk takes its time to create a file, and no client waits for a response yet.
"""


@asynccontextmanager
async def opened(url: str, bell: Bell) -> AsyncIterator[Database]:
    """Open the database. Notices from other processes ring the bell.

    Raises StoreUnopenedError. Its message never repeats the URL, which can hold a password.
    """
    parsed = _parsed(url)
    module = import_module(DATABASES[parsed.drivername])
    async with AsyncExitStack() as stack:
        database: Database = module.database(parsed)
        stack.push_async_callback(database.close)
        await _ensure(database)
        await stack.enter_async_context(module.ringing(parsed, bell))
        yield database


def _parsed(url: str) -> URL:
    try:
        return make_url(url)
    except (ArgumentError, ValueError):
        raise StoreUnopenedError("The URL of the database cannot be read.") from None


async def _ensure(database: Database) -> None:
    try:
        await database.write(schema.ensure, seconds=OPENING_SECONDS)
    except StoreUnavailableError as error:
        raise StoreUnopenedError(f"The database cannot be opened: {error}.") from None
