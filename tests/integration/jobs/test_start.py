"""Processes that open the same database at the same time."""

import asyncio

import pytest
from sqlalchemy import Connection, make_url, select

from service.jobs.storage.schema import SCHEMA_VERSION, version_table
from service.jobs.storage.store import Store, opened
from tests.support.stores import queued
from tests.support.version_1 import statements


async def used(url: str) -> int | None:
    """Open a database, create a job in it, and return the version of its tables."""
    async with opened(url) as store:
        await queued(store, owner="ann")
        return await store.read(
            lambda connection: connection.scalar(select(version_table.c.number))
        )


@pytest.mark.usefixtures("patient")
async def test_processes_that_start_together_make_the_tables_once(url: str) -> None:
    assert await asyncio.gather(*(used(url) for _ in range(6))) == [SCHEMA_VERSION] * 6


async def test_processes_that_start_together_bring_version_1_up_to_date_once(
    empty: Store, url_of_empty: str
) -> None:
    def make(connection: Connection) -> None:
        for statement in statements(make_url(url_of_empty).drivername):
            connection.exec_driver_sql(statement)

    await empty.write(make)
    assert await asyncio.gather(*(used(url_of_empty) for _ in range(6))) == [SCHEMA_VERSION] * 6
