"""The service behind nginx with TLS, as deploy/tls.conf sets it up."""

from collections.abc import Iterator

import httpx
import pytest

from tests.support.proxies import BUFFER_BYTES, first_steps
from tests.support.raw import rest
from tests.support.server import Server, until
from tests.support.streams import Json
from tests.system.deploy.nginx import TOO_LARGE, Proxy, with_tls

LECTURE: Json = {"synthetic": {}, "seed": 42, "lr": 1e-5}
UNUSED = "http://127.0.0.1:9"
"""An address at which no service answers."""


@pytest.fixture(scope="module")
def proxy(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    with with_tls(server.url, tmp_path_factory.mktemp("nginx")) as started:
        yield started


@pytest.fixture(scope="module")
def client(proxy: Proxy) -> Iterator[httpx.Client]:
    with proxy.client() as client:
        yield client


def logged_ids(server: Server) -> set[str]:
    """Return the ids of all requests that the service has logged."""
    return {line["request_id"] for line in server.events("request")}


def test_a_fit_is_answered_over_tls(client: httpx.Client) -> None:
    assert client.post("/fit", json=LECTURE).status_code == 200


def test_plain_http_is_redirected_with_its_method(proxy: Proxy) -> None:
    answer = httpx.post(f"{proxy.plain}/fit?x=1", json=LECTURE)

    assert (answer.status_code, answer.headers["Location"]) == (308, "https://localhost/fit?x=1")


def test_events_arrive_as_they_happen(client: httpx.Client) -> None:
    status, size = first_steps(client)

    assert status == "running"
    assert size < BUFFER_BYTES


def test_the_id_of_the_caller_is_in_both_logs(
    proxy: Proxy, server: Server, client: httpx.Client
) -> None:
    answer = client.get("/limits", headers={"X-Request-ID": "through-the-proxy"})

    assert answer.headers["X-Request-ID"] == "through-the-proxy"
    until(lambda: "through-the-proxy" in proxy.log())
    until(lambda: "through-the-proxy" in logged_ids(server))


def test_the_id_that_the_service_chooses_is_in_both_logs(
    proxy: Proxy, server: Server, client: httpx.Client
) -> None:
    chosen = client.get("/limits").headers["X-Request-ID"]

    until(lambda: chosen in proxy.log())
    until(lambda: chosen in logged_ids(server))


def test_a_body_is_rejected_by_its_head(proxy: Proxy) -> None:
    """The body never comes, so that a proxy that collects it first would wait."""
    with proxy.connected() as connection:
        connection.sendall(TOO_LARGE)
        answer = rest(connection)

    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b'"code":"body_too_large"' in answer


def test_a_service_that_does_not_answer_is_a_problem(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with (
        with_tls(UNUSED, tmp_path_factory.mktemp("nginx")) as proxy,
        proxy.client() as client,
    ):
        answer = client.post("/fit", json=LECTURE)

    assert (answer.status_code, answer.json()["code"]) == (503, "not_ready")
    assert answer.headers["Retry-After"] == "1"
    assert answer.headers["Content-Type"] == "application/problem+json"
