"""What one connection may do, on a clock that does not wait."""

import asyncio
import json

import pytest

from service.api.limits import MAX_HEAD_BYTES, MAX_HEADERS, MAX_TARGET_BYTES
from service.api.problems import Code
from service.api.streaming import ABORT, PIECE_BYTES
from service.connections.protocol import (
    HALF_CLOSED_SECONDS,
    INTERIM,
    LINGER_SECONDS,
    MOST_WAITING,
)
from tests.support.connections import ALIVE, KEEP_ALIVE_SECONDS, Application, Connection
from tests.support.time import instant, settled

GET = b"GET /livez HTTP/1.1\r\nHost: coaster\r\n"
POST = b"POST /fit HTTP/1.1\r\nHost: coaster\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
BODY = b'{"synthetic": {}}'
WHOLE = POST + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY
HALF = POST + b"Content-Length: 100\r\n\r\n" + BODY
EARLY = HALF.replace(b"/fit", b"/early")
STREAM = WHOLE.replace(b"/fit", b"/stream")
NONSENSE = b"\x00\x01\r\n\r\n"
ALMOST = 0.999
"""A moment before a second is over."""
LEAST = len(b"Host: coaster\r\n")


async def sent(*pieces: bytes, application: Application | None = None) -> Connection:
    """A connection on which this was sent, once the service has dealt with it."""
    connection = Connection(application)
    for piece in pieces:
        connection.send(piece)
        await settled()
    return connection


async def busy(*pieces: bytes) -> Connection:
    """The same, with an application that answers nothing yet."""
    application = Application()
    application.permit.clear()
    return await sent(*pieces, application=application)


async def permit(connection: Connection) -> None:
    """The application answers what it was asked."""
    connection.application.permit.set()
    await settled()


# Requests that come in time


@instant
async def test_a_request_is_answered_in_one_piece_and_its_connection_kept() -> None:
    connection = await sent(WHOLE)

    (piece,) = connection.transport.pieces
    assert piece.startswith(b"HTTP/1.1 200 OK\r\n")
    assert piece.endswith(b"\r\n\r\n" + ALIVE)
    assert connection.application.bodies == [BODY]
    assert not connection.transport.closed


@instant
async def test_little_is_kept_for_a_client_that_reads_slowly() -> None:
    assert (await sent()).transport.high == PIECE_BYTES


@instant
async def test_an_application_may_abort_the_connection() -> None:
    connection = await busy(WHOLE)

    connection.application.scopes[0]["extensions"][ABORT][ABORT]()

    assert connection.transport.aborted


@instant
async def test_a_body_that_comes_in_pieces_and_in_time_is_read() -> None:
    connection = await sent(HALF[:-5], HALF[-5:])

    await asyncio.sleep(1.5)
    connection.send(b"x" * (100 - len(BODY)))
    await settled()

    assert connection.answers == 1
    assert len(connection.application.bodies[0]) == 100


@instant
async def test_the_second_of_two_requests_sent_at_once_is_answered_too() -> None:
    connection = await sent(GET + b"\r\n" + GET + b"\r\n")

    assert connection.answers == 2


@instant
async def test_an_answer_may_take_longer_than_a_request() -> None:
    connection = await busy(WHOLE)

    await asyncio.sleep(1000)
    await permit(connection)

    assert connection.answers == 1
    assert not connection.transport.closed


@instant
async def test_each_request_of_a_kept_connection_has_its_own_time() -> None:
    connection = await sent()
    for number in range(3):
        await asyncio.sleep(0.7)
        connection.send(GET)
        await asyncio.sleep(0.7 if number else 0.1)
        connection.send(b"\r\n")
        await settled()

    assert connection.answers == 3
    assert not connection.transport.closed


# Requests that come too slowly


@instant
async def test_a_connection_on_which_nothing_comes_is_closed_without_a_word() -> None:
    connection = await sent()

    await asyncio.sleep(ALMOST)
    assert not connection.transport.closed
    await asyncio.sleep(1 - ALMOST)

    assert connection.transport.closed
    assert connection.answer == b""


