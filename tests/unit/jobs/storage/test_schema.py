import pytest
from sqlalchemy import Connection, inspect, select, update

from service.jobs.errors import ExpiredJobError, StoreUnopenedError, UnknownJobError
from service.jobs.storage import claims, files, queries
from service.jobs.storage.schema import ensure, jobs_table, version_table
from service.jobs.storage.store import Store
from tests.support.stores import age, create, expire, finished, listed, queued
from tests.support.version_1 import ENDED, QUEUED, statements

OF_VERSION_5 = (
    "DROP TABLE files",
    "ALTER TABLE jobs DROP COLUMN points_read",
    "UPDATE coaster_version SET number = 5",
)
"""The changes that make the tables of version 5 of new ones."""


async def execute(store: Store, *statements: str) -> None:
    """Change the database by hand."""

    def work(connection: Connection) -> None:
        for statement in statements:
            connection.exec_driver_sql(statement)

    await store.write(work)


async def version_1(store: Store) -> None:
    """Make the tables and jobs of the first version."""
    dialect = await store.read(lambda connection: connection.dialect.name)
    await execute(store, *statements(dialect))


async def number(store: Store) -> int | None:
    """The version of the tables."""
    return await store.read(lambda connection: connection.scalar(select(version_table.c.number)))


async def refusal(store: Store) -> str:
    """Why the tables are not used."""
    with pytest.raises(StoreUnopenedError) as refused:
        await store.write(ensure)
    return str(refused.value)


async def described(store: Store) -> tuple[object, ...]:
    """The columns and indexes of the table of jobs."""

    def describe(connection: Connection) -> tuple[object, ...]:
        found = inspect(connection)
        columns = sorted(
            (column["name"], str(column["type"]), column["nullable"])
            for column in found.get_columns(jobs_table.name)
        )
        return columns, sorted(
            (str(index["name"]), index["column_names"])
            for index in found.get_indexes(jobs_table.name)
        )

    return await store.read(describe)


async def test_an_empty_database_gets_the_tables_of_this_version(empty: Store) -> None:
    await execute(empty, "CREATE TABLE employees (name text)")

    await empty.write(ensure)

    names = await empty.read(lambda connection: inspect(connection).get_table_names())
    assert sorted(names) == [
        "coaster_version",
        "employees",
        "endings",
        "files",
        "jobs",
        "log",
        "pieces",
        "points",
    ]
    assert await number(empty) == 6


async def test_tables_that_are_there_stay_as_they_are(store: Store) -> None:
    job = await queued(store)
    await store.write(ensure)
    assert await store.read(queries.find, job.id) == job
    assert await number(store) == 6


async def test_jobs_of_another_version_are_left_alone(store: Store) -> None:
    await store.write(lambda connection: connection.execute(update(version_table).values(number=7)))
    assert await refusal(store) == "The database holds jobs in version 7, and this is version 6."
    assert await number(store) == 7


async def test_an_unknown_version_is_another(store: Store) -> None:
    await execute(store, "DELETE FROM coaster_version")
    assert await refusal(store) == "The database holds jobs in version None, and this is version 6."


async def test_tables_of_other_software_with_our_names_are_left_alone(empty: Store) -> None:
    await execute(
        empty,
        "CREATE TABLE log (company text)",
        "CREATE TABLE jobs (company text)",
        "INSERT INTO jobs VALUES ('theirs')",
    )
    assert await refusal(empty) == (
        "The database has tables of other software with names that jobs need: jobs, log."
    )
    assert await empty.read(
        lambda connection: connection.exec_driver_sql("SELECT company FROM jobs").scalar_one()
    ) == ("theirs")


@pytest.mark.parametrize(
    ("changes", "version", "wrong"),
    [
        ((*OF_VERSION_5, "DROP TABLE pieces"), 5, "pieces"),
        (("DROP TABLE files",), 6, "files"),
        (("UPDATE coaster_version SET number = 5",), 5, "files"),
    ],
)
async def test_a_database_without_the_tables_of_its_version_is_left_alone(
    store: Store, changes: tuple[str, ...], version: int, wrong: str
) -> None:
    await execute(store, *changes)

    found = f"jobs in version {version}, but lacks tables or has later ones"
    assert await refusal(store) == f"The database holds {found}: {wrong}."
    assert await number(store) == version


