"""The tables of the store. Large values have their own tables, so that listing `jobs` is cheap."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Connection,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    func,
    insert,
    inspect,
    select,
    text,
    update,
)

from service.jobs.errors import ForeignSchemaError

SCHEMA_VERSION = 2
WITHOUT_OWNERS = 1
"""The previous version, whose jobs have no owner."""
TABLES_LOCK = 0x436F6173746572
"""The key of PostgreSQL's advisory lock under which the tables are created: "Coaster" in ASCII."""

metadata = MetaData()

version_table = Table("coaster_version", metadata, Column("number", Integer, nullable=False))
"""The version of the tables. Its one row is also the lock under which jobs are created."""

jobs_table = Table(
    "jobs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("status", Text, nullable=False),
    Column("key", Text, unique=True),
    Column("owner", Text, nullable=False, server_default=""),
    Column("digest", Text),
    Column("request", LargeBinary),
    Column("metadata", JSON(none_as_null=True)),
    Column("steps", BigInteger, nullable=False),
    Column("record_every", BigInteger, nullable=False),
    Column("position", BigInteger),
    Column("attempts", Integer, nullable=False),
    Column("claim", Text),
    Column("kind", Text),
    Column("touched", Double, nullable=False),
    Column("hinted", Double, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("started_at", Double),
    Column("finished_at", Double),
    Column("error_code", Text),
    Column("error_detail", Text),
    Column("expired_at", Double),
)
JOB = jobs_table.c
"""The columns of a job."""
Index("jobs_status", JOB.status, JOB.id)
Index(
    "jobs_ended",
    JOB.finished_at,
    sqlite_where=JOB.expired_at.is_(None),
    postgresql_where=JOB.expired_at.is_(None),
)
Index("jobs_expired", JOB.expired_at)
jobs_owner = Index("jobs_owner", JOB.owner, JOB.id)


def _job() -> Column[str]:
    return Column("job", Text, ForeignKey(JOB.id, ondelete="CASCADE"), primary_key=True)


points_table = Table("points", metadata, _job(), Column("body", LargeBinary, nullable=False))
log_table = Table(
    "log",
    metadata,
    _job(),
    Column("last", BigInteger, primary_key=True),
    Column("body", LargeBinary, nullable=False),
)
LOG = log_table.c
"""The columns of an event in a log."""
endings_table = Table("endings", metadata, _job(), Column("body", LargeBinary, nullable=False))


def ensure(connection: Connection) -> None:
    """Create the tables in a database that has none of them, or upgrade those of an earlier
    version.

    Raises ForeignSchemaError if the database has others.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(TABLES_LOCK)))
    present = metadata.tables.keys() & inspect(connection).get_table_names()
    if present:
        _check(connection, present)
        return
    metadata.create_all(connection, checkfirst=False)
    connection.execute(insert(version_table).values(number=SCHEMA_VERSION))


def _check(connection: Connection, present: set[str]) -> None:
    if present != metadata.tables.keys():
        raise ForeignSchemaError(
            "The database has tables of other software with names that jobs need: "
            f"{', '.join(sorted(present))}."
        )
    found = connection.scalar(select(version_table.c.number))
    if found == WITHOUT_OWNERS:
        _add_owners(connection)
    elif found != SCHEMA_VERSION:
        raise ForeignSchemaError(
            f"The database holds jobs in version {found}, and this is version {SCHEMA_VERSION}."
        )
    # usually no change, but a database that is read-only fails here, at the start
    connection.execute(update(version_table).values(number=SCHEMA_VERSION))


def _add_owners(connection: Connection) -> None:
    """Upgrade the tables from version 1 to 2, in any database.

    A process of version 1 that is still running can go on. The jobs that it creates have no owner.
    """
    connection.execute(text("ALTER TABLE jobs ADD COLUMN owner TEXT DEFAULT '' NOT NULL"))
    jobs_owner.create(connection)
