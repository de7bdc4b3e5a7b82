import asyncio
from pathlib import Path

import pytest
from sqlalchemy import Connection, inspect, select, update

from service.jobs.errors import ForeignSchemaError, UnknownJobError
from service.jobs.opening import _parsed
from service.jobs.postgresql import database as postgresql_database
from service.jobs.schema import VERSION, jobs, version
from service.jobs.sqlite import database as sqlite_database
from service.jobs.store import Store
from tests.jobs.stores import opened, queued, submission, told, with_store
from tests.jobs.version_1 import ENDED, QUEUED, statements


def before(url: str, *statements: str) -> None:
    """What somebody did to the database before we come."""

    def work(connection: Connection) -> None:
        for statement in statements:
            connection.exec_driver_sql(statement)

    async def run() -> None:
        parsed = _parsed(url)
        database = (
            sqlite_database(parsed)
            if parsed.drivername == "sqlite"
            else postgresql_database(parsed)
        )
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
            await store._database.write(
                lambda connection: connection.execute(update(version).values(number=3))
            )

    asyncio.run(run())
    assert "version 3" in refusal(url)


def test_a_version_that_is_not_told_is_another(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            await store._database.write(
                lambda connection: connection.exec_driver_sql("DELETE FROM coaster_version")
            )

    asyncio.run(run())
    assert "version" in refusal(url)


def test_tables_of_others_with_our_names_are_left_alone(url: str) -> None:
    before(url, "CREATE TABLE jobs (company text)", "INSERT INTO jobs VALUES ('theirs')")
    assert (
        refusal(url) == "The database has tables of other software with names that jobs need: jobs."
    )


def test_tables_of_others_with_other_names_do_not_matter(url: str) -> None:
    before(url, "CREATE TABLE employees (name text)")

    async def run() -> None:
        async with opened(url) as store:
            names = await store._database.read(
                lambda connection: inspect(connection).get_table_names()
            )
            assert sorted(names) == [
                "coaster_version",
                "employees",
                "endings",
                "jobs",
                "log",
                "points",
            ]

    asyncio.run(run())


def test_two_that_start_at_once_make_the_tables_once(url: str) -> None:
    async def use() -> None:
        async with opened(url) as store:
            await queued(store)

    async def run() -> None:
        await asyncio.gather(*(use() for _ in range(6)))

    asyncio.run(run())


def test_jobs_from_before_there_were_owners_are_nobodys_and_go_on(url: str) -> None:
    before(url, *statements(url))

    async def test(store: Store) -> None:
        waiting, ended = await store.job(QUEUED), await store.job(ENDED)
        assert (waiting.status, waiting.request, waiting.metadata) == (
            "queued",
            b'{"lr":0.1}',
            {"run": "7"},
        )
        assert (ended.status, await store.ending(ENDED)) == ("succeeded", b"done")
        assert [row.body for row in (await store.read(ENDED, after=None, limit=9)).rows] == [
            b"started"
        ]
        assert (await store.page(status=None, after=None, limit=9)).jobs == told([ended, waiting])
        with pytest.raises(UnknownJobError):
            await store.job(QUEUED, owner="ann")
        claim = await store.claim(QUEUED, token="t", kind="x86")
        assert claim is not None
        assert claim.points == b"[[1],[2]]"

    with_store(url, test)


def test_their_keys_are_known_still(url: str) -> None:
    before(url, *statements(url))

    async def test(store: Store) -> None:
        assert (await store.create(submission(key="k", digest="d"))).job.id == QUEUED
        assert (await store.create(submission(key="k", digest="d", owner="ann"))).job.id != QUEUED

    with_store(url, test)


def test_they_are_brought_up_to_date_once_whoever_starts(url: str) -> None:
    before(url, *statements(url))

    async def use() -> None:
        async with opened(url) as store:
            await queued(store, owner="ann")

    async def run() -> None:
        await asyncio.gather(*(use() for _ in range(6)))
        async with opened(url) as store:
            assert (
                await store._database.read(
                    lambda connection: connection.scalar(select(version.c.number))
                )
                == VERSION
            )

    asyncio.run(run())


def test_a_database_brought_up_to_date_is_like_a_new_one(
    url: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    other = (
        f"sqlite:///{tmp_path}/new.db"
        if url.startswith("sqlite")
        else request.getfixturevalue("postgres").fresh()
    )
    before(url, *statements(url))

    assert _described(url) == _described(other)


def _described(url: str) -> tuple[object, ...]:
    """The columns and indexes of the jobs' table once it has been opened."""

    def described(connection: Connection) -> tuple[object, ...]:
        found = inspect(connection)
        columns = sorted(
            (column["name"], str(column["type"]), column["nullable"])
            for column in found.get_columns(jobs.name)
        )
        return columns, sorted(
            (str(index["name"]), index["column_names"]) for index in found.get_indexes(jobs.name)
        )

    async def run() -> tuple[object, ...]:
        async with opened(url) as store:
            return await store._database.read(described)

    return asyncio.run(run())


def test_who_does_not_know_of_owners_may_go_on_beside_those_who_do(url: str) -> None:
    """As a replica of version 1 does, while others are renewed."""
    before(url, *statements(url))

    async def test(store: Store) -> None:
        copied = [
            column.name for column in jobs.columns if column.name not in {"id", "key", "owner"}
        ]
        names = ", ".join(copied)
        statement = (
            f"INSERT INTO jobs (id, {names}) "
            f"SELECT 'later', {names} FROM jobs WHERE id = '{QUEUED}'"
        )
        await store._database.write(lambda connection: connection.exec_driver_sql(statement))
        assert (await store.job("later")).status == "queued"

    with_store(url, test)
