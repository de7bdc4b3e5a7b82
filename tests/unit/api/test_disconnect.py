"""What happens to an answer whose client disconnects, on a clock that does not wait."""

import asyncio
from collections.abc import Awaitable

import pytest
from starlette.types import Message

from service.api.disconnect import WATCH_SECONDS, DisconnectError, Watch
from tests.support.time import instant, now, passed, settled


class Line:
    """The client's end of a request."""

    def __init__(self) -> None:
        self.asked = 0
        self._messages: asyncio.Queue[Message] = asyncio.Queue()

    async def receive(self) -> Message:
        self.asked += 1
        return await self._messages.get()

    def send(self, kind: str) -> None:
        self._messages.put_nowait({"type": kind})


async def while_connected(line: Line, answer: Awaitable[object]) -> object:
    with Watch(line.receive):
        return await answer


async def after(seconds: float) -> str:
    await asyncio.sleep(seconds)
    return "the answer"


@instant
async def test_a_client_that_stays_is_answered() -> None:
    line = Line()

    answer = await while_connected(line, after(60))

    assert (answer, now()) == ("the answer", 60)


@instant
async def test_the_client_is_watched_from_the_start_of_an_answer_that_takes_long() -> None:
    line = Line()
    answering = asyncio.create_task(while_connected(line, after(60)))
    await passed(WATCH_SECONDS / 2)
    assert line.asked == 0
    await passed(WATCH_SECONDS / 2)
    assert line.asked == 1
    assert await answering == "the answer"


@instant
async def test_an_answer_that_comes_soon_is_not_watched() -> None:
    line = Line()

    await while_connected(line, after(WATCH_SECONDS / 2))
    await passed(WATCH_SECONDS)

    assert line.asked == 0


@instant
async def test_nothing_is_received_after_the_answer() -> None:
    line = Line()

    await while_connected(line, after(2 * WATCH_SECONDS))
    line.send("http.request")
    await passed(1)

    assert line.asked == 1


@instant
async def test_an_answer_is_cancelled_when_its_client_disconnects() -> None:
    line = Line()
    answer = asyncio.create_task(after(60))
    answering = asyncio.create_task(while_connected(line, answer))
    await passed(1)
    line.send("http.disconnect")

    with pytest.raises(DisconnectError):
        await answering

    assert (answer.cancelled(), answering.cancelling()) == (True, 0)
    assert now() < 2


@instant
async def test_a_client_that_has_disconnected_already_is_noticed_when_the_watch_begins() -> None:
    line = Line()
    line.send("http.disconnect")

    with pytest.raises(DisconnectError):
        await while_connected(line, after(60))

    assert now() == pytest.approx(WATCH_SECONDS)


@instant
async def test_a_message_that_is_no_disconnect_changes_nothing() -> None:
    line = Line()
    line.send("http.request")
    answering = asyncio.create_task(while_connected(line, after(60)))
    await passed(1)

    assert line.asked == 2
    assert await answering == "the answer"


@instant
async def test_a_request_that_is_cancelled_for_another_reason_stays_cancelled() -> None:
    line = Line()
    answering = asyncio.create_task(while_connected(line, after(60)))
    await passed(1)
    answering.cancel()
    await settled()

    assert answering.cancelled()


@instant
async def test_an_error_of_the_answer_is_passed_on() -> None:
    async def broken() -> None:
        await asyncio.sleep(1)
        raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        await while_connected(Line(), broken())
