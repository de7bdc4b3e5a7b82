"""The tables of the store, and the clock of their times. Large values have their own tables, so
that listing `jobs` is cheap.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateColumn
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from service.jobs.errors import StoreUnopenedError

SCHEMA_VERSION = 6
TABLES_LOCK = 0x436F6173746572
"""The key of PostgreSQL's advisory lock under which the tables are created: "Coaster" in ASCII."""

metadata = sa.MetaData()

version_table = sa.Table(
    "coaster_version",
    metadata,
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("age", sa.Double, nullable=False, server_default="0"),
    sa.Column("kept_bytes", sa.BigInteger, nullable=False, server_default="0"),
)
VERSION = version_table.c
"""The version of the tables, and the age of the store: the seconds for which services have used it.
A change of a clock does not change the age. `kept_bytes` is the space of all jobs, also that which
they may still need. The one row of this table is also the lock under which jobs are created.
"""

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
    sa.Column("points_read", sa.BigInteger),
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
    sa.Column("ended_age", sa.Double),
    sa.Column("seal", sa.LargeBinary),
    sa.Column("stored", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("reserved", sa.BigInteger, nullable=False, server_default="0"),
)
JOB = jobs_table.c
"""The columns of a job, or of a part of its `parent`: of the rows of series, or of the pieces of a
file, from `first` up to before `steps`. `points_read` is the number of points in the parts of a
file that are read. `ended_age` is the age of the store at which the job ended, and `seal` the
digest of the request. `stored` is the size of what is stored of the job, in bytes, and `reserved`
the predicted size of what will be, and that of its file. A job that has ended reserves nothing.
"""
ARRIVING = "arriving"
"""The status of a job whose file is on its way. Clients do not see it."""
WHOLE = JOB.parent.is_(None) & (JOB.status != sa.literal_column(f"'{ARRIVING}'"))
"""The condition for the jobs of clients. It has no parameter, as it is also read as text."""
PARTS_OWNER = "\n"
"""The owner of all parts, whose name no client can have: clients do not see parts."""
NOT_EXPIRED = JOB.expired_at.is_(None)


def _index(name: str, *columns: sa.Column[Any], where: sa.ColumnElement[bool]) -> sa.Index:
    return sa.Index(name, *columns, sqlite_where=where, postgresql_where=where)


INDEXES = [
    _index("jobs_status", JOB.status, JOB.id, where=NOT_EXPIRED),
    _index("jobs_ended", JOB.ended_age, JOB.id, where=NOT_EXPIRED),
    _index("jobs_owner", JOB.owner, JOB.id, where=NOT_EXPIRED),
    _index("jobs_expired", JOB.expired_at, where=JOB.expired_at.is_not(None)),
    _index("jobs_parent", JOB.parent, JOB.id, where=JOB.parent.is_not(None)),
]
"""The indexes of jobs. Those that list jobs do not have the expired ones, of which there may be a
million.
"""


def _part_of_jobs(name: str, *columns: sa.Column[Any]) -> sa.Table:
    job = sa.Column("job", sa.Text, sa.ForeignKey(JOB.id, ondelete="CASCADE"), primary_key=True)
    body = sa.Column("body", sa.LargeBinary, nullable=False)
    table = sa.Table(name, metadata, job, body, *columns)
    sa.event.listen(table, "after_create", _leave_uncompressed)
    return table


def _leave_uncompressed(table: sa.Table, connection: sa.Connection, **_: object) -> None:
    """Let PostgreSQL store large values as they are: to compress them takes ten times as long as to
    write them, and more than the time limit of a statement.
    """
    if connection.dialect.name == "postgresql":
        external = f"ALTER TABLE {table.name} ALTER COLUMN body SET STORAGE EXTERNAL"
        connection.execute(sa.text(external))


