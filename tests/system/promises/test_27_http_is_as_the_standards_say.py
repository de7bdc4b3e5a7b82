"""Cases of RFC 9110 and RFC 9112 as raw bytes, direct and through deploy/gateway.conf: each is
answered as the standards say, and nothing is smuggled behind a request.
"""

import json
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass

import pytest

from tests.support.raw import FIT, GET, POST, rest
from tests.support.server import PATIENCE_SECONDS, Server, address, serving
from tests.system.deploy.nginx import as_gateway

END = b"Connection: close\r\n\r\n"
LENGTH = b"Content-Length: %d\r\n" % len(FIT)
CHUNKED = b"%x\r\n%s\r\n0\r\n\r\n" % (len(FIT), FIT)
LAST = b"Connection: close\r\n"
SMUGGLED = b"GET /problems/queue_full HTTP/1.1\r\nHost: coaster\r\n\r\n"
"""A request that only a server sees which reads the bytes of a body as a request."""
TRACE = b"queue_full"


@dataclass(frozen=True)
class Case:
    """What is sent, and the statuses that the standards allow for its first answer."""

    sent: bytes
    direct: int
    gateway: frozenset[int] = frozenset()
    """The statuses behind the gateway, if it may differ: nginx answers some cases itself."""
    body: bool = True
    """Whether the answer has a body."""


def case(sent: bytes, direct: int, *gateway: int, body: bool = True) -> Case:
    return Case(sent, direct, frozenset(gateway) or frozenset({direct}), body)


CASES = {
    "a plain request": case(GET + END, 200),
    "HTTP/1.0 without a host": case(b"GET /livez HTTP/1.0\r\n\r\n", 200),
    "no host": case(b"GET /livez HTTP/1.1\r\n\r\n", 400),
    "two hosts": case(GET + b"Host: coaster\r\n" + END, 400),
    "two other hosts": case(GET + b"Host: other\r\n" + END, 400),
    "a host of nonsense": case(b"GET /livez HTTP/1.1\r\nHost: a b\r\n" + END, 400),
    "a host with a path": case(b"GET /livez HTTP/1.1\r\nHost: a/b\r\n" + END, 400),
    "an empty host": case(b"GET /livez HTTP/1.1\r\nHost:\r\n" + END, 400),
    "another host": case(b"GET /jobs HTTP/1.1\r\nHost: attacker.example\r\n" + END, 421),
    "another host in the target": case(
        b"GET http://attacker.example/jobs HTTP/1.1\r\nHost: localhost\r\n" + END, 421
    ),
    "an absolute target": case(
        b"GET http://coaster/livez HTTP/1.1\r\nHost: coaster\r\n" + END, 200
    ),
    "an absolute target without a path": case(
        b"GET http://coaster HTTP/1.1\r\nHost: coaster\r\n" + END, 200
    ),
    "HTTP/2.0 in the line": case(b"GET /livez HTTP/2.0\r\nHost: coaster\r\n" + END, 505, 505, 400),
    "HTTP/3.1 in the line": case(b"GET /livez HTTP/3.1\r\nHost: coaster\r\n" + END, 400, 505, 400),
    "HEAD": case(GET.replace(b"GET", b"HEAD") + END, 200, body=False),
    "HEAD of a problem": case(b"HEAD /none HTTP/1.1\r\nHost: coaster\r\n" + END, 404, body=False),
    "HEAD without GET": case(b"HEAD /fit HTTP/1.1\r\nHost: coaster\r\n" + END, 405, body=False),
    "OPTIONS *": case(b"OPTIONS * HTTP/1.1\r\nHost: coaster\r\n" + END, 204, 204, 400, body=False),
    "GET *": case(b"GET * HTTP/1.1\r\nHost: coaster\r\n" + END, 400),
    "CONNECT": case(b"CONNECT coaster:80 HTTP/1.1\r\nHost: coaster:80\r\n" + END, 400, 400, 405),
    "a line break in the path": case(b"GET /livez%0a HTTP/1.1\r\nHost: coaster\r\n" + END, 404),
    "chunks": case(POST + LAST + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNKED, 200),
    "another coding": case(POST + b"Transfer-Encoding: cow\r\n\r\n" + CHUNKED, 501),
    "another coding first": case(POST + b"Transfer-Encoding: cow, chunked\r\n\r\n" + CHUNKED, 501),
    "chunked twice": case(
        POST + b"Transfer-Encoding: chunked, chunked\r\n\r\n" + CHUNKED, 400, 400, 501
    ),
    "chunks in HTTP/1.0": case(
        POST.replace(b"1.1", b"1.0") + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNKED, 400
    ),
    "a length and chunks": case(
        POST + LENGTH + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNKED, 400
    ),
    "two lengths": case(POST + LENGTH + b"Content-Length: 3\r\n\r\n" + FIT, 400),
    "a length with a sign": case(POST + b"Content-Length: +28\r\n\r\n" + FIT, 400),
    "space before a colon": case(POST + b"Content-Length : 28\r\n\r\n" + FIT, 400),
    "a folded header": case(GET + b"X-Folded: a\r\n b\r\n" + END, 400, 400, 200),
    "100-continue": case(
        POST + LENGTH + LAST + b"Expect: 100-continue\r\n\r\n" + FIT, 100, 100, 200
    ),
    "another expectation": case(
        POST + LENGTH + LAST + b"Expect: 417-please\r\n\r\n" + FIT, 417, 417, 200
    ),
    "an upgrade": case(
        POST + LENGTH + b"Connection: Upgrade, close\r\nUpgrade: h2c\r\n\r\n" + FIT, 200
    ),
    "an upgrade of another coding": case(
        POST + b"Connection: Upgrade\r\nUpgrade: h2c\r\nTransfer-Encoding: cow\r\n\r\n", 501
    ),
}
FRAMED_TWICE = {
    "a length that hides": POST + LENGTH + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a coding that hides": POST + LENGTH + b"Transfer-Encoding: cow, chunked\r\n\r\n0\r\n\r\n",
    "a tab in the coding": POST + LENGTH + b"Transfer-Encoding:\tchunked\r\n\r\n0\r\n\r\n",
    "two lengths": POST + b"Content-Length: 0\r\nContent-Length: 55\r\n\r\n",
    "a length in an upgrade": (
        POST + b"Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 55\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    ),
    "a size with a sign": POST + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
}
"""Heads that two servers could read differently, so that the rest is a request for one of them."""


@pytest.fixture(scope="module")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, tuple[str, int]]]:
    """The addresses of a service and of a gateway in front of it."""
    folder = tmp_path_factory.mktemp("nginx")
    with serving("--workers", "1") as server, as_gateway(server.url, folder) as gateway:
        yield {"direct": address(server.url), "gateway": address(gateway)}


