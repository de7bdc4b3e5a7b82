"""The end of the connections of a store, whose transactions run in threads."""

import asyncio
import threading
from pathlib import Path

import pytest
from sqlalchemy import create_engine, event

from service.jobs.storage.transactions import ThreadTransactions


@pytest.mark.usefixtures("patient")
async def test_the_connection_of_a_running_transaction_is_closed_after_it(
    tmp_path: Path,
) -> None:
    closed: list[object] = []
    engine = create_engine(f"sqlite:///{tmp_path}/jobs.db")
    event.listen(engine, "close", lambda connection, _: closed.append(connection))
    transactions, begun, go = ThreadTransactions(engine), threading.Event(), threading.Event()

    def work(_: object) -> bool:
        begun.set()
        return go.wait()

    running = asyncio.create_task(transactions.make(work))
    await asyncio.to_thread(begun.wait)
    asyncio.get_running_loop().call_later(0.1, go.set)
    await transactions.close()

    assert len(closed) == 1
    assert await running


async def test_closing_does_not_wait_long_for_a_transaction() -> None:
    transactions, go = ThreadTransactions(create_engine("sqlite://")), threading.Event()
    running = asyncio.create_task(transactions.make(lambda _: go.wait(60)))
    await asyncio.sleep(0)
    await transactions.close()

    assert not running.done()
    go.set()
    assert await running
