"""One request to an application without a connection, driven by hand."""

import asyncio
import json
from collections.abc import Mapping
from math import inf
from typing import Any
from urllib.parse import unquote_to_bytes

from starlette.types import ASGIApp, Message, Scope

from service.api.streaming import ABORT

JSON_BODY = {"Content-Type": "application/json"}


class Exchange:
    """A request and all that the application sends back. Its client may stop reading, read on, and
    leave. A body of None is given by the test, part by part.
    """

    def __init__(
        self,
        app: ASGIApp,
        method: str,
        target: str,
        *,
        body: Any = b"",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._app = app
        raw_path, _, query = target.encode().partition(b"?")
        sent = {**(JSON_BODY if body else {}), **(headers or {})}
        self.scope: Scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote_to_bytes(raw_path).decode(errors="replace"),
            "raw_path": raw_path,
            "query_string": query,
            "root_path": "",
            "headers": [(name.lower().encode(), text.encode()) for name, text in sent.items()],
            "client": ("127.0.0.1", 123),
            "server": ("coaster", 80),
            "extensions": {ABORT: {ABORT: self._abort}},
        }
        self._incoming: asyncio.Queue[Message] = asyncio.Queue()
        self._taken = asyncio.Event()
        self._room: float = inf
        self._task: asyncio.Task[None] | None = None
        self._left = False
        self.received = 0
        """The number of messages that the application has asked for."""
        self.sent: list[Message] = []
        self.aborted = False
        if body is not None:
            self.give(_encoded(body))

    def begin(self) -> "Exchange":
        """Let the application serve it from now on."""
        self._task = asyncio.create_task(self._serve())
        return self

    async def ended(self) -> "Exchange":
        """Return when the application has served it."""
        assert self._task
        await self._task
        return self

    @property
    def done(self) -> bool:
        assert self._task
        return self._task.done()

    def cancel(self) -> None:
        """Cancel it, as a server does whose time to end is over."""
        assert self._task
        self._task.cancel()

    def give(self, part: bytes, *, more: bool = False) -> None:
        """Send a part of the body."""
        self._incoming.put_nowait({"type": "http.request", "body": part, "more_body": more})

    def leave(self) -> None:
        """Disconnect."""
        self._left = True
        self._incoming.put_nowait({"type": "http.disconnect"})
        self._taken.set()

    def stop_reading(self) -> None:
        """Take no message from now on."""
        self._room = 0

    def read_on(self) -> None:
        """Take every message again."""
        self.take(inf)

    def take(self, messages: float) -> None:
        """Take some messages more."""
        self._room += messages
        self._taken.set()

    @property
    def status(self) -> int | None:
        """None before the head of the answer."""
        return self.sent[0]["status"] if self.sent else None

    @property
    def headers(self) -> dict[str, str]:
        return {name.decode(): text.decode() for name, text in self.sent[0]["headers"]}

    @property
    def parts(self) -> list[bytes]:
        """The body in the parts in which it was sent; the empty ones are left out."""
        return [message["body"] for message in self.sent[1:] if message["body"]]

    @property
    def content(self) -> bytes:
        return b"".join(self.parts)

    def json(self) -> Any:
        return json.loads(self.content)

    async def _serve(self) -> None:
        await self._app(self.scope, self._receive, self._send)

    async def _receive(self) -> Message:
        self.received += 1
        return await self._incoming.get()

    async def _send(self, message: Message) -> None:
        while not self._room and not self._left:
            self._taken.clear()
            await self._taken.wait()
        if not self._left:
            self._room -= 1
            self.sent.append(message)

    def _abort(self) -> None:
        self.aborted = True
        self.leave()


def _encoded(body: Any) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body).encode()
