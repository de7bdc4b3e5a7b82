"""The way of an answer to its connection: its head and its body in one write."""

from starlette.types import Message
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

CLOSE = (b"connection", b"close")


class Answer:
    """The `send` of a request, which writes an answer that has all its body at once.

    uvicorn writes the head of a response and then its body, and each write is a packet. ASGI lets a
    server keep the head until the first part of the body. The parts of other answers, such as
    streams and the last answer of a connection, are then written by uvicorn. Its check of the names
    of headers is left out: these come from this service.
    """

    def __init__(self, cycle: RequestResponseCycle) -> None:
        self._cycle = cycle
        self._head: Message | None = None

    async def __call__(self, message: Message) -> None:
        """Send a message of the application."""
        if message["type"] == "http.response.start" and self._head is None:
            self._head = message
            return
        head, self._head = self._head, None
        body = message.get("body", b"")
        if head and not message.get("more_body") and self._plain(head, body):
            self._write(head, body)
            return
        if head:
            await self._cycle.send(head)  # type: ignore[arg-type]  # starlette has another type
        await self._cycle.send(message)  # type: ignore[arg-type]

    def _plain(self, head: Message, body: bytes) -> bool:
        """Return whether this is a whole answer of the usual kind, which can be written now."""
        cycle = self._cycle
        return (
            not (cycle.response_started or cycle.disconnected or cycle.flow.write_paused)
            and cycle.scope["method"] != "HEAD"
            and cycle.keep_alive
            and CLOSE not in head["headers"]
            and (b"content-length", b"%d" % len(body)) in head["headers"]
        )

    def _write(self, head: Message, body: bytes) -> None:
        cycle = self._cycle
        headers = [*cycle.default_headers, *head["headers"]]
        fields = b"".join([b"%s: %s\r\n" % field for field in headers])
        if fields.count(b"\n") + fields.count(b"\r") != 2 * len(headers):
            raise RuntimeError("Invalid header: it has a line break.")
        cycle.response_started = cycle.response_complete = True
        cycle.waiting_for_100_continue = False
        cycle.transport.writelines((STATUS_LINE[head["status"]], fields, b"\r\n", body))
        cycle.message_event.set()
        cycle.on_response()
