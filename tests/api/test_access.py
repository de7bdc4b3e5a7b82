import json
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from service.api.access import is_open
from service.api.limits import MAX_KEY
from tests.keys import bearer, key_file
from tests.server import Server, serving
from tests.streams import Json, sse

ROOT = Path(__file__).parents[2]
OPERATIONS = [
    (method.upper(), path)
    for path, item in json.loads((ROOT / "openapi" / "openapi.json").read_text())["paths"].items()
    for method in item
    if not path.startswith(("/livez", "/readyz", "/problems/"))
]
"""All that the contract has, but for what holds no data."""
LECTURE: Json = {"synthetic": {}, "seed": 42, "lr": 1e-5, "steps": 10}
ORIGIN = "http://page"


@dataclass(frozen=True)
class Guarded:
    """A service with two keys."""

    server: Server
    keys: dict[str, str]

    def client(self, name: str) -> httpx.Client:
        return httpx.Client(base_url=self.server.url, headers=bearer(self.keys[name]), timeout=20)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    file, keys = key_file(tmp_path_factory.mktemp("keys"), ["ann", "bob"])
    with serving(
        *("--workers", "1"),
        COASTER_API_KEYS_FILE=str(file),
        COASTER_LOG_LEVEL="debug",
        COASTER_CORS_ORIGINS=ORIGIN,
        COASTER_MAX_JOBS_PER_KEY="3",
    ) as server:
        yield Guarded(server, keys)


@pytest.fixture
def nobody(guarded: Guarded) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=guarded.server.url) as client:
        yield client


@pytest.fixture
def ann(guarded: Guarded) -> Iterator[httpx.Client]:
    with guarded.client("ann") as client:
        yield client


@pytest.fixture
def bob(guarded: Guarded) -> Iterator[httpx.Client]:
    with guarded.client("bob") as client:
        yield client


@pytest.fixture
def job(ann: httpx.Client) -> Iterator[str]:
    """A job of ann's, which has ended."""
    place = ann.post("/jobs", json=LECTURE).headers["location"]
    assert sse(ann.get(f"{place}/events").content)[-1].content["type"] == "done"
    yield place
    ann.delete(place)


def said(server: Server, what: str) -> str:
    """The log, once it has said it: a line comes after its answer."""
    deadline = time.monotonic() + 5
    while what not in server.log():
        assert time.monotonic() < deadline, server.log()
        time.sleep(0.01)
    return server.log()


@pytest.mark.parametrize(
    "path",
    ["/", "/page/app.js", "/livez", "/readyz", "/problems/unauthorized", "/docs", "/openapi.json"],
)
def test_what_holds_no_data_is_open_to_anyone(nobody: httpx.Client, path: str) -> None:
    assert nobody.get(path).status_code == 200


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_all_else_of_the_contract_wants_a_key(nobody: httpx.Client, method: str, path: str) -> None:
    answer = nobody.request(method, path.format(id="a" * 26), json=LECTURE)

    assert (answer.status_code, answer.json()["code"], answer.headers["WWW-Authenticate"]) == (
        401,
        "unauthorized",
        "Bearer",
    )
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["request_id"] == answer.headers["X-Request-ID"]


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/page",
        "/livez/",
        "/docs/oauth2-redirect",
        "/problems",
        "/Jobs",
        "/%2e/jobs",
        "/;/jobs",
    ],
)
def test_a_path_that_is_unknown_wants_a_key_too(nobody: httpx.Client, path: str) -> None:
    assert nobody.get(path).status_code == 401


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
def test_no_way_leads_around(guarded: Guarded, path: str) -> None:
    """As it stands: httpx would resolve its dots."""
    url = httpx.URL(guarded.server.url)
    with socket.create_connection((url.host, url.port or 80), timeout=5) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b""))

    assert answer.split()[1] in {b"401", b"404"}
    assert b'"data"' not in answer


@pytest.mark.parametrize(
    "given",
    [
        "",
        "Bearer",
        "Bearer none",
        "Basic YW5uOmFubg==",
        "{key}",
        "Bearer {key}x",
        "Bearer {half}",
        "Bearer\t{key}",
        "Token {key}",
    ],
)
def test_anything_but_a_known_key_is_refused(
    guarded: Guarded, nobody: httpx.Client, given: str
) -> None:
    key = guarded.keys["ann"]
    answer = nobody.get("/limits", headers={"Authorization": given.format(key=key, half=key[:-1])})

    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
    assert key not in answer.text


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "Bearer  "])
def test_a_known_key_is_let_in(guarded: Guarded, nobody: httpx.Client, scheme: str) -> None:
    assert (
        nobody.get(
            "/limits", headers={"Authorization": f"{scheme} {guarded.keys['ann']}"}
        ).status_code
        == 200
    )


def test_it_is_refused_before_its_body_is_read(guarded: Guarded) -> None:
    url = httpx.URL(guarded.server.url)
    with socket.create_connection((url.host, url.port or 80), timeout=5) as connection:
        connection.sendall(
            b"POST /fit HTTP/1.1\r\n"
            b"Host: x\r\n"
            b"Content-Type: application/json\r\n"
            b"Content-Length: 1000000\r\n"
            b"\r\n"
        )

        assert connection.recv(4096).startswith(b"HTTP/1.1 401 ")


def test_the_log_names_who_asked(guarded: Guarded, ann: httpx.Client) -> None:
    ann.get("/limits", headers={"X-Request-ID": "of-ann"})

    said(guarded.server, "of-ann")
    assert [
        line["client"]
        for line in guarded.server.events("request")
        if line["request_id"] == "of-ann"
    ] == ["ann"]