points_table = _part_of_jobs("points", sa.Column("digest", sa.LargeBinary))
log_table = _part_of_jobs(
    "log",
    sa.Column("last", sa.BigInteger, primary_key=True),
    sa.Column("digest", sa.LargeBinary),
)
LOG = log_table.c
"""The columns of an event in a log."""
endings_table = _part_of_jobs("endings", sa.Column("digest", sa.LargeBinary))
pieces_table = _part_of_jobs("pieces", sa.Column("number", sa.Integer, primary_key=True))
"""The pieces of large last events, from number 1. Piece 0 is in the table of endings, with the
digest of all.
"""
PARTS_OF_JOBS = (points_table, log_table, endings_table, pieces_table)
"""The tables of large values that are kept with their job."""
files_table = sa.Table(
    "files",
    metadata,
    sa.Column("job", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("digest", sa.LargeBinary, nullable=False),
)
"""The pieces of the files of jobs, from number 0. They have no foreign key: to remove a large file
takes several transactions, which follow the end of its job.
"""
sa.event.listen(files_table, "after_create", _leave_uncompressed)
ADDED_TABLES = {5: pieces_table, 6: files_table}
"""The table that each version added."""


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


AGE = sa.select(VERSION.age).scalar_subquery()
"""The age of the store, in seconds. It grows about once in a minute."""
LONGEST_GROWTH = 90.0
"""The longest time, in seconds, by which the store grows older at once."""
ENDED_AGE = AGE + LONGEST_GROWTH
"""The age of the store, in seconds, at which a job that ends now has ended: that to which the store
grows next at most, so that no job is removed too early.
"""
AHEAD_SECONDS = 5.0
"""The time, in seconds, by which a moment in the store may be later than now. A moment that is even
later was written before the clock was set back.
"""


def is_long_ago(
    moment: sa.Column[float], seconds: sa.ColumnElement[float]
) -> sa.ColumnElement[bool]:
    """Return the condition that a moment is at least this time ago, or that the clock was set back
    since then: jobs must not wait until the clock has caught up.
    """
    return (moment <= Now() - seconds) | (moment > Now() + AHEAD_SECONDS)


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
    if not present >= _tables_of(1):
        message = "The database has tables of other software with names that jobs need"
        raise StoreUnopenedError(f"{message}: {', '.join(sorted(present))}.")
    found = connection.scalar(sa.select(version_table.c.number))
    if found is None or not 1 <= found <= SCHEMA_VERSION:
        versions = f"jobs in version {found}, and this is version {SCHEMA_VERSION}"
        raise StoreUnopenedError(f"The database holds {versions}.")
    if wrong := present ^ _tables_of(found):
        message = f"The database holds jobs in version {found}, but lacks tables or has later ones"
        raise StoreUnopenedError(f"{message}: {', '.join(sorted(wrong))}.")
    if found < SCHEMA_VERSION:
        _upgrade(connection, found)
    # usually no change, but a database that is read-only fails here, at the start
    connection.execute(sa.update(version_table).values(number=SCHEMA_VERSION))


def _tables_of(version: int) -> AbstractSet[str]:
    """Return the names of the tables of a version."""
    later = {table.name for added, table in ADDED_TABLES.items() if added > version}
    return metadata.tables.keys() - later


ADDED: Mapping[int, Sequence[sa.Column[Any]]] = {
    2: [JOB.owner],
    3: [JOB.question, JOB.parent, JOB.first],
    4: [
        *[VERSION.age, VERSION.kept_bytes],
        *[JOB.ended_age, JOB.seal, JOB.stored, JOB.reserved],
        *[table.c.digest for table in (points_table, log_table, endings_table)],
    ],
    5: [],
    6: [JOB.points_read],
}
"""The columns that each version added. They have defaults, so that a process of an earlier version
that is still running can go on.
"""
SINCE_END = JOB.finished_at - Now()
ENDED_BEFORE = (
    sa.update(jobs_table)
    .where(JOB.finished_at.is_not(None))
    .values(ended_age=sa.case((SINCE_END < 0, SINCE_END), else_=0))
)
"""The age of a store of version 4 begins at 0, so jobs ended at a negative age before that."""


def _upgrade(connection: sa.Connection, found: int) -> None:
    """Upgrade the tables of an earlier version."""
    for version in range(found + 1, SCHEMA_VERSION + 1):
        for column in ADDED[version]:
            table, added = column.table.name, _definition(connection, column)
            connection.execute(sa.text(f"ALTER TABLE {table} ADD COLUMN {added}"))
        if version in ADDED_TABLES:
            ADDED_TABLES[version].create(connection)
    for index in INDEXES:
        connection.execute(sa.text(f"DROP INDEX IF EXISTS {index.name}"))
        index.create(connection)
    if found < 4:
        connection.execute(ENDED_BEFORE)
    for earlier in (points_table, log_table, endings_table):
        _leave_uncompressed(earlier, connection)


def _definition(connection: sa.Connection, column: sa.Column[Any]) -> str:
    """Return a column with its constraints, as this database writes it."""
    definition = str(CreateColumn(column).compile(dialect=connection.dialect))
    for key in column.foreign_keys:
        other = key.column
        definition += f" REFERENCES {other.table.name} ({other.name}) ON DELETE {key.ondelete}"
    return definition
