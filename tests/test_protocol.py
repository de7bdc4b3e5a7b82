"""What a connection may take, by raw bytes: no client library would send them."""

import socket
import time
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection

import httpx
import pytest

from service.api.limits import MAX_HEAD_BYTES, MAX_HEADERS, MAX_TARGET_BYTES
from tests.promises.listeners import address
from tests.promises.processes import resident_bytes
from tests.raw import FIT, GET, POST, answers, connected, refusal
from tests.server import LONG, Server, serving

LEAST = len(b"Host: coaster\r\n")


@pytest.fixture(scope="module")
def hasty() -> Iterator[Server]:
    """A service that waits a second for a head, two for a body, and has few connections."""
    with serving(
        "--workers",
        "1",
        COASTER_MAX_HEAD_SECONDS="1",
        COASTER_MAX_BODY_SECONDS="2",
        COASTER_MAX_CONNECTIONS="20",
    ) as server:
        yield server


def ended(connection: socket.socket) -> bool:
    """Whether the service has ended it; asked for as long as its timeout."""
    try:
        return connection.recv(1) == b""
    except TimeoutError:
        return False
    except ConnectionError:
        return True


def test_a_connection_on_which_nothing_comes_is_closed_without_a_word(hasty: Server) -> None:
    began = time.monotonic()

    assert answers(hasty) == b""
    assert 0.9 < time.monotonic() - began < 2


def test_an_answer_leaves_in_one_piece(hasty: Server) -> None:
    with closing(connected(hasty)) as connection:
        connection.sendall(GET + b"\r\n")
        answer = connection.recv(65536)

    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert answer.endswith(b'{"status":"alive"}')


def test_half_a_head_ends_in_a_timeout(hasty: Server) -> None:
    assert refusal(answers(hasty, GET)) == (408, "request_timeout")


def test_bytes_that_keep_coming_do_not_win_time(hasty: Server) -> None:
    began = time.monotonic()

    with closing(connected(hasty)) as connection:
        connection.settimeout(0.1)
        while not ended(connection) and time.monotonic() - began < 5:
            connection.sendall(b"\r\n")

    assert time.monotonic() - began < 2.5


def test_half_a_body_ends_in_a_timeout(hasty: Server) -> None:
    began = time.monotonic()

    answer = answers(hasty, POST + b"Content-Length: 100\r\n\r\n" + FIT)

    assert refusal(answer) == (408, "request_timeout")
    assert 1.9 < time.monotonic() - began < 4


def test_a_body_that_comes_in_pieces_and_in_time_is_read(hasty: Server) -> None:
    head = POST + f"Content-Length: {len(FIT)}\r\nConnection: close\r\n\r\n".encode()

    answer = answers(hasty, head, FIT[:10], FIT[10:], pause=0.4)

    assert answer.startswith(b"HTTP/1.1 200")


def test_a_body_after_its_answer_is_not_waited_for(hasty: Server) -> None:
    """The answer, that it has the wrong type, is there at once; the rest of the body never
    comes.
    """
    began = time.monotonic()

    answer = answers(hasty, b"POST /fit HTTP/1.1\r\nHost: coaster\r\nContent-Length: 100\r\n\r\n{")

    assert answer.startswith(b"HTTP/1.1 415")
    assert time.monotonic() - began < 6


def test_a_fit_may_take_longer_than_a_request_may(hasty: Server) -> None:
    body = {
        "synthetic": {},
        "seed": 1,
        "lr": 1e-5,
        "steps": 12_000,
        "solver": "loop",
        "record_every": 12_000,
    }

    with httpx.Client(base_url=hasty.url, timeout=30) as client:
        began = time.monotonic()
        answer = client.post("/fit", json=body)
        took = time.monotonic() - began

        assert answer.status_code == 200
        assert took > 1
        assert client.get("/livez").status_code == 200


def test_a_kept_connection_has_a_new_time_for_each_request(hasty: Server) -> None:
    connection = HTTPConnection(*address(hasty.url), timeout=10)
    connection.connect()
    kept = connection.sock

    for _ in range(3):
        connection.request("GET", "/livez")
        assert connection.getresponse().read() == b'{"status":"alive"}'
        time.sleep(0.7)

    assert connection.sock is kept
    connection.close()


def test_the_second_of_two_heads_sent_at_once_is_answered_too(hasty: Server) -> None:
    answer = answers(hasty, GET + b"\r\n" + GET + b"Connection: close\r\n\r\n")

    assert answer.count(b"HTTP/1.1 200") == 2


UPGRADE = (
    b"Connection: Upgrade, HTTP2-Settings\r\n"
    b"Upgrade: h2c\r\n"
    b"HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n"
)


