"""What a connection to a real service may take, by raw bytes: no client library would send them.
tests/unit/connections/test_protocol.py has every case and all deadlines.
"""

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing

import httpx
import pytest

from service.api.limits import MAX_HEAD_BYTES
from tests.support.kernel import resident_bytes
from tests.support.raw import FIT, GET, POST, answers, connected, post, refusal, rest
from tests.support.server import PATIENCE_SECONDS, Server, serving

CONNECTIONS = 20


@pytest.fixture(scope="module")
def hasty() -> Iterator[Server]:
    """A service that waits a second for a head, two for a body, and has few connections."""
    with serving(
        "--workers",
        "1",
        COASTER_MAX_HEAD_SECONDS="1",
        COASTER_MAX_BODY_SECONDS="2",
        COASTER_MAX_CONNECTIONS=str(CONNECTIONS),
    ) as server:
        yield server


def test_a_connection_on_which_nothing_comes_is_closed_without_a_word(hasty: Server) -> None:
    assert answers(hasty) == b""


def test_half_a_head_ends_in_a_timeout(hasty: Server) -> None:
    assert refusal(answers(hasty, GET)) == (408, "request_timeout")


def test_half_a_body_ends_in_a_timeout(hasty: Server) -> None:
    answer = answers(hasty, POST + b"Content-Length: 100\r\n\r\n" + FIT)

    assert refusal(answer) == (408, "request_timeout")


def test_a_body_after_its_answer_is_not_waited_for(hasty: Server) -> None:
    """The answer, that it has the wrong type, is there at once; the rest of the body never
    comes.
    """
    answer = answers(hasty, b"POST /fit HTTP/1.1\r\nHost: coaster\r\nContent-Length: 100\r\n\r\n{")

    assert answer.startswith(b"HTTP/1.1 415")
    assert answer.count(b"HTTP/1.1 ") == 1


def test_a_client_that_has_sent_its_end_gets_its_answer(hasty: Server) -> None:
    fit = {"synthetic": {}, "lr": 1e-5, "steps": 3000, "record_every": 3000, "solver": "loop"}
    with closing(connected(hasty)) as connection:
        connection.sendall(post("/fit", json.dumps(fit).encode()))
        connection.shutdown(socket.SHUT_WR)

        *interim, answer = rest(connection).split(b"HTTP/1.1 ")[1:]

    assert set(interim) == {b"100 Continue\r\n\r\n"}
    assert answer.startswith(b"200 OK")


def test_an_answer_leaves_in_one_piece(hasty: Server) -> None:
    with closing(connected(hasty)) as connection:
        connection.sendall(GET + b"\r\n")
        answer = connection.recv(65536)

    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert answer.endswith(b'{"status":"alive"}')


def test_an_offer_to_upgrade_is_declined_and_the_request_answered(hasty: Server) -> None:
    """As Java's client sends it."""
    upgrade = (
        b"Connection: Upgrade, HTTP2-Settings\r\n"
        b"Upgrade: h2c\r\n"
        b"HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n"
    )
    body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(FIT), FIT)

    answer = answers(hasty, POST + upgrade, body[:9], body[9:], GET + b"Connection: close\r\n\r\n")

    assert answer.count(b"HTTP/1.1 200") == 2


def test_a_head_without_an_end_is_refused_before_it_fills_the_memory(hasty: Server) -> None:
    before = resident_bytes(hasty.pid)

    answer = answers(hasty, GET + b"X: ", *[b"a" * (MAX_HEAD_BYTES // 2)] * 3)

    assert refusal(answer) == (431, "headers_too_large")
    assert resident_bytes(hasty.pid) - before < 2**20


def test_what_is_no_http_is_refused_in_the_shape_of_all_problems(hasty: Server) -> None:
    assert refusal(answers(hasty, b"\x16\x03\x01\x02\x00")) == (400, "bad_http")


def test_silent_connections_do_not_keep_others_out(hasty: Server) -> None:
    with ExitStack() as others:
        for _ in range(2 * CONNECTIONS):
            others.enter_context(closing(connected(hasty)))

        assert httpx.get(hasty.url + "/livez", timeout=PATIENCE_SECONDS).status_code == 200
