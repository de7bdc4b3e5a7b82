"""The tables of the store, and the clock of their times. Large values have their own tables, so
that listing `jobs` is cheap.
"""

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from service.jobs.errors import StoreUnopenedError

SCHEMA_VERSION = 3
TABLES_LOCK = 0x436F6173746572
"""The key of PostgreSQL's advisory lock under which the tables are created: "Coaster" in ASCII."""

metadata = sa.MetaData()

version_table = sa.Table(
    "coaster_version", metadata, sa.Column("number", sa.Integer, nullable=False)
)
"""The version of the tables. Its one row is also the lock under which jobs are created."""

jobs_table = sa.Table(
    "jobs",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("key", sa.Text, unique=True),
    sa.Column("owner", sa.Text, nullable=False, server_default=""),
    sa.Column("digest", sa.Text),
    sa.Column("question", sa.Text, nullable=False, server_default="fit"),
    sa.Column("parent", sa.Text, sa.ForeignKey("jobs.id", ondelete="CASCADE")),
    sa.Column("first", sa.BigInteger),
    sa.Column("request", sa.LargeBinary),
    sa.Column("metadata", sa.JSON(none_as_null=True)),
    sa.Column("steps", sa.BigInteger, nullable=False),
    sa.Column("record_every", sa.BigInteger, nullable=False),
    sa.Column("position", sa.BigInteger),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("claim", sa.Text),
    sa.Column("kind", sa.Text),
    sa.Column("touched", sa.Double, nullable=False),
    sa.Column("hinted", sa.Double, nullable=False),
    sa.Column("created_at", sa.Double, nullable=False),
    sa.Column("started_at", sa.Double),
    sa.Column("finished_at", sa.Double),
    sa.Column("error_code", sa.Text),
    sa.Column("error_detail", sa.Text),
    sa.Column("expired_at", sa.Double),
)
JOB = jobs_table.c
"""The columns of a job, or of a part of the series of its `parent`: the rows from `first` up to
before `steps`.
"""
WHOLE = JOB.parent.is_(None)
PARTS_OWNER = "\n"
"""The owner of all parts, whose name no client can have: clients do not see parts."""
NOT_EXPIRED = JOB.expired_at.is_(None)
sa.Index("jobs_status", JOB.status, JOB.id)
sa.Index("jobs_ended", JOB.finished_at, sqlite_where=NOT_EXPIRED, postgresql_where=NOT_EXPIRED)
sa.Index("jobs_expired", JOB.expired_at)
jobs_owner = sa.Index("jobs_owner", JOB.owner, JOB.id)
IS_PART = JOB.parent.is_not(None)
jobs_parent = sa.Index(
    "jobs_parent", JOB.parent, JOB.id, sqlite_where=IS_PART, postgresql_where=IS_PART
)


def _part_of_jobs(name: str, *keys: sa.Column[int]) -> sa.Table:
    job = sa.Column("job", sa.Text, sa.ForeignKey(JOB.id, ondelete="CASCADE"), primary_key=True)
    return sa.Table(name, metadata, job, *keys, sa.Column("body", sa.LargeBinary, nullable=False))


points_table = _part_of_jobs("points")
log_table = _part_of_jobs("log", sa.Column("last", sa.BigInteger, primary_key=True))
LOG = log_table.c
"""The columns of an event in a log."""
endings_table = _part_of_jobs("endings")


class Now(FunctionElement[float]):
    """The seconds since the epoch, by the clock of the database, because the clocks of machines
    that share it can differ. They are exact to the millisecond in SQLite, and to the microsecond in
    PostgreSQL.
    """

    type = sa.Double()
    inherit_cache = True


@compiles(Now, "sqlite")
def _sqlite(_now: Now, _compiler: SQLCompiler, **_: object) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(Now, "postgresql")
def _postgresql(_now: Now, _compiler: SQLCompiler, **_: object) -> str:
    return "CAST(EXTRACT(EPOCH FROM clock_timestamp()) AS DOUBLE PRECISION)"


def ensure(connection: sa.Connection) -> None:
    """Create the tables in a database that has none of them, or upgrade those of earlier versions.
    Raises StoreUnopenedError if the database has others.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(TABLES_LOCK)))
    present = metadata.tables.keys() & sa.inspect(connection).get_table_names()
    if not present:
        metadata.create_all(connection, checkfirst=False)
        connection.execute(sa.insert(version_table).values(number=SCHEMA_VERSION))
        return
    if present != metadata.tables.keys():
        message = "The database has tables of other software with names that jobs need"
        raise StoreUnopenedError(f"{message}: {', '.join(sorted(present))}.")
    found = connection.scalar(sa.select(version_table.c.number))
    if found is None or not 1 <= found <= SCHEMA_VERSION:
        versions = f"jobs in version {found}, and this is version {SCHEMA_VERSION}"
        raise StoreUnopenedError(f"The database holds {versions}.")
    # A process of an earlier version that is still running can go on: the columns have defaults.
    if found < 2:
        connection.execute(sa.text("ALTER TABLE jobs ADD COLUMN owner TEXT DEFAULT '' NOT NULL"))
        jobs_owner.create(connection)
    if found < 3:
        for column in (
            "question TEXT DEFAULT 'fit' NOT NULL",
            "parent TEXT REFERENCES jobs (id) ON DELETE CASCADE",
            "first BIGINT",
        ):
            connection.execute(sa.text(f"ALTER TABLE jobs ADD COLUMN {column}"))
        jobs_parent.create(connection)
    # usually no change, but a database that is read-only fails here, at the start
    connection.execute(sa.update(version_table).values(number=SCHEMA_VERSION))
