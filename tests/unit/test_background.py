import asyncio

import pytest

from service.background import in_background
from tests.support.time import instant, settled


class Work:
    """Goes on until it is cancelled."""

    def __init__(self) -> None:
        self.done: list[str] = []

    async def go(self) -> None:
        self.done.append("begun")
        try:
            await asyncio.Event().wait()
        finally:
            self.done.append("ended")


@instant
async def test_the_work_goes_on_during_the_block_and_has_ended_after_it() -> None:
    work = Work()
    async with in_background(work.go()):
        await settled()
        assert work.done == ["begun"]
    assert work.done == ["begun", "ended"]


@instant
async def test_the_work_has_ended_after_a_block_that_failed() -> None:
    async def fail() -> None:
        async with in_background(work.go()):
            await settled()
            raise ZeroDivisionError

    work = Work()
    with pytest.raises(ZeroDivisionError):
        await fail()
    assert work.done == ["begun", "ended"]


@instant
async def test_work_that_fails_is_logged_and_does_not_disturb_the_block(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def fail() -> None:
        raise ValueError

    async with in_background(fail()):
        await settled()
        assert [record.message for record in caplog.records] == ["background_work_failed"]
