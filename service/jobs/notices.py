"""The sender of notices about jobs to processes that share a PostgreSQL database."""

from sqlalchemy import Connection, func, select

CHANNEL = "coaster"


def notify(connection: Connection, job_id: str) -> None:
    """Notify the other processes when the transaction is committed. A SQLite file has no others."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_notify(CHANNEL, job_id)))
