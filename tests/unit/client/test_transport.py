"""What both transports send, to a server that remembers it."""

import asyncio
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from threading import Thread
from typing import Any

import pytest

from coaster_client import calls
from coaster_client.calls import Call, Lost, Response
from coaster_client.transport import AsyncTransport, Transport

Send = Callable[..., Response | Lost]


class Remembering(ThreadingHTTPServer):
    """A server that answers 200 and remembers the path, the headers and the body of each request.
    If it `cuts`, it ends connections in the middle of a body. If it `refuses`, it answers 413
    before it has read a body.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.paths: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.bodies: list[bytes] = []
        self.cuts = self.refuses = False
        self.host = f"127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: Remembering

    def do_POST(self) -> None:
        self.server.paths.append(self.path)
        self.server.headers.append({name.lower(): value for name, value in self.headers.items()})
        size = int(self.headers["content-length"])
        if self.server.cuts:
            self.rfile.read(size // 2)
            return
        if self.server.refuses:
            self.send_response(413)
            self.end_headers()
            return
        self.server.bodies.append(self.rfile.read(size))
        self.send_response(200)
        self.send_header("Retry-After", "7")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def server() -> Iterator[Remembering]:
    with Remembering() as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


CANCEL = calls.cancel_job("1")


def send(url: str, api_key: str | None = None, call: Call[Any] = CANCEL) -> Response | Lost:
    transport = Transport(url, api_key)
    try:
        return transport.send(call)
    finally:
        transport.close()


def send_async(url: str, api_key: str | None = None, call: Call[Any] = CANCEL) -> Response | Lost:
    async def run() -> Response | Lost:
        transport = AsyncTransport(url, api_key)
        try:
            return await transport.send(call)
        finally:
            await transport.close()

    return asyncio.run(run())


both = pytest.mark.parametrize("send", [send, send_async])


@both
def test_an_answer_has_its_status_and_its_headers_in_lower_case(
    send: Send, server: Remembering
) -> None:
    outcome = send(f"http://{server.host}", None)

    assert isinstance(outcome, Response)
    assert (outcome.status, outcome.headers["retry-after"]) == (200, "7")


@both
def test_a_service_that_does_not_run_is_lost(send: Send) -> None:
    assert isinstance(send("http://127.0.0.1:1", None), Lost)


@both
def test_a_lost_connection_says_to_which_address_but_not_the_password(send: Send) -> None:
    outcome = send("http://ann:secret@127.0.0.1:1")

    assert isinstance(outcome, Lost)
    assert outcome.reason.startswith("The connection to http://127.0.0.1:1 failed: ")


@both
def test_a_file_is_sent_with_its_size(send: Send, server: Remembering) -> None:
    content = bytes(range(256)) * 4096

    send(f"http://{server.host}", None, calls.analysis({"data": BytesIO(content)}))

    assert server.bodies == [content]
    assert server.headers[0]["content-length"] == "1048576"
    assert "transfer-encoding" not in server.headers[0]


@both
def test_a_file_is_sent_from_its_beginning_after_a_lost_connection(
    send: Send, server: Remembering
) -> None:
    content = bytes(range(256)) * 40_960
    call = calls.analysis({"data": BytesIO(content)})
    server.cuts = True
    lost = send(f"http://{server.host}", None, call)
    server.cuts = False

    answered = send(f"http://{server.host}", None, call)

    assert [type(lost), type(answered)] == [Lost, Response]
    assert server.bodies == [content]


@both
def test_an_answer_that_comes_before_the_whole_file_was_sent_is_read(
    send: Send, server: Remembering
) -> None:
    server.refuses = True

    outcome = send(f"http://{server.host}", None, calls.analysis({"data": BytesIO(bytes(10**8))}))

    assert isinstance(outcome, Response)
    assert outcome.status == 413


@both
def test_a_key_is_sent(send: Send, server: Remembering) -> None:
    send(f"http://{server.host}", "secret")

    assert server.headers[0]["authorization"] == "Bearer secret"


def test_a_service_may_be_below_a_path(server: Remembering) -> None:
    send(f"http://{server.host}/coaster/")

    assert server.paths == ["/coaster/jobs/1/cancel"]
    assert server.headers[0]["host"] == server.host


def test_a_request_without_a_body_says_so(server: Remembering) -> None:
    send(f"http://{server.host}")

    assert server.headers[0]["content-length"] == "0"


def test_the_user_name_in_a_url_is_that_of_a_gateway(server: Remembering) -> None:
    send(f"http://ann:p%40ss@{server.host}")

    assert server.headers[0]["authorization"] == "Basic YW5uOnBAc3M="
    assert server.headers[0]["host"] == server.host


def test_a_proxy_of_the_environment_is_used(
    server: Remembering, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", f"http://ann:secret@{server.host}")

    send("http://coaster.example:8000")

    assert server.paths == ["http://coaster.example:8000/jobs/1/cancel"]
    assert server.headers[0]["host"] == "coaster.example:8000"
    assert server.headers[0]["proxy-authorization"] == "Basic YW5uOnNlY3JldA=="


def test_a_proxy_is_not_used_for_hosts_without_one(
    server: Remembering, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")

    send(f"http://{server.host}")

    assert server.paths == ["/jobs/1/cancel"]


@pytest.mark.parametrize(
    "url", ["localhost:8000", "ftp://localhost", "http://", "http://[::1", "http://localhost:port"]
)
def test_a_url_that_is_not_that_of_http_is_named(url: str) -> None:
    with pytest.raises(ValueError, match="URL"):
        Transport(url, None)


def test_a_key_with_a_line_end_is_rejected_before_it_is_sent() -> None:
    with pytest.raises(ValueError, match="API key"):
        Transport("http://localhost", "secret\n")
