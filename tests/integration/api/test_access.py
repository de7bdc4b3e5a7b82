"""A service with keys, over real connections. tests/unit/api/test_access.py has the rest."""

from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from tests.support.keys import bearer, key_file
from tests.support.raw import answers, connected
from tests.support.server import PATIENCE_SECONDS, Server, serving, until

ORIGIN = "http://page"


@dataclass(frozen=True)
class Guarded:
    """A service with a key."""

    server: Server
    key: str


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    file, keys = key_file(tmp_path_factory.mktemp("keys"), ["ann"])
    with serving(
        *("--workers", "1"),
        COASTER_API_KEYS_FILE=str(file),
        COASTER_LOG_LEVEL="debug",
        COASTER_CORS_ORIGINS=f"{ORIGIN}, http://other",
    ) as server:
        yield Guarded(server, keys["ann"])


def test_a_key_opens_what_is_closed_without_it(guarded: Guarded) -> None:
    without = httpx.get(f"{guarded.server.url}/limits", timeout=PATIENCE_SECONDS)
    with_key = httpx.get(
        f"{guarded.server.url}/limits", headers=bearer(guarded.key), timeout=PATIENCE_SECONDS
    )

    assert (without.status_code, with_key.status_code) == (401, 200)


def test_the_contract_is_open_to_anyone(guarded: Guarded) -> None:
    assert (
        httpx.get(f"{guarded.server.url}/openapi.json", timeout=PATIENCE_SECONDS).status_code == 200
    )


@pytest.mark.parametrize(
    "path",
    [
        "/page/../jobs",
        "/page/%2e%2e/jobs",
        "/problems/../jobs",
        "/page//jobs",
        "/problems/%2e%2e/jobs",
    ],
)
def test_no_spelling_of_a_path_leads_around_the_key(guarded: Guarded, path: str) -> None:
    """Each path is sent as it stands: httpx would resolve its dots."""
    answer = answers(
        guarded.server, f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
    )

    assert answer.split()[1] == b"404"


def test_a_request_without_a_key_is_refused_before_its_body_comes(guarded: Guarded) -> None:
    with connected(guarded.server) as connection:
        connection.sendall(
            b"POST /fit HTTP/1.1\r\n"
            b"Host: x\r\n"
            b"Content-Type: application/json\r\n"
            b"Content-Length: 1000000\r\n"
            b"\r\n"
        )

        assert connection.recv(4096).startswith(b"HTTP/1.1 401 ")


def test_the_log_names_the_key_and_does_not_hold_it(guarded: Guarded) -> None:
    named = {"X-Request-ID": "of-ann"}
    httpx.get(
        f"{guarded.server.url}/limits",
        headers=bearer(guarded.key) | named,
        timeout=PATIENCE_SECONDS,
    )
    httpx.get(f"{guarded.server.url}/limits", headers=bearer("wrong-key"), timeout=PATIENCE_SECONDS)
    httpx.get(
        f"{guarded.server.url}/nothing",
        headers={"X-Request-ID": "the-last"},
        timeout=PATIENCE_SECONDS,
    )

    until(lambda: "the-last" in guarded.server.log())
    lines = guarded.server.events("request")
    assert [line["client"] for line in lines if line["request_id"] == "of-ann"] == ["ann"]
    log = guarded.server.log()
    assert not [key for key in (guarded.key, "wrong-key", "Bearer") if key in log]


def test_a_page_of_a_listed_origin_may_send_a_key(guarded: Guarded) -> None:
    asked = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }

    listed, other, stranger = (
        httpx.options(
            f"{guarded.server.url}/fit",
            headers=asked | {"Origin": origin},
            timeout=PATIENCE_SECONDS,
        )
        for origin in (ORIGIN, "http://other", "http://stranger")
    )

    assert listed.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert other.headers["Access-Control-Allow-Origin"] == "http://other"
    assert "authorization" in listed.headers["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Origin" not in stranger.headers
