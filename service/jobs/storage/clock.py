"""The clock of the database: the clocks of machines that share a database can differ."""

from sqlalchemy import Double
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class Now(FunctionElement[float]):
    """The seconds since the epoch.

    They are exact to the millisecond in SQLite, and to the microsecond in PostgreSQL.
    """

    type = Double()
    inherit_cache = True


@compiles(Now, "sqlite")
def _sqlite(_now: Now, _compiler: SQLCompiler, **_: object) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(Now, "postgresql")
def _postgresql(_now: Now, _compiler: SQLCompiler, **_: object) -> str:
    return "CAST(EXTRACT(EPOCH FROM clock_timestamp()) AS DOUBLE PRECISION)"
