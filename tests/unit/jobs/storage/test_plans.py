"""How SQLite finds jobs: by an index that does not have the expired ones."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, event

from service.jobs.storage import claims, commands, expiry, files, queries, space
from service.jobs.storage.schema import INDEXES
from service.jobs.storage.store import Store
from tests.support.stores import DEFAULTS, submission

OPERATIONS: dict[str, Callable[[Connection], object]] = {
    "list": lambda connection: queries.page(connection, status=None, after="f", limit=9),
    "list one status": lambda connection: queries.page(
        connection, status="failed", after=None, limit=9
    ),
    "count": queries.counted,
    "search for free jobs": lambda connection: claims.stale(connection, again_after=0),
    "create": lambda connection: commands.create(connection, submission(owner="ann"), DEFAULTS),
    "expire": lambda connection: expiry.expire(connection, DEFAULTS),
    "count space": space.count,
    "remove files": files.remove_unneeded,
    "grow older": lambda connection: expiry.grow_older(connection, seen=0.0, elapsed=60),
}
PARTIAL = {index.name for index in INDEXES}
"""The indexes without the expired jobs."""


def plans(connection: Connection, operation: Callable[[Connection], object]) -> list[str]:
    """Return the steps in which SQLite executes the statements of an operation."""
    executed: list[tuple[str, Any]] = []

    @event.listens_for(connection, "before_cursor_execute")
    def note(*about: Any) -> None:
        _, _, statement, parameters, *_ = about
        executed.append((str(statement), parameters))

    operation(connection)
    event.remove(connection, "before_cursor_execute", note)
    return [
        step.detail
        for statement, parameters in executed
        for step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
    ]


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_no_operation_reads_the_whole_table_of_jobs(store: Store, operation: str) -> None:
    steps = await store.write(lambda connection: plans(connection, OPERATIONS[operation]))

    scans = [step for step in steps if step.startswith("SCAN jobs")]
    assert steps != []
    assert [scan for scan in scans if scan.split()[-1] not in PARTIAL] == []
