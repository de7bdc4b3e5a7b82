"""What one connection may not do to a real service: by raw bytes, as no client library would send
them. tests/unit/connections/test_protocol.py has every case. These need a kernel, a worker or
memory.
"""

import json
import socket
import struct
from contextlib import closing

import pytest

from service.connections.protocol import MOST_WAITING
from tests.support.kernel import resident_bytes
from tests.support.load import until_busy
from tests.support.raw import FIT, GET, POST, answers, connected, post, refusal
from tests.support.server import LONG, Server, until

CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n" % (len(FIT), FIT)
"""A body whose end is near: trailers may follow."""
RESET = struct.pack("ii", 1, 0)


@pytest.mark.parametrize(
    "trailer", [b"a:\r\n" * 10_000, b"a: " + b"a" * 40_000], ids=["lines", "bytes"]
)
def test_what_follows_a_body_is_bounded(server: Server, trailer: bytes) -> None:
    before = resident_bytes(server.pid)

    answer = answers(server, POST + CHUNKED, *[trailer] * 3)

    assert refusal(answer) == (431, "headers_too_large")
    assert resident_bytes(server.pid) - before < 2**20


def test_of_many_requests_at_once_the_first_are_answered(server: Server) -> None:
    before = resident_bytes(server.pid)

    answer = answers(server, (GET + b"\r\n") * 4000)

    assert (
        answer.count(b"HTTP/1.1 200 OK") == answer.count(b'{"status":"alive"}') == MOST_WAITING + 1
    )
    assert answer.count(b"connection: close") == 1
    assert resident_bytes(server.pid) - before < 2**20


@pytest.mark.parametrize("path", ["/fit", "/fit/stream"])
@pytest.mark.parametrize("reset", [True, False])
def test_a_client_that_asks_for_more_and_leaves_frees_a_worker(
    server: Server,
    path: str,
    reset: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """The worker is ended: one that only ends its fit would stay."""
    workers, failed = set(server.workers()), len(server.events("request_failed"))
    with closing(connected(server)) as connection:
        connection.sendall(post(path, json.dumps(LONG).encode()))
        until_busy(server.url)
        connection.sendall(GET + b"\r\n")
        if reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)

    until(lambda: len(workers - set(server.workers())) == 1)
    until(lambda: len(server.workers()) == len(workers))
    assert len(server.events("request_failed")) == failed


@pytest.mark.parametrize("path", ["/fit", "/fit/stream"])
def test_a_pending_answer_is_all_that_is_said(server: Server, path: str) -> None:
    body = json.dumps(LONG | {"steps": 2000, "record_every": 100}).encode()

    answer = answers(server, post(path, body), b"\x00\x01\r\n\r\n")

    assert answer.count(b"HTTP/1.1 ") == 1
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert answer.endswith(b"0\r\n\r\n" if path == "/fit/stream" else b"}")


def test_a_length_may_have_zeros_in_front(server: Server) -> None:
    head = POST + b"Connection: close\r\nContent-Length: " + b"0" * 5000

    assert answers(server, head + b"%d\r\n\r\n" % len(FIT) + FIT).startswith(b"HTTP/1.1 200 OK")
    assert b'"code":"body_too_large"' in answers(server, head + b"99999999\r\n\r\n")
