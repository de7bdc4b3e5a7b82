"""The service behind nginx with TLS, as deploy/tls.conf sets it up."""

from collections.abc import Iterator

import httpx
import pytest

from service.settings import Settings
from tests.support.bodies import JSON
from tests.support.server import Server, until
from tests.support.streams import Json
from tests.system.deploy.nginx import Gateway, in_front_of

LECTURE: Json = {"synthetic": {}, "seed": 42, "lr": 1e-5}
FEW_EVENTS: Json = LECTURE | {"steps": 60_000, "solver": "loop", "record_every": 6000}
BUFFER_BYTES = 4096
"""The smallest buffer that nginx has."""
UNUSED = "http://127.0.0.1:9"
"""An address at which no service answers."""


@pytest.fixture(scope="module")
def gateway(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with in_front_of(server.url, tmp_path_factory.mktemp("nginx")) as started:
        yield started


@pytest.fixture(scope="module")
def client(gateway: Gateway) -> Iterator[httpx.Client]:
    with gateway.client() as client:
        yield client


def logged_ids(server: Server) -> set[str]:
    """Return the ids of all requests that the service has logged."""
    return {line["request_id"] for line in server.events("request")}


def test_a_fit_is_answered_over_tls(client: httpx.Client) -> None:
    assert client.post("/fit", json=LECTURE).status_code == 200


def test_plain_http_is_redirected_with_its_method(gateway: Gateway) -> None:
    answer = httpx.post(f"{gateway.plain}/fit?x=1", json=LECTURE)

    assert (answer.status_code, answer.headers["Location"]) == (308, "https://localhost/fit?x=1")


def test_events_arrive_as_they_happen(client: httpx.Client) -> None:
    """All events of this job together are small: a gateway that buffers would keep them back."""
    job_id = client.post("/jobs", json=FEW_EVENTS).json()["id"]
    received = b""

    with client.stream("GET", f"/jobs/{job_id}/events") as answer:
        parts = answer.iter_raw()
        while b"event: steps" not in received:
            received += next(parts)
        meanwhile = client.get(f"/jobs/{job_id}").json()["status"]
    client.post(f"/jobs/{job_id}/cancel")

    assert meanwhile == "running"
    assert len(received) < BUFFER_BYTES


def test_the_id_of_the_caller_is_in_both_logs(
    gateway: Gateway, server: Server, client: httpx.Client
) -> None:
    answer = client.get("/limits", headers={"X-Request-ID": "through-the-gateway"})

    assert answer.headers["X-Request-ID"] == "through-the-gateway"
    until(lambda: "through-the-gateway" in gateway.log())
    until(lambda: "through-the-gateway" in logged_ids(server))


def test_the_id_that_the_service_chooses_is_in_both_logs(
    gateway: Gateway, server: Server, client: httpx.Client
) -> None:
    chosen = client.get("/limits").headers["X-Request-ID"]

    until(lambda: chosen in gateway.log())
    until(lambda: chosen in logged_ids(server))


def test_the_service_itself_rejects_a_large_body(client: httpx.Client) -> None:
    body = b" " * (Settings().max_body_bytes + 1)

    answer = client.post("/fit", content=body, headers=JSON)

    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


def test_a_service_that_does_not_answer_is_a_problem(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with (
        in_front_of(UNUSED, tmp_path_factory.mktemp("nginx")) as gateway,
        gateway.client() as client,
    ):
        answer = client.post("/fit", json=LECTURE)

    assert (answer.status_code, answer.json()["code"]) == (503, "not_ready")
    assert answer.headers["Retry-After"] == "1"
    assert answer.headers["Content-Type"] == "application/problem+json"