@instant
async def test_half_a_head_ends_in_a_timeout(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "service.connections.protocol")
    connection = Connection()
    connection.send(GET)

    await asyncio.sleep(ALMOST)
    assert connection.answer == b""
    await asyncio.sleep(1 - ALMOST)
    await settled()

    assert connection.refusal == (408, "request_timeout")
    problem = json.loads(connection.answer.partition(b"\r\n\r\n")[2])
    assert problem["detail"] == "It did not arrive within 1 seconds."
    assert connection.application.measures.problems == [Code.REQUEST_TIMEOUT]
    (refused,) = [each for each in caplog.records if each.message == "connection_refused"]
    assert refused.__dict__["fields"] == {
        "request_id": problem["request_id"],
        "code": Code.REQUEST_TIMEOUT,
    }


@instant
async def test_bytes_that_keep_coming_do_not_win_time() -> None:
    connection = Connection()
    for _ in range(9):
        connection.send(b"\r\n")
        await asyncio.sleep(0.1)
    assert connection.answer == b""

    await asyncio.sleep(0.1)
    await settled()

    assert connection.refusal == (408, "request_timeout")


@instant
async def test_half_a_body_ends_in_a_timeout() -> None:
    """Its time begins when the head is whole."""
    connection = Connection()
    await asyncio.sleep(0.5)
    connection.send(HALF)

    await asyncio.sleep(1 + ALMOST)
    assert connection.answer == b""
    await asyncio.sleep(1 - ALMOST)
    await settled()

    assert connection.refusal == (408, "request_timeout")
    problem = json.loads(connection.answer.partition(b"\r\n\r\n")[2])
    assert problem["detail"] == "It did not arrive within 2 seconds."
    assert connection.application.disconnected == ["/fit"]


