"""Requests at a fixed rate, by a client that needs hardly any processor time: the service has both
cores.
"""

import asyncio
import json
import time
from dataclasses import dataclass
from typing import cast

from tests.support.raw import post

BODY = json.dumps(
    {"synthetic": {}, "seed": 42, "lr": 1e-5, "steps": 1000, "solver": "loop", "record_every": 1000}
).encode()
"""A fit that takes a worker about 200 ms."""
FIT = post("/fit", BODY)


@dataclass(frozen=True)
class Answer:
    """What came back, and how many seconds after the request."""

    status: int
    head: bytes
    body: bytes
    seconds: float


class Connection(asyncio.Protocol):
    """One connection that is kept open, for one request at a time."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self.open = True

    def ask(self, request: bytes) -> "asyncio.Future[Answer]":
        """Send a whole request."""
        self._received = b""
        self._answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._began = time.perf_counter()
        self._transport.write(request)
        return self._answer

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, ended, body = self._received.partition(b"\r\n\r\n")
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        if ended and len(body) == int(length):
            self._answer.set_result(
                Answer(int(head[9:12]), head, body, time.perf_counter() - self._began)
            )

    def connection_lost(self, exc: Exception | None) -> None:
        self.open = False
        if not self._answer.done():
            self._answer.set_exception(exc or ConnectionResetError("closed without an answer"))

    def close(self) -> None:
        self._transport.close()


class Client:
    """Opens as many connections as it needs, and keeps them."""

    def __init__(self, host: str, port: int, request: bytes) -> None:
        self._address = host, port
        self._request = request
        self._idle: list[Connection] = []

    async def ask(self) -> Answer:
        """Return the answer to one request. Replace connections that the service has closed."""
        while self._idle and not self._idle[-1].open:
            self._idle.pop()
        connection = self._idle.pop() if self._idle else await self._connected()
        answer = await connection.ask(self._request)
        self._idle.append(connection)
        return answer

    async def _connected(self) -> Connection:
        _, connection = await asyncio.get_running_loop().create_connection(
            Connection, *self._address
        )
        return connection

    def close(self) -> None:
        for connection in self._idle:
            connection.close()