def exchanged(target: tuple[str, int], sent: bytes, *, half_close: bool = False) -> bytes:
    """Return all that comes back until the connection ends."""
    with closing(socket.create_connection(target, timeout=PATIENCE_SECONDS)) as connection:
        connection.sendall(sent)
        if half_close:
            connection.shutdown(socket.SHUT_WR)
        return rest(connection)


@pytest.mark.parametrize("way", ["direct", "gateway"])
@pytest.mark.parametrize("name", CASES)
def test_a_request_is_answered_as_the_standards_say(
    addresses: dict[str, tuple[str, int]], way: str, name: str
) -> None:
    expected = CASES[name]

    head, _, content = exchanged(addresses[way], expected.sent).partition(b"\r\n\r\n")

    assert int(head.split()[1]) in ({expected.direct} if way == "direct" else expected.gateway)
    if expected.direct >= 400 and way == "direct":
        assert b"application/problem+json" in head
        assert b"x-request-id: " in head.lower()
        assert bool(content) == expected.body
        assert not content or json.loads(content)["status"] == expected.direct


@pytest.mark.parametrize("way", ["direct", "gateway"])
def test_nothing_is_smuggled(
    addresses: dict[str, tuple[str, int]], way: str, tell: Callable[[str], None]
) -> None:
    answers = {
        name: exchanged(addresses[way], sent + SMUGGLED) for name, sent in FRAMED_TWICE.items()
    }

    tell(f"{len(CASES)} cases and {len(FRAMED_TWICE)} ambiguous heads, {way}")
    assert {name for name, answer in answers.items() if TRACE in answer} == set()
    assert {re.findall(rb"HTTP/1.1 (\d+)", answer)[0] for answer in answers.values()} <= {
        b"400",
        b"501",
    }


def test_a_client_that_has_closed_its_side_gets_its_answer(
    addresses: dict[str, tuple[str, int]],
) -> None:
    answer = exchanged(addresses["direct"], POST + LENGTH + b"\r\n" + FIT, half_close=True)

    assert answer.startswith(b"HTTP/1.1 200")


def test_no_case_is_an_error_of_the_service(server: Server) -> None:
    for expected in CASES.values():
        exchanged(address(server.url), expected.sent)

    assert "Traceback" not in server.log()