async def test_jobs_of_version_1_have_no_owner_and_go_on(empty: Store) -> None:
    await version_1(empty)
    await empty.write(ensure)

    waiting, ended = await empty.read(queries.find, QUEUED), await empty.read(queries.find, ENDED)
    assert (waiting.status, waiting.request, waiting.metadata) == (
        "queued",
        b'{"lr":0.1}',
        {"run": "7"},
    )
    assert (ended.status, await empty.read(queries.ending, ENDED)) == ("succeeded", b"done")
    part = await empty.read(queries.log_part, ENDED, after=None, limit=9)
    assert [event.body for event in part.events] == [b"started"]
    page = await empty.read(queries.page, status=None, after=None, limit=9)
    assert page.jobs == listed([ended, waiting])
    with pytest.raises(UnknownJobError):
        await empty.read(queries.find, QUEUED, owner="ann")
    claim = await empty.change(claims.claim_job, QUEUED, token="t", kind="x86")
    assert claim is not None
    assert claim.points == b"[[1],[2]]"


async def test_jobs_of_version_2_keep_their_owner_and_are_fits(empty: Store) -> None:
    await version_1(empty)
    await execute(
        empty,
        "ALTER TABLE jobs ADD COLUMN owner TEXT DEFAULT 'ann' NOT NULL",
        "CREATE INDEX jobs_owner ON jobs (owner, id)",
        "UPDATE coaster_version SET number = 2",
    )

    await empty.write(ensure)

    assert (await empty.read(queries.find, QUEUED, owner="ann")).question == "fit"
    assert await number(empty) == 6


async def test_jobs_of_version_1_are_kept_for_the_rest_of_their_time(empty: Store) -> None:
    await version_1(empty)
    await execute(empty, f"UPDATE jobs SET finished_at = 1 WHERE id = '{ENDED}'")
    await empty.write(ensure)

    await expire(empty)

    with pytest.raises(ExpiredJobError):
        await empty.read(queries.find, ENDED)


async def test_jobs_of_version_4_are_kept_as_long_as_before(empty: Store) -> None:
    await empty.write(ensure)
    job_id = await finished(empty)
    await age(empty, job_id, "ended_age", 100)
    await execute(
        empty, *OF_VERSION_5, "DROP TABLE pieces", "UPDATE coaster_version SET number = 4"
    )
    ended_age = select(jobs_table.c.ended_age)
    before = await empty.read(lambda connection: connection.scalar(ended_age))

    await empty.write(ensure)

    assert await empty.read(lambda connection: connection.scalar(ended_age)) == before
    assert await number(empty) == 6


async def test_jobs_of_version_5_go_on_and_can_have_files(empty: Store, store: Store) -> None:
    await empty.write(ensure)
    job = await queued(empty)
    await execute(empty, *OF_VERSION_5)

    await empty.write(ensure)

    assert await empty.read(queries.find, job.id) == job
    assert await described(empty) == await described(store)
    assert await empty.write(files.remove_unneeded) == 0


async def test_keys_of_version_1_are_still_known(empty: Store) -> None:
    await version_1(empty)
    await empty.write(ensure)

    assert (await create(empty, key="k", digest="d")).job.id == QUEUED
    assert (await create(empty, key="k", digest="d", owner="ann")).job.id != QUEUED


async def test_version_1_is_brought_up_to_date_once(empty: Store) -> None:
    await version_1(empty)
    for _ in range(2):
        await empty.write(ensure)
        assert await number(empty) == 6


async def test_a_database_brought_up_to_date_is_like_a_new_one(empty: Store, store: Store) -> None:
    await version_1(empty)
    await empty.write(ensure)
    assert await described(empty) == await described(store)


async def test_a_replica_of_version_1_may_go_on_while_others_are_renewed(empty: Store) -> None:
    await version_1(empty)
    await empty.write(ensure)
    later = {"id", "key", "owner", "question", "parent", "first", "ended_age", "points_read"}
    names = ", ".join(column.name for column in jobs_table.columns if column.name not in later)
    await execute(
        empty,
        f"INSERT INTO jobs (id, {names}) SELECT 'later', {names} FROM jobs WHERE id = '{QUEUED}'",
    )
    assert (await empty.read(queries.find, "later")).status == "queued"
