"""The head and the body of an answer leave in one write, if the answer has all its body at once."""

from collections.abc import Sequence

import pytest
from starlette.types import Receive, Scope, Send

from tests.support.connections import Application, Connection
from tests.support.time import instant, settled

GET = b"GET /livez HTTP/1.1\r\nHost: coaster\r\n\r\n"
Headers = Sequence[tuple[bytes, bytes]]
SIZED = [(b"content-length", b"4")]


class Answering(Application):
    """Answers with this status, with these headers and with a body in these parts."""

    def __init__(self, status: int, headers: Headers, *parts: bytes) -> None:
        super().__init__()
        self._status = status
        self._headers = headers
        self._parts = parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - as ASGI has it
        await send(
            {"type": "http.response.start", "status": self._status, "headers": [*self._headers]}
        )
        *others, last = self._parts
        for part in others:
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": last, "more_body": False})


async def written(
    status: int, headers: Headers, *parts: bytes, request: bytes = GET
) -> tuple[list[bytes], Connection]:
    """What is written for such an answer, and its connection."""
    connection = Connection(Answering(status, headers, *parts))
    connection.send(request)
    await settled()
    return connection.transport.pieces, connection


@pytest.mark.parametrize("status", [200, 404, 503])
@instant
async def test_a_whole_answer_leaves_in_one_write(status: int) -> None:
    (piece,), connection = await written(status, [*SIZED, (b"retry-after", b"1")], b"body")

    head, _, body = piece.partition(b"\r\n\r\n")
    first, *fields = head.split(b"\r\n")
    assert first.startswith(b"HTTP/1.1 %d " % status)
    assert (fields, body) == ([b"content-length: 4", b"retry-after: 1"], b"body")
    assert not connection.transport.closed


@instant
async def test_an_answer_without_a_length_leaves_in_chunks() -> None:
    pieces, _ = await written(200, [], b"body")

    assert b"".join(pieces).endswith(b"transfer-encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n")


@instant
async def test_the_parts_of_an_answer_leave_as_they_come() -> None:
    pieces, _ = await written(200, SIZED, b"bo", b"dy")

    assert pieces[-2:] == [b"bo", b"dy"]


@instant
async def test_the_answer_to_a_head_request_has_no_body() -> None:
    pieces, _ = await written(200, SIZED, b"body", request=GET.replace(b"GET", b"HEAD"))

    assert b"".join(pieces).endswith(b"content-length: 4\r\n\r\n")


@instant
async def test_an_answer_that_closes_the_connection_closes_it() -> None:
    pieces, connection = await written(200, [*SIZED, (b"connection", b"close")], b"body")

    assert b"".join(pieces).endswith(b"body")
    assert connection.transport.closed


@pytest.mark.parametrize("value", [b"a\r\nb: c", b"a\nb: c", b"a\rb: c"])
@instant
async def test_a_header_with_a_line_break_is_an_error(value: bytes) -> None:
    pieces, _ = await written(200, [*SIZED, (b"x-name", value)], b"body")

    assert b"".join(pieces).startswith(b"HTTP/1.1 500 ")


@instant
async def test_an_answer_that_is_longer_than_its_length_is_an_error() -> None:
    pieces, connection = await written(200, SIZED, b"a body")

    assert not b"".join(pieces).endswith(b"body")
    assert connection.transport.closed
