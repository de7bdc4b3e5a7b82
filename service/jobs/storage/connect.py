"""From a URL, as users write it, to an open database with the tables in it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from importlib import import_module

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from service.jobs.bell import Bell
from service.jobs.errors import StoreUnavailableError, StoreUnopenedError
from service.jobs.storage import schema
from service.jobs.storage.database import Database

DATABASES = {
    "sqlite": "service.jobs.storage.sqlite",
    "postgresql": "service.jobs.storage.postgresql",
}
"""Imported where they are used: a driver takes longer than all the rest."""
PATIENCE_SECONDS = 30.0
"""For the first transaction: a busy disk takes its time to make a file, and there is nobody yet who
waits for an answer.
"""


@asynccontextmanager
async def opened(url: str, bell: Bell) -> AsyncIterator[Database]:
    """The database, open; what other processes tell rings the bell.

    Raises StoreUnopenedError. It never repeats the URL: there may be a password in it.
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
        await database.write(schema.ensure, seconds=PATIENCE_SECONDS)
    except StoreUnavailableError as error:
        raise StoreUnopenedError(f"The database cannot be opened: {error}.") from None
