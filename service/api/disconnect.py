"""A client that leaves frees what worked for it."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from starlette.requests import Request

WATCH_SECONDS = 0.05
"""Answers that come sooner are not worth a watch."""

T = TypeVar("T")


class ClientLeftError(Exception):
    """Nobody waits for the answer any more."""


class Watch:
    """Cancels the task it was made in when the client leaves; begins late, as most answers come
    before.
    """

    def __init__(self, request: Request) -> None:
        self.client_left = False
        self._request = request
        self._answering = _this_task()
        self._loop = asyncio.get_running_loop()
        self._start = self._loop.call_later(WATCH_SECONDS, self._begin)
        self._watching: asyncio.Task[None] | None = None

    def end(self) -> None:
        """Stops watching."""
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
    """The answer, which is cancelled when the client leaves before it.

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
