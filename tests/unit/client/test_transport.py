"""What both transports send, to a server that remembers it."""

import asyncio
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from coaster_client import calls
from coaster_client.calls import Lost, Response
from coaster_client.transport import AsyncTransport, Transport

Send = Callable[[str, str | None], Response | Lost]


class Remembering(ThreadingHTTPServer):
    """A server that answers 200 and remembers the path and the headers of each request."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.paths: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.host = f"127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: Remembering

    def do_POST(self) -> None:
        self.server.paths.append(self.path)
        self.server.headers.append({name.lower(): value for name, value in self.headers.items()})
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


def send(url: str, api_key: str | None = None) -> Response | Lost:
    transport = Transport(url, api_key)
    try:
        return transport.send(calls.cancel_job("1"))
    finally:
        transport.close()


def send_async(url: str, api_key: str | None = None) -> Response | Lost:
    async def run() -> Response | Lost:
        transport = AsyncTransport(url, api_key)
        try:
            return await transport.send(calls.cancel_job("1"))
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
