"""The watch for clients that disconnect, whose computations are cancelled."""

import asyncio
from typing import Self

from starlette.types import Receive

WATCH_SECONDS = 0.05
"""Delay in seconds before the watch for a disconnect begins. Most answers are sent earlier."""


class DisconnectError(Exception):
    """The client disconnected before the answer was sent."""


class Watch:
    """A context that is cancelled when the client disconnects, and then raises DisconnectError."""

    def __init__(self, receive: Receive) -> None:
        self.disconnected = False
        self._receive = receive
        task = asyncio.current_task()
        assert task
        self._answering = task
        self._start = asyncio.get_running_loop().call_later(WATCH_SECONDS, self._begin)
        self._watching: asyncio.Task[None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._start.cancel()
        if self._watching:
            self._watching.cancel()
        if self.disconnected and kind is asyncio.CancelledError:
            self._answering.uncancel()
            raise DisconnectError from None

    def _begin(self) -> None:
        self._watching = asyncio.create_task(self._until_disconnect())

    async def _until_disconnect(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.disconnected = self._answering.cancel()