def test_the_log_holds_no_key(guarded: Guarded, nobody: httpx.Client, ann: httpx.Client) -> None:
    ann.get("/nothing")
    nobody.get(
        "/limits", headers={"Authorization": "Bearer wrong-key", "X-Request-ID": "with-a-wrong-key"}
    )

    log = said(guarded.server, "with-a-wrong-key")
    assert not [key for key in (*guarded.keys.values(), "Bearer") if key in log]
    assert "wrong-key" not in log.replace("with-a-wrong-key", "")


def test_a_page_of_another_origin_may_send_a_key(nobody: httpx.Client) -> None:
    asked = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }

    preflight = nobody.options("/fit", headers=asked)

    assert preflight.status_code == 200
    assert "authorization" in preflight.headers["Access-Control-Allow-Headers"]
    assert (
        nobody.post("/fit", headers={"Origin": ORIGIN}).headers["Access-Control-Allow-Origin"]
        == ORIGIN
    )


def test_every_way_to_ask_is_open_with_a_key(ann: httpx.Client) -> None:
    assert ann.post("/fit", json=LECTURE).status_code == 200
    assert (
        ann.post("/fit", json=LECTURE, headers={"Accept": "image/svg+xml"}).headers["Content-Type"]
        == "image/svg+xml"
    )
    assert sse(ann.post("/fit/stream", json=LECTURE).content)[-1].content["type"] == "done"


@pytest.mark.parametrize(
    ("method", "way"),
    [("GET", ""), ("GET", "/result"), ("GET", "/events"), ("POST", "/cancel"), ("DELETE", "")],
)
def test_a_job_of_another_is_not_there(
    ann: httpx.Client, bob: httpx.Client, job: str, method: str, way: str
) -> None:
    answer = bob.request(method, job + way)

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert answer.json() | {"request_id": ""} == bob.request(
        method, f"/jobs/{'a' * 26}{way}"
    ).json() | {"request_id": ""}
    assert ann.get(job).json()["status"] == "succeeded"


def test_a_running_job_of_another_goes_on(ann: httpx.Client, bob: httpx.Client) -> None:
    place = ann.post("/jobs", json=LECTURE | {"steps": 300_000, "solver": "loop"}).headers[
        "location"
    ]

    assert {bob.post(f"{place}/cancel").status_code, bob.delete(place).status_code} == {404}
    assert ann.get(place).json()["status"] in {"queued", "running"}
    assert ann.post(f"{place}/cancel").json()["status"] == "cancelled"
    ann.delete(place)


def test_a_list_has_the_jobs_of_the_key_alone(
    ann: httpx.Client, bob: httpx.Client, job: str
) -> None:
    assert [f"/jobs/{each['id']}" for each in ann.get("/jobs").json()["data"]] == [job]
    assert bob.get("/jobs").json() == {"data": [], "has_more": False}


def test_two_keys_may_use_the_same_idempotency_key(ann: httpx.Client, bob: httpx.Client) -> None:
    again = {"Idempotency-Key": uuid4().hex}

    first, second = (client.post("/jobs", json=LECTURE, headers=again) for client in (ann, bob))
    third = bob.post("/jobs", json=LECTURE, headers=again)

    assert first.json()["id"] != second.json()["id"] == third.json()["id"]
    assert [("Idempotency-Replayed" in answer.headers) for answer in (first, second, third)] == [
        False,
        False,
        True,
    ]
    ann.delete(first.headers["location"])
    bob.delete(second.headers["location"])


def test_the_longest_idempotency_key_is_kept(ann: httpx.Client) -> None:
    again = {"Idempotency-Key": "k" * MAX_KEY}

    first, second = (ann.post("/jobs", json=LECTURE, headers=again) for _ in range(2))

    assert first.json()["id"] == second.json()["id"]


def test_of_more_jobs_than_a_key_may_have_the_last_is_refused(
    ann: httpx.Client, bob: httpx.Client
) -> None:
    long = LECTURE | {"steps": 300_000, "solver": "loop"}
    places = [ann.post("/jobs", json=long).headers["location"] for _ in range(3)]

    refused, others = ann.post("/jobs", json=LECTURE), bob.post("/jobs", json=LECTURE)

    assert (refused.status_code, refused.json()["code"], refused.headers["Retry-After"]) == (
        429,
        "too_many_jobs",
        "1",
    )
    assert others.status_code == 202
    for place in places:
        ann.post(f"{place}/cancel")
    assert ann.post("/jobs", json=LECTURE).status_code == 202


def test_without_keys_none_is_wanted_and_none_is_looked_at(client: httpx.Client) -> None:
    assert client.get("/limits", headers=bearer("anything")).status_code == 200


def test_without_keys_the_log_names_nobody(client: httpx.Client, server: Server) -> None:
    client.get("/limits", headers={"X-Request-ID": "of-nobody"})

    said(server, "of-nobody")
    assert [
        line
        for line in server.events("request")
        if line["request_id"] == "of-nobody" and "client" in line
    ] == []


def test_the_contract_says_where_a_key_may_be_sent(client: httpx.Client) -> None:
    document = client.get("/openapi.json").json()

    assert document["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    for path, item in document["paths"].items():
        for operation in item.values():
            assert (operation.get("security") is None, "401" not in operation["responses"]) == (
                is_open(path),
                is_open(path),
            )
