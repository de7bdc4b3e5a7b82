"""Large last events in a SQLite file, which are read and written in place."""

import sqlite3
from typing import Any

from sqlalchemy import Connection

from service.jobs.storage.schema import endings_table

LARGE_BYTES = 1024 * 1024
"""The size in bytes above which a last event is written in place. A smaller one is written faster
with its row.
"""


def ending(connection: Connection, row: int) -> sqlite3.Blob:
    """Open the last event in this row, as a context. Raises sqlite3.Error."""
    opened: Any = connection.connection.driver_connection
    blob: sqlite3.Blob = opened.blobopen(endings_table.name, endings_table.c.body.name, row)
    return blob
