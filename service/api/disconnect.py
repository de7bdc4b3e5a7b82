"""The cancellation of work when its client disconnects."""

import asyncio
from collections.abc import Awaitable
from typing import Self, TypeVar

from starlette.requests import Request
from starlette.types import Receive

WATCH_SECONDS = 0.05
"""Delay in seconds before the watch for a disconnect begins. Most answers are sent earlier."""

Answer = TypeVar("Answer")


class ClientLeftError(Exception):
    """The client disconnected before the answer was sent."""


class Watch:
    """A context that is cancelled when the client disconnects, and then raises ClientLeftError.

    The watch begins after `WATCH_SECONDS`, as most answers are sent earlier.
    """

    def __init__(self, receive: Receive) -> None:
        self.client_left = False
        self._receive = receive
        self._answering = _this_task()
        self._loop = asyncio.get_running_loop()
        self._start = self._loop.call_later(WATCH_SECONDS, self._begin)
        self._watching: asyncio.Task[None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._start.cancel()
        if self._watching:
            self._watching.cancel()
        if self.client_left and kind is asyncio.CancelledError:
            self._answering.uncancel()
            raise ClientLeftError from None

    def _begin(self) -> None:
        self._watching = self._loop.create_task(self._until_gone())

    async def _until_gone(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.client_left = self._answering.cancel()


async def while_connected(request: Request, answer: Awaitable[Answer]) -> Answer:
    """Return the answer, or cancel its computation if the client disconnects first.

    Raises ClientLeftError.
    """
    with Watch(request.receive):
        return await answer


def _this_task() -> asyncio.Task[object]:
    task = asyncio.current_task()
    assert task
    return task
