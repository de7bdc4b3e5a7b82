"""The cancellation of work when its client disconnects."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from starlette.requests import Request

WATCH_SECONDS = 0.05
"""Delay in seconds before the watch for a disconnect begins. Most answers are sent earlier."""

T = TypeVar("T")


class ClientLeftError(Exception):
    """The client disconnected before the answer was sent."""


class Watch:
    """A watch that cancels the task in which it was created when the client disconnects.

    It begins after `WATCH_SECONDS`, as most answers are sent earlier.
    """

    def __init__(self, request: Request) -> None:
        self.client_left = False
        self._request = request
        self._answering = _this_task()
        self._loop = asyncio.get_running_loop()
        self._start = self._loop.call_later(WATCH_SECONDS, self._begin)
        self._watching: asyncio.Task[None] | None = None

    def end(self) -> None:
        """Stop watching."""
        self._start.cancel()
        if self._watching:
            self._watching.cancel()

    def _begin(self) -> None:
        self._watching = self._loop.create_task(self._until_gone())

    async def _until_gone(self) -> None:
        while (await self._request.receive())["type"] != "http.disconnect":
            pass
        self.client_left = self._answering.cancel()


async def while_connected(request: Request, answer: Awaitable[T]) -> T:
    """Return the answer, or cancel its computation if the client disconnects first.

    Raises ClientLeftError.
    """
    watch = Watch(request)
    try:
        return await answer
    except asyncio.CancelledError:
        if watch.client_left:
            _this_task().uncancel()
            raise ClientLeftError from None
        raise
    finally:
        watch.end()


def _this_task() -> asyncio.Task[object]:
    task = asyncio.current_task()
    assert task
    return task
