import asyncio

import pytest
from sqlalchemy import Connection, inspect, update

from service.jobs.errors import ForeignSchemaError
from service.jobs.opening import _parsed
from service.jobs.postgresql import database as postgresql_database
from service.jobs.schema import version
from service.jobs.sqlite import database as sqlite_database
from tests.jobs.stores import opened, queued


def before(url: str, *statements: str) -> None:
    """What somebody did to the database before we come."""

    def work(connection: Connection) -> None:
        for statement in statements:
            connection.exec_driver_sql(statement)

    async def run() -> None:
        parsed = _parsed(url)
        database = sqlite_database(parsed) if parsed.drivername == "sqlite" else postgresql_database(parsed)
        await database.write(work)
        await database.close()

    asyncio.run(run())


def refusal(url: str) -> str:
    async def run() -> None:
        async with opened(url):
            pass

    with pytest.raises(ForeignSchemaError) as refused:
        asyncio.run(run())
    return str(refused.value)


def test_jobs_of_another_version_are_left_alone(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            await queued(store)
            await store._database.write(lambda connection: connection.execute(update(version).values(number=2)))

    asyncio.run(run())
    assert "version 2" in refusal(url)


def test_a_version_that_is_not_told_is_another(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            await store._database.write(lambda connection: connection.exec_driver_sql("DELETE FROM coaster_version"))

    asyncio.run(run())
    assert "version" in refusal(url)


def test_tables_of_others_with_our_names_are_left_alone(url: str) -> None:
    before(url, "CREATE TABLE jobs (company text)", "INSERT INTO jobs VALUES ('theirs')")
    assert refusal(url) == "The database has tables of other software with names that jobs need: jobs."


def test_tables_of_others_with_other_names_do_not_matter(url: str) -> None:
    before(url, "CREATE TABLE employees (name text)")

    async def run() -> None:
        async with opened(url) as store:
            names = await store._database.read(lambda connection: inspect(connection).get_table_names())
            assert sorted(names) == ["coaster_version", "employees", "endings", "jobs", "log", "points"]

    asyncio.run(run())


def test_two_that_start_at_once_make_the_tables_once(url: str) -> None:
    async def use() -> None:
        async with opened(url) as store:
            await queued(store)

    async def run() -> None:
        await asyncio.gather(*(use() for _ in range(6)))

    asyncio.run(run())
