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


async def while_connected(request: Request, answer: Awaitable[T]) -> T:
    """The answer, which is cancelled when the client leaves before it.

    Raises ClientLeftError.
    """
    loop = asyncio.get_running_loop()
    watches: list[asyncio.Task[None]] = []
    try:
        async with asyncio.timeout(None) as stay:
            watch = loop.call_later(WATCH_SECONDS, lambda: watches.append(loop.create_task(_until_gone(request, stay))))
            try:
                return await answer
            finally:
                watch.cancel()
                for task in watches:
                    task.cancel()
    except TimeoutError:
        raise ClientLeftError from None


async def _until_gone(request: Request, stay: asyncio.Timeout) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
    stay.reschedule(asyncio.get_running_loop().time())