@pytest.mark.parametrize("pause", [0.0, 0.2])
@pytest.mark.parametrize(
    ("framing", "body"),
    [
        (f"Content-Length: {len(FIT)}\r\n".encode(), FIT),
        (b"Transfer-Encoding: chunked\r\n", b"%x\r\n%s\r\n0\r\n\r\n" % (len(FIT), FIT)),
    ],
)
def test_an_offer_to_upgrade_is_declined_and_the_request_answered(
    hasty: Server, framing: bytes, body: bytes, pause: float
) -> None:
    answer = answers(
        hasty,
        POST + UPGRADE + framing + b"\r\n",
        body[:9],
        body[9:],
        GET + b"Connection: close\r\n\r\n",
        pause=pause,
    )

    assert answer.count(b"HTTP/1.1 200") == 2


def test_an_offer_to_upgrade_without_a_body_is_declined_too(hasty: Server) -> None:
    answer = answers(hasty, GET + UPGRADE + b"\r\n" + GET + b"Connection: close\r\n\r\n")

    assert answer.count(b"HTTP/1.1 200") == 2


def test_who_offers_to_upgrade_has_as_much_time_as_others(hasty: Server) -> None:
    """Longer than a body may take."""
    job = httpx.post(hasty.url + "/jobs", json=LONG | {"record_every": 100}).json()["id"]
    request = f"GET /jobs/{job}/events HTTP/1.1\r\nHost: coaster\r\n".encode()
    with closing(connected(hasty)) as connection:
        connection.sendall(request + UPGRADE + b"\r\n")
        connection.settimeout(2)
        began, received = time.monotonic(), b""
        while time.monotonic() - began < 4:
            piece = connection.recv(65536)
            assert piece, received[-200:]
            received += piece
    httpx.post(f"{hasty.url}/jobs/{job}/cancel")

    assert received.startswith(b"HTTP/1.1 200 OK")


@pytest.mark.parametrize(("extra", "status"), [(-1, 200), (0, 200), (1, 431)])
def test_headers_may_have_so_many_bytes(hasty: Server, extra: int, status: int) -> None:
    rest = MAX_HEAD_BYTES - LEAST - len(b"connection: close\r\n") - len(b"x: \r\n") + extra

    answer = answers(hasty, GET + b"Connection: close\r\nX: " + b"a" * rest + b"\r\n\r\n")

    assert int(answer.split()[1]) == status


@pytest.mark.parametrize(
    ("count", "status"), [(MAX_HEADERS - 1, 200), (MAX_HEADERS, 200), (MAX_HEADERS + 1, 431)]
)
def test_there_may_be_so_many_headers(hasty: Server, count: int, status: int) -> None:
    answer = answers(hasty, GET + b"Connection: close\r\n" + b"X: a\r\n" * (count - 2) + b"\r\n")

    assert int(answer.split()[1]) == status


@pytest.mark.parametrize(
    ("length", "status"),
    [(MAX_TARGET_BYTES - 1, 200), (MAX_TARGET_BYTES, 200), (MAX_TARGET_BYTES + 1, 414)],
)
def test_a_path_may_be_so_long(hasty: Server, length: int, status: int) -> None:
    query = b"?" + b"a" * (length - len(b"/livez?"))

    answer = answers(
        hasty, b"GET /livez" + query + b" HTTP/1.1\r\nHost: coaster\r\nConnection: close\r\n\r\n"
    )

    assert int(answer.split()[1]) == status


def test_a_head_without_an_end_is_refused_before_it_fills_the_memory(hasty: Server) -> None:
    before = resident_bytes(hasty.pid)

    answer = answers(hasty, GET + b"X: ", *[b"a" * 16_384] * 3)

    assert refusal(answer) == (431, "headers_too_large")
    assert resident_bytes(hasty.pid) - before < 2**20


@pytest.mark.parametrize(
    "line", [b"\x16\x03\x01\x02\x00", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x00" * 20]
)
def test_what_is_no_http_is_told_so_in_the_one_shape(hasty: Server, line: bytes) -> None:
    assert refusal(answers(hasty, line)) == (400, "bad_http")


def test_connections_beyond_the_limit_are_refused_and_the_others_go_on(hasty: Server) -> None:
    with httpx.Client(base_url=hasty.url) as client:
        assert client.get("/livez").status_code == 200
        others = [connected(hasty) for _ in range(19)]
        try:
            assert refusal(answers(hasty)) == (503, "too_many_connections")
            assert client.get("/livez").status_code == 200
        finally:
            for other in others:
                other.close()
