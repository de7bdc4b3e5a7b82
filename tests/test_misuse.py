"""What one connection may not do to the service: by raw bytes, as no client library would send
them.
"""

import json
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest

from service.protocol import MOST_WAITING
from tests.keys import key_file
from tests.promises.listeners import address
from tests.promises.processes import resident_bytes
from tests.raw import FIT, GET, POST, answers, connected, post, refusal
from tests.server import LONG, Server, serving

CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n" % (len(FIT), FIT)
"""A body whose end is near: trailers may follow."""
LAST = b"GET /livez HTTP/1.1\r\nHost: coaster\r\nConnection: close\r\n\r\n"
RESET = struct.pack("ii", 1, 0)


@pytest.fixture(scope="module")
def service() -> Iterator[Server]:
    with serving("--workers", "1") as started:
        yield started


def fit(url: str) -> float:
    """Seconds until a small one is answered."""
    began = time.monotonic()
    httpx.post(url + "/fit", json={"synthetic": {}, "seed": 1}, timeout=30).raise_for_status()
    return time.monotonic() - began


def test_what_follows_a_body_is_no_header(tmp_path_factory: pytest.TempPathFactory) -> None:
    file, keys = key_file(tmp_path_factory.mktemp("keys"), ["ann"])
    key = b"Authorization: Bearer " + keys["ann"].encode() + b"\r\n"
    with serving("--workers", "1", COASTER_API_KEYS_FILE=str(file)) as server:
        asked = [
            POST + b"Connection: close\r\n" + key + CHUNKED,
            POST + b"Connection: close\r\n" + CHUNKED + key,
        ]
        statuses = [answers(server, request + b"\r\n").split()[1] for request in asked]

    assert statuses == [b"200", b"401"]


@pytest.mark.parametrize(
    "trailer", [b"a:\r\n" * 10_000, b"a: " + b"a" * 40_000], ids=["lines", "bytes"]
)
def test_what_follows_a_body_is_bounded(service: Server, trailer: bytes) -> None:
    before = resident_bytes(service.pid)

    answer = answers(service, POST + CHUNKED, *[trailer] * 3, pause=0.1)

    assert refusal(answer) == (431, "headers_too_large")
    assert resident_bytes(service.pid) - before < 2**20


@pytest.mark.parametrize(
    "request_",
    [GET + b"\r\n", GET + b"Connection: upgrade\r\nUpgrade: x\r\n\r\n"],
    ids=["plain", "upgrade"],
)
def test_of_many_requests_at_once_the_first_are_answered(service: Server, request_: bytes) -> None:
    before = resident_bytes(service.pid)

    answer = answers(service, request_ * 4000)

    assert (
        answer.count(b"HTTP/1.1 200 OK") == answer.count(b'{"status":"alive"}') == MOST_WAITING + 1
    )
    assert answer.count(b"connection: close") == 1
    assert resident_bytes(service.pid) - before < 2**20


def test_so_many_may_be_sent_at_once(service: Server) -> None:
    answer = answers(service, (GET + b"\r\n") * MOST_WAITING + LAST)

    assert answer.count(b"HTTP/1.1 200 OK") == MOST_WAITING + 1


@pytest.mark.parametrize("path", ["/fit", "/fit/stream"])
@pytest.mark.parametrize("pause", [0.0, 0.3])
@pytest.mark.parametrize("reset", [True, False])
def test_who_has_asked_for_more_and_leaves_frees_a_worker(
    service: Server,
    path: str,
    pause: float,
    reset: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    fit(service.url)
    with closing(connected(service)) as connection:
        connection.sendall(post(path, json.dumps(LONG).encode()))
        time.sleep(pause)
        connection.sendall(GET + b"\r\n")
        time.sleep(0.3)
        if reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)

    assert fit(service.url) < 1
    assert service.events("request_failed") == []


@pytest.mark.parametrize(
    "rest",
    [
        b"\x00\x01\r\n\r\n",
        GET + b"X: " + b"a" * 40_000 + b"\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        post("/fit", b" " * 100_000),
    ],
    ids=["no HTTP", "a large head", "no chunk", "a large body"],
)
@pytest.mark.parametrize("path", ["/fit", "/fit/stream"])
def test_an_answer_that_is_owed_is_all_that_is_said(
    service: Server, path: str, rest: bytes
) -> None:
    body = json.dumps(LONG | {"steps": 2000, "record_every": 100}).encode()

    answer = answers(service, post(path, body), rest, pause=0.15)

    assert answer.count(b"HTTP/1.1 ") == 1
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert answer.endswith(b"0\r\n\r\n" if path == "/fit/stream" else b"}")


def test_a_length_may_have_zeros_in_front(service: Server) -> None:
    head = POST + b"Connection: close\r\nContent-Length: " + b"0" * 5000

    assert answers(service, head + b"%d\r\n\r\n" % len(FIT) + FIT).startswith(b"HTTP/1.1 200 OK")
    assert b'"code":"body_too_large"' in answers(service, head + b"99999999\r\n\r\n")


def test_a_request_that_is_refused_before_its_body_has_come_does_not_keep_its_connection(
    service: Server,
) -> None:
    began = time.monotonic()

    answer = answers(
        service,
        b"POST /fit HTTP/1.1\r\nHost: coaster\r\nContent-Length: 1\r\n\r\n",
        b"1",
        pause=0.2,
    )

    assert b'"code":"unsupported_media_type"' in answer
    assert answer.count(b"HTTP/1.1 ") == 1
    assert 4 < time.monotonic() - began < 7


@pytest.mark.parametrize(
    "rest", [b"zz\r\n", b"1\r\n1\r\n0\r\n" + b"a:\r\n" * 20_000], ids=["no chunk", "trailers"]
)
def test_what_follows_an_answer_is_not_answered_again(service: Server, rest: bytes) -> None:
    answer = answers(
        service,
        b"POST /fit HTTP/1.1\r\nHost: coaster\r\nTransfer-Encoding: chunked\r\n\r\n",
        rest,
        rest,
        pause=0.2,
    )

    assert b'"code":"unsupported_media_type"' in answer
    assert answer.count(b"HTTP/1.1 ") == 1


def test_who_waits_to_be_told_to_go_on_and_sends_nonsense_is_refused_once(service: Server) -> None:
    answer = answers(
        service, POST + b"Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"
    )

    assert refusal(answer) == (400, "bad_http")
    assert service.events("request_failed") == []


def test_who_still_takes_an_answer_may_ask_again(service: Server) -> None:
    """Longer than an idle connection is kept."""
    large = json.dumps(
        {
            "synthetic": {},
            "seed": 1,
            "lr": 1e-5,
            "steps": 240_000,
            "record_every": 1,
            "include": ["params"],
        }
    ).encode()
    with closing(socket.socket()) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(20)
        connection.connect(address(service.url))
        connection.sendall(post("/fit", large))
        received = connection.recv(4096)
        time.sleep(7)
        connection.sendall(LAST)
        while piece := connection.recv(1_000_000):
            received += piece

    assert received.count(b"HTTP/1.1 200 OK") == 2
    assert received.endswith(b'{"status":"alive"}')