@instant
async def test_the_time_for_which_a_body_waits_for_the_application_is_not_its_own() -> None:
    application, size = Application(), 200_000
    application.permit.clear()
    head = POST.replace(b"/fit", b"/later") + b"Content-Length: %d\r\n\r\n" % size
    connection = await sent(head + bytes(size // 2), application=application)
    assert not connection.transport.reading

    await asyncio.sleep(10)
    await permit(connection)
    assert connection.transport.reading
    await asyncio.sleep(1 + ALMOST)
    assert connection.answer == b""
    connection.send(bytes(size // 2))
    await settled()

    assert connection.answers == 1


@instant
async def test_a_body_that_has_waited_is_late_after_its_own_time() -> None:
    application, size = Application(), 200_000
    application.permit.clear()
    head = POST.replace(b"/fit", b"/later") + b"Content-Length: %d\r\n\r\n" % size
    connection = await sent(head + bytes(size // 2), application=application)
    await asyncio.sleep(10)
    await permit(connection)

    await asyncio.sleep(12)
    await settled()

    assert connection.refusal == (408, "request_timeout")


@pytest.mark.parametrize(("path", "seconds"), [(b"/jobs", 6), (b"/fit", 2), (b"/jobs/1", 2)])
@instant
async def test_a_file_of_a_job_that_is_larger_than_other_files_has_as_much_more_time(
    path: bytes, seconds: int
) -> None:
    application = Application()
    most = application.state.coaster.settings.max_upload_bytes
    head = POST.replace(b"/fit", path) + b"Content-Length: %d\r\n\r\n" % (3 * most)

    connection = await sent(head, application=application)
    await asyncio.sleep(seconds - 1 + ALMOST)
    assert connection.answer == b""
    await asyncio.sleep(1 - ALMOST)
    await settled()

    assert connection.refusal == (408, "request_timeout")


@instant
async def test_a_second_request_that_comes_too_slowly_is_refused_too() -> None:
    connection = await sent(WHOLE)
    await asyncio.sleep(3)
    connection.send(GET)

    await asyncio.sleep(ALMOST)
    assert connection.answers == 1
    assert connection.answer.count(b"HTTP/1.1 ") == 1
    await asyncio.sleep(1 - ALMOST)
    await settled()

    assert connection.answer.count(b"HTTP/1.1 408 ") == 1


@instant
async def test_a_body_is_not_waited_for_longer_because_its_answer_is_given() -> None:
    connection = await sent(EARLY)
    assert connection.answers == 1

    await asyncio.sleep(1 + ALMOST)
    assert not connection.transport.closed
    await asyncio.sleep(1 - ALMOST)

    assert connection.transport.closed
    assert connection.answer.count(b"HTTP/1.1 ") == 1


@instant
async def test_a_body_that_ends_after_its_answer_leaves_an_idle_connection() -> None:
    connection = await sent(EARLY)
    await asyncio.sleep(1)
    connection.send(b"x" * (100 - len(BODY)))

    await asyncio.sleep(KEEP_ALIVE_SECONDS * ALMOST)
    assert not connection.transport.closed
    await asyncio.sleep(KEEP_ALIVE_SECONDS / 500)

    assert connection.transport.closed
    assert connection.answer.count(b"HTTP/1.1 ") == 1


@instant
async def test_a_refused_connection_is_closed_after_a_second() -> None:
    """Closed at once, it would lose the answer to a client that is still sending."""
    connection = await sent(NONSENSE)
    connection.send(NONSENSE * 100)

    await asyncio.sleep(ALMOST * LINGER_SECONDS)
    assert not connection.transport.closed
    await asyncio.sleep(LINGER_SECONDS / 500)

    assert connection.transport.closed
    assert connection.refusal == (400, "bad_http")
    assert LINGER_SECONDS == 1


@instant
async def test_an_idle_connection_is_closed_after_a_while() -> None:
    connection = await sent(GET + b"\r\n")

    await asyncio.sleep(KEEP_ALIVE_SECONDS * ALMOST)
    assert not connection.transport.closed
    await asyncio.sleep(KEEP_ALIVE_SECONDS / 500)

    assert connection.transport.closed


@instant
async def test_a_client_that_still_takes_an_answer_may_ask_again() -> None:
    connection = await sent(GET + b"\r\n")
    connection.transport.unsent = 1
    await asyncio.sleep(2.5 * KEEP_ALIVE_SECONDS)
    assert not connection.transport.closed

    connection.transport.unsent = 0
    connection.send(GET + b"\r\n")
    await settled()

    assert connection.answers == 2
    await asyncio.sleep(KEEP_ALIVE_SECONDS * ALMOST)
    assert not connection.transport.closed
    await asyncio.sleep(KEEP_ALIVE_SECONDS / 500)
    assert connection.transport.closed


@instant
async def test_empty_lines_do_not_keep_an_idle_connection() -> None:
    connection = await sent(GET + b"\r\n")
    await asyncio.sleep(3)

    connection.send(b"\r\n")
    await asyncio.sleep(1)
    await settled()

    assert connection.answer.count(b"HTTP/1.1 408 ") == 1


# Heads and bodies that are too large


@pytest.mark.parametrize(("extra", "refused"), [(-1, False), (0, False), (1, True)])
def test_headers_may_have_32_kilobytes(
    extra: int,
    refused: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    @instant
    async def test() -> None:
        rest = MAX_HEAD_BYTES - LEAST - len(b"x: \r\n") + extra
        connection = await sent(GET + b"X: " + b"a" * rest + b"\r\n\r\n")

        if refused:
            assert connection.refusal == (431, "headers_too_large")
        else:
            assert connection.answers == 1

    test()
    assert MAX_HEAD_BYTES == 32 * 1024


@pytest.mark.parametrize(
    ("count", "refused"), [(MAX_HEADERS, False), (MAX_HEADERS + 1, True), (10 * MAX_HEADERS, True)]
)
def test_there_may_be_a_hundred_headers(
    count: int,
    refused: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    @instant
    async def test() -> None:
        connection = await sent(GET + b"X: a\r\n" * (count - 1) + b"\r\n")

        if refused:
            assert connection.refusal == (431, "headers_too_large")
        else:
            assert connection.answers == 1
            assert len(connection.application.scopes[0]["headers"]) == count

    test()


@pytest.mark.parametrize(("extra", "refused"), [(0, False), (1, True)])
def test_a_path_may_have_8_kilobytes(
    extra: int,
    refused: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    @instant
    async def test() -> None:
        target = b"/livez?" + b"a" * (MAX_TARGET_BYTES - len(b"/livez?") + extra)
        connection = await sent(b"GET " + target + b" HTTP/1.1\r\nHost: coaster\r\n\r\n")

        if refused:
            assert connection.refusal == (414, "uri_too_long")
        else:
            assert connection.answers == 1

    test()


@instant
async def test_a_head_without_an_end_is_refused_when_it_is_too_large() -> None:
    begun = GET + b"X: "
    connection = await sent(begun, b"a" * (MAX_HEAD_BYTES - len(begun)))
    assert connection.answer == b""

    connection.send(b"a")
    await settled()

    assert connection.refusal == (431, "headers_too_large")


@instant
async def test_what_follows_a_body_is_no_header() -> None:
    key = b"Authorization: Bearer key\r\n"
    before = await sent(POST + key + CHUNKED + b"1\r\n1\r\n0\r\n\r\n")
    after = await sent(POST + CHUNKED + b"1\r\n1\r\n0\r\n" + key + b"\r\n")

    names = [
        [name for name, _ in connection.application.scopes[0]["headers"]]
        for connection in (before, after)
    ]
    assert names == [
        [b"host", b"authorization", b"transfer-encoding"],
        [b"host", b"transfer-encoding"],
    ]
    assert (before.answers, after.answers) == (1, 1)


@pytest.mark.parametrize("trailer", [b"a:\r\n" * 10_000, b"a: " + b"a" * 40_000])
def test_what_follows_a_body_is_bounded(trailer: bytes) -> None:
    @instant
    async def test() -> None:
        connection = await busy(POST + CHUNKED + b"1\r\n1\r\n0\r\n", trailer)

        assert connection.refusal == (431, "headers_too_large")

    test()


@instant
async def test_a_body_may_be_larger_than_a_head() -> None:
    chunk = b"%x\r\n%s\r\n" % (MAX_HEAD_BYTES, b" " * MAX_HEAD_BYTES)
    connection = await sent(POST + CHUNKED, *[chunk] * 3, b"0\r\n\r\n")

    assert connection.answers == 1
    assert len(connection.application.bodies[0]) == 3 * MAX_HEAD_BYTES


@instant
async def test_small_parts_of_a_body_may_follow_a_large_one() -> None:
    large = b" " * 100_000
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (large, b"1", b"2"))

    connection = await sent(POST + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n")

    assert connection.answers == 1
    assert connection.application.bodies == [large + b"12"]


@instant
async def test_a_large_body_may_come_at_once() -> None:
    """It is only bounded while another request is answered."""
    body = b" " * 100_000
    connection = await sent(POST + b"Content-Length: %d\r\n\r\n" % len(body) + body)

    assert connection.answers == 1
    assert connection.application.bodies == [body]


# What is no request


@pytest.mark.parametrize(
    "line", [b"\x16\x03\x01\x02\x00", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x00" * 20]
)
def test_what_is_no_http_is_refused_in_the_shape_of_all_problems(line: bytes) -> None:
    @instant
    async def test() -> None:
        connection = await sent(line)

        assert connection.refusal == (400, "bad_http")
        assert connection.application.measures.problems == [Code.BAD_HTTP]

    test()


@instant
async def test_a_refused_connection_is_not_heard_any_more() -> None:
    connection = await sent(NONSENSE, GET + b"\r\n")

    assert connection.refusal == (400, "bad_http")
    assert connection.application.scopes == []


@instant
async def test_a_request_whose_body_is_nonsense_is_refused() -> None:
    connection = await sent(POST + CHUNKED, b"zz\r\n")

    assert connection.refusal == (400, "bad_http")
    assert connection.application.disconnected == ["/fit"]


@instant
async def test_a_client_that_waits_for_100_continue_and_sends_nonsense_is_refused_once() -> None:
    connection = await sent(POST + b"Expect: 100-continue\r\n" + CHUNKED + b"zz\r\n")

    assert connection.refusal == (400, "bad_http")
    assert b"100 Continue" not in connection.answer


@instant
async def test_a_client_that_waits_for_100_continue_gets_it() -> None:
    connection = await sent(POST + b"Expect: 100-continue\r\n" + CHUNKED)

    assert connection.answer == b"HTTP/1.1 100 Continue\r\n\r\n"


@pytest.mark.parametrize("rest", [b"zz\r\n", b"1\r\n1\r\n0\r\n" + b"a:\r\n" * 20_000])
def test_what_follows_an_early_answer_is_not_answered_again(rest: bytes) -> None:
    @instant
    async def test() -> None:
        early = b"POST /early HTTP/1.1\r\nHost: coaster\r\n" + CHUNKED
        connection = await sent(early, rest, rest)

        assert connection.answers == 1
        assert connection.answer.count(b"HTTP/1.1 ") == 1
        assert connection.transport.closed

    test()


@instant
async def test_nonsense_in_the_body_of_a_stream_ends_it() -> None:
    stream = b"POST /stream HTTP/1.1\r\nHost: coaster\r\n" + CHUNKED
    connection = await sent(stream, b"zz\r\n")

    assert connection.answer.count(b"HTTP/1.1 ") == 1
    assert connection.answer.endswith(b"5\r\nfirst\r\n")
    assert connection.transport.closed
    assert connection.application.disconnected == ["/stream"]


# Requests that come before the answer to the one before


@instant
async def test_of_many_requests_at_once_the_first_are_answered_and_the_connection_ends() -> None:
    connection = await sent((GET + b"\r\n") * 400)

    assert connection.answers == connection.answer.count(ALIVE) == MOST_WAITING + 1
    assert connection.answer.count(b"connection: close\r\n") == 1
    assert connection.transport.closed
    assert connection.application.measures.problems == []


@instant
async def test_as_many_requests_as_may_wait_are_answered_and_the_connection_kept() -> None:
    connection = await sent((GET + b"\r\n") * (MOST_WAITING + 1))

    assert connection.answers == MOST_WAITING + 1
    assert not connection.transport.closed
    assert MOST_WAITING == 16


@instant
async def test_the_heads_of_requests_that_wait_are_bounded_one_by_one() -> None:
    head = GET + b"X: " + b"a" * (MAX_HEAD_BYTES // 4) + b"\r\n\r\n"
    connection = await busy(WHOLE, *[head] * 8)

    await permit(connection)

    assert connection.answers == 9
    assert not connection.transport.closed


@instant
async def test_many_requests_that_offer_an_upgrade_are_not_more() -> None:
    upgrade = GET + b"Connection: upgrade\r\nUpgrade: x\r\n\r\n"
    connection = await sent(upgrade * 400)

    assert connection.answers == MOST_WAITING + 1
    assert connection.answer.count(b"connection: close\r\n") == 1


@pytest.mark.parametrize("request_", [WHOLE, STREAM])
@pytest.mark.parametrize(
    "rest",
    [
        NONSENSE,
        GET + b"X: " + b"a" * 40_000 + b"\r\n\r\n",
        POST + CHUNKED + b"zz\r\n",
        POST + b"Content-Length: 100000\r\n\r\n" + b" " * 100_000,
        b"GET /" + b"a" * (MAX_TARGET_BYTES + 1) + b" HTTP/1.1\r\nHost: coaster\r\n\r\n",
    ],
    ids=["no HTTP", "a large head", "no chunk", "a large body", "a long path"],
)
def test_a_pending_answer_is_all_that_is_said(request_: bytes, rest: bytes) -> None:
    @instant
    async def test() -> None:
        connection = await busy(request_, rest)
        assert not connection.transport.closed

        await permit(connection)

        assert connection.answers == connection.answer.count(b"HTTP/1.1 ") == 1
        assert connection.answer.endswith((ALIVE, b"4\r\nlast\r\n0\r\n\r\n"))
        assert connection.transport.closed
        assert connection.application.measures.problems == []

    test()


@instant
async def test_requests_before_one_that_is_nonsense_are_answered() -> None:
    for rest in (NONSENSE, POST + CHUNKED + b"zz\r\n"):
        connection = await busy(WHOLE, WHOLE, WHOLE, rest)

        await permit(connection)

        assert connection.answers == connection.answer.count(b"HTTP/1.1 ") == 3
        assert connection.transport.closed


@instant
async def test_nonsense_on_a_connection_that_is_closing_is_not_counted() -> None:
    connection = await sent()
    connection.leave()

    connection.send(NONSENSE)
    await settled()

    assert connection.answer == b""
    assert connection.application.measures.problems == []


@instant
async def test_a_large_body_that_waits_for_the_answer_before_it_ends_the_connection() -> None:
    """Up to 64 kB of it are kept."""
    kept = POST + b"Content-Length: 65536\r\n\r\n" + b" " * 65_536
    connection = await busy(WHOLE, kept)
    await permit(connection)

    assert connection.answers == 2
    assert not connection.transport.closed


@instant
async def test_a_request_that_waits_has_its_own_time_for_its_body() -> None:
    connection = await busy(WHOLE, HALF)
    await asyncio.sleep(100)
    await permit(connection)
    assert connection.answers == 1

    await asyncio.sleep(1 + ALMOST)
    assert not connection.transport.ended
    await asyncio.sleep(1 - ALMOST)
    await settled()

    assert connection.answer.count(b"HTTP/1.1 408 ") == 1


@pytest.mark.parametrize("request_", [WHOLE, STREAM])
def test_a_client_that_asks_for_more_and_leaves_ends_the_request_at_work(request_: bytes) -> None:
    @instant
    async def test() -> None:
        connection = await busy(request_, GET + b"\r\n")
        assert connection.transport.reading

        connection.leave()
        await settled()

        path = connection.application.scopes[0]["path"]
        assert connection.application.disconnected == [path]
        assert len(connection.application.scopes) == 1

    test()


@instant
async def test_a_client_that_leaves_is_not_waited_for() -> None:
    connection = await sent(GET)
    connection.leave()
    await settled()

    await asyncio.sleep(100)

    assert connection.answer == b""


# Upgrades


UPGRADE = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"


@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize(
    ("framing", "body"),
    [
        (b"Content-Length: %d\r\n" % len(BODY), BODY),
        (b"Transfer-Encoding: chunked\r\n", b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)),
    ],
)
def test_an_offer_to_upgrade_is_declined_and_the_request_answered(
    framing: bytes,
    body: bytes,
    apart: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    @instant
    async def test() -> None:
        pieces = [POST + UPGRADE + framing + b"\r\n", body[:9], body[9:], GET + b"\r\n"]
        connection = await sent(*(pieces if apart else [b"".join(pieces)]))

        assert connection.answers == 2
        assert connection.application.bodies == [BODY, b""]
        assert not connection.transport.closed

    test()


@instant
async def test_an_offer_to_upgrade_without_a_body_is_declined_too() -> None:
    connection = await sent(GET + UPGRADE + b"\r\n" + GET + b"\r\n")

    assert connection.answers == 2


@instant
async def test_a_client_that_offers_to_upgrade_has_as_much_time_as_others() -> None:
    connection = await busy(GET + UPGRADE + b"\r\n")
    await asyncio.sleep(100)

    await permit(connection)

    assert connection.answers == 1
    assert not connection.transport.closed


@instant
async def test_half_a_body_after_an_offer_to_upgrade_ends_in_a_timeout() -> None:
    connection = await sent(POST + UPGRADE + b"Content-Length: 100\r\n\r\n" + BODY)

    await asyncio.sleep(2)
    await settled()

    assert connection.refusal == (408, "request_timeout")


# How many connections there may be


@instant
async def test_the_oldest_silent_connection_gives_way_to_one_beyond_the_limit() -> None:
    application = Application(connections=2)
    oldest, older, newest = (Connection(application) for _ in range(3))
    newest.send(GET + b"\r\n")
    older.send(GET + b"\r\n")
    await settled()

    assert (oldest.transport.closed, oldest.answer) == (True, b"")
    assert (older.answers, newest.answers) == (1, 1)


@instant
async def test_the_address_with_the_most_connections_gives_way() -> None:
    application = Application(connections=3)
    other = Connection(application, address="::1")
    many = [Connection(application) for _ in range(2)]

    Connection(application, address="192.0.2.7")

    assert not other.transport.closed
    assert [each.transport.closed for each in many] == [True, False]


@instant
@pytest.mark.parametrize("sent", [b"GET / HT", POST + b"Content-Length: 9\r\n\r\n", GET + b"\r\n"])
async def test_a_connection_without_a_complete_request_gives_way(sent: bytes) -> None:
    application = Application(connections=1)
    first = Connection(application)
    first.send(sent)
    await settled()

    second = Connection(application)
    second.send(GET + b"\r\n")
    await settled()

    assert first.transport.closed
    assert second.answers == 1


@instant
async def test_a_connection_that_is_being_answered_does_not_give_way() -> None:
    application = Application(connections=1)
    application.permit.clear()
    first = Connection(application)
    first.send(GET + b"\r\n")
    await settled()

    second = Connection(application)
    application.permit.set()
    await settled()

    assert second.refusal == (503, "too_many_connections")
    assert first.answers == 1
    assert application.measures.problems == [Code.TOO_MANY_CONNECTIONS]


@instant
async def test_a_connection_whose_answer_is_still_read_does_not_give_way() -> None:
    application = Application(connections=1)
    first = Connection(application)
    first.send(GET + b"\r\n")
    await settled()
    first.transport.unsent = 1

    assert Connection(application).refusal == (503, "too_many_connections")
    assert not first.transport.closed


@instant
async def test_connections_that_end_leave_room_for_others() -> None:
    application = Application(connections=1)
    first = Connection(application)
    first.leave()
    await settled()

    second = Connection(application)
    second.send(GET + b"\r\n")
    await settled()

    assert second.answers == 1


# Clients that send their end and still read


@instant
async def test_a_client_that_sends_its_end_gets_its_answer() -> None:
    connection = await busy(WHOLE)

    connection.send_end()
    await asyncio.sleep(HALF_CLOSED_SECONDS * ALMOST)
    await permit(connection)

    assert connection.answers == 1
    assert connection.answer.endswith(ALIVE)
    assert connection.transport.closed


@instant
async def test_a_client_that_sends_its_end_gets_interim_responses_until_its_answer() -> None:
    connection = await busy(WHOLE)

    connection.send_end()
    await asyncio.sleep(10)
    before = bytes(connection.transport.written)
    await permit(connection)

    assert before == INTERIM * 7
    assert connection.answer.startswith(before + b"HTTP/1.1 200")
    assert connection.answer.endswith(ALIVE)
    assert connection.transport.closed


@instant
async def test_pipelined_requests_are_answered_after_the_end_of_the_client() -> None:
    connection = await busy(WHOLE, WHOLE)

    connection.send_end()
    await permit(connection)

    assert connection.answers == 2
    assert connection.transport.closed


@instant
async def test_a_client_of_http_1_0_that_sent_its_end_and_has_no_answer_soon_has_left() -> None:
    connection = await busy(WHOLE.replace(b"HTTP/1.1", b"HTTP/1.0"))

    connection.send_end()
    await asyncio.sleep(HALF_CLOSED_SECONDS + 0.001)
    await settled()

    assert connection.transport.closed
    assert connection.application.disconnected == ["/fit"]


@instant
async def test_a_stream_that_begins_after_the_end_of_its_client_has_been_left() -> None:
    connection = await busy(WHOLE, STREAM)
    connection.send_end()
    connection.application.permit.set()
    connection.application.permit.clear()  # the first request is answered, the stream only begins
    await settled()
    assert not connection.transport.closed

    await asyncio.sleep(HALF_CLOSED_SECONDS + 0.001)

    assert connection.transport.closed


@pytest.mark.parametrize("sent_before", [b"", GET, HALF, STREAM, WHOLE + HALF])
def test_a_client_that_sends_its_end_elsewhere_has_left(sent_before: bytes) -> None:
    @instant
    async def test() -> None:
        connection = await busy(sent_before)

        connection.send_end()
        await settled()

        assert connection.transport.closed

    test()


# What the standards say


@pytest.mark.parametrize(
    ("request_", "status", "code"),
    [
        (b"GET /livez HTTP/1.1\r\n\r\n", 400, "bad_http"),
        (GET + b"Host: coaster\r\n\r\n", 400, "bad_http"),
        (b"GET /livez HTTP/2.0\r\nHost: coaster\r\n\r\n", 505, "http_version_not_supported"),
        (POST + b"Transfer-Encoding: cow, chunked\r\n\r\n", 501, "transfer_encoding_not_supported"),
        (POST + b"Transfer-Encoding: cow\r\n\r\n", 501, "transfer_encoding_not_supported"),
        (POST + b"Expect: 417-please\r\n\r\n", 417, "expectation_failed"),
        (b"GET * HTTP/1.1\r\nHost: coaster\r\n\r\n", 400, "bad_http"),
    ],
)
def test_a_head_against_the_standards_is_a_problem(request_: bytes, status: int, code: str) -> None:
    @instant
    async def test() -> None:
        connection = await sent(request_)

        assert connection.refusal == (status, code)
        assert connection.application.scopes == []

    test()


@pytest.mark.parametrize(
    "framing",
    [
        b"Transfer-Encoding: cow\r\n",
        b"Content-Length: cow\r\n",
        b"Content-Length: 1\r\nContent-Length: 2\r\n",
        b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
    ],
)
def test_an_upgrade_with_a_body_of_no_known_length_is_a_problem(framing: bytes) -> None:
    @instant
    async def test() -> None:
        upgrade = b"Connection: Upgrade\r\nUpgrade: h2c\r\n"

        connection = await sent(POST + upgrade + framing + b"\r\n")

        assert connection.refusal[0] in {400, 501}

    test()


@instant
async def test_the_host_of_an_absolute_target_replaces_that_of_the_header() -> None:
    connection = await sent(b"GET http://other:81/livez HTTP/1.1\r\nHost: coaster\r\n\r\n")

    (scope,) = connection.application.scopes
    assert scope["path"] == "/livez"
    assert scope["headers"] == [(b"host", b"other:81")]
