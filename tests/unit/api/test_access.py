"""Who is let in: without keys everybody, with keys those who show one."""

import errno
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from service.api.keys import CHECK_SECONDS, KeysError, is_open, made
from service.api.limits import MAX_KEY
from service.app import create_app
from service.settings import Settings
from tests.support.applications import Client, client_in_process
from tests.support.exchange import Exchange
from tests.support.keys import bearer, key_file
from tests.support.paths import ROOT
from tests.support.streams import Json, sse
from tests.support.time import instant

OPERATIONS = [
    (method.upper(), path)
    for path, item in json.loads((ROOT / "openapi" / "openapi.json").read_text())["paths"].items()
    for method in item
    if not path.startswith(("/livez", "/readyz", "/problems/"))
]
"""All that the contract has, except what holds no data."""
LECTURE: Json = {"synthetic": {}, "seed": 42, "lr": 1e-5, "steps": 10}
ORIGIN = "http://page"


@dataclass(frozen=True)
class Guarded:
    """An application with two keys, and a client that shows none of them."""

    client: Client
    keys: dict[str, str]

    def as_key(self, name: str) -> httpx.Client:
        return self.client.as_key(self.keys[name])


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    file, keys = key_file(tmp_path_factory.mktemp("keys"), ["ann", "bob"])
    with client_in_process(api_keys_file=file, cors_origins=(ORIGIN,)) as client:
        yield Guarded(client, keys)


@pytest.fixture
def stranger(guarded: Guarded) -> httpx.Client:
    """A client without a key."""
    return guarded.client


@pytest.fixture
def ann(guarded: Guarded) -> httpx.Client:
    return guarded.as_key("ann")


@pytest.fixture
def bob(guarded: Guarded) -> httpx.Client:
    return guarded.as_key("bob")


@pytest.fixture
def job(ann: httpx.Client) -> Iterator[str]:
    """A job of ann's, which has ended."""
    place = ann.post("/jobs", json=LECTURE).headers["location"]
    assert sse(ann.get(f"{place}/events").content)[-1].content["type"] == "done"
    yield place
    ann.delete(place)


def logged(caplog: pytest.LogCaptureFixture) -> list[Json]:
    """The fields of each line about a request."""
    return [vars(record)["fields"] for record in caplog.records if record.getMessage() == "request"]


@pytest.mark.parametrize(
    "path",
    [
        *["/", "/page/app.js", "/livez", "/readyz", "/problems/unauthorized"],
        *["/docs", "/docs/swagger-ui.css", "/docs/swagger-ui-bundle.js"],
    ],
)
def test_what_holds_no_data_is_open_to_anyone(stranger: httpx.Client, path: str) -> None:
    assert stranger.get(path).status_code == 200


def test_the_contract_is_open_to_anyone() -> None:
    assert is_open("/openapi.json")


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_everything_else_of_the_contract_needs_a_key(
    stranger: httpx.Client, method: str, path: str
) -> None:
    answer = stranger.request(method, path.format(id="a" * 26), json=LECTURE)

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
def test_an_unknown_path_needs_a_key_too(stranger: httpx.Client, path: str) -> None:
    assert stranger.get(path).status_code == 401


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/page/../jobs", 404),
        ("/page/%2e%2e/jobs", 404),
        ("/problems/../jobs", 404),
        ("/page//jobs", 404),
        ("/problems/%2e%2e/jobs", 404),
        ("/page/../../jobs", 404),
        ("//jobs", 401),
        ("/jobs/", 401),
    ],
)
def test_no_spelling_of_a_path_leads_around_the_key(
    guarded: Guarded, path: str, status: int
) -> None:
    @instant
    async def test() -> None:
        answer = await Exchange(guarded.client.inside.app, "GET", path).begin().ended()
        assert (answer.status, answer.json()["status"]) == (status, status)

    test()


@pytest.mark.parametrize(
    ("given", "detail"),
    [
        ("", "Send `Authorization: Bearer` followed by a key."),
        ("Basic YW5uOmFubg==", "Send `Authorization: Bearer` followed by a key."),
        ("{key}", "Send `Authorization: Bearer` followed by a key."),
        ("Bearer\t{key}", "Send `Authorization: Bearer` followed by a key."),
        ("Token {key}", "Send `Authorization: Bearer` followed by a key."),
        ("Bearer", "The service does not know this key."),
        ("Bearer none", "The service does not know this key."),
        ("Bearer {key}x", "The service does not know this key."),
        ("Bearer {half}", "The service does not know this key."),
    ],
)
def test_anything_but_a_known_key_is_refused(
    guarded: Guarded, stranger: httpx.Client, given: str, detail: str
) -> None:
    key = guarded.keys["ann"]

    answer = stranger.get(
        "/limits", headers={"Authorization": given.format(key=key, half=key[:-1])}
    )

    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
    assert answer.json()["detail"] == detail
    assert key not in answer.text


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "Bearer  "])
def test_a_known_key_is_let_in(guarded: Guarded, stranger: httpx.Client, scheme: str) -> None:
    shown = {"Authorization": f"{scheme} {guarded.keys['ann']}"}

    assert stranger.get("/limits", headers=shown).status_code == 200


def test_a_request_without_a_key_is_refused_before_its_body_is_read(guarded: Guarded) -> None:
    @instant
    async def test() -> None:
        fit = Exchange(guarded.client.inside.app, "POST", "/fit", body=None)
        await fit.begin().ended()
        assert (fit.status, fit.received) == (401, 0)

    test()


def test_without_its_file_of_keys_there_is_no_application(tmp_path: Path) -> None:
    with pytest.raises(KeysError):
        create_app(Settings(api_keys_file=tmp_path / "none"))


def test_the_log_names_the_key(ann: httpx.Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "service")

    ann.get("/limits")

    (line,) = logged(caplog)
    assert line["client"] == "ann"


def test_the_log_holds_no_key(
    guarded: Guarded,
    stranger: httpx.Client,
    ann: httpx.Client,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, "service")

    ann.get("/nothing")
    stranger.get("/limits", headers=bearer("wrong-key"))

    whole = repr([vars(record) for record in caplog.records])
    assert len(logged(caplog)) == 2
    assert not [key for key in (*guarded.keys.values(), "wrong-key", "Bearer") if key in whole]


def test_a_page_of_another_origin_may_send_a_key(stranger: httpx.Client) -> None:
    asked = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }

    preflight = stranger.options("/fit", headers=asked)
    refused = stranger.post("/fit", headers={"Origin": ORIGIN})

    assert preflight.status_code == 200
    assert "authorization" in preflight.headers["Access-Control-Allow-Headers"]
    assert (refused.status_code, refused.headers["Access-Control-Allow-Origin"]) == (401, ORIGIN)


def test_with_a_key_every_way_to_ask_is_open(ann: httpx.Client) -> None:
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
def test_a_job_of_another_key_does_not_exist(
    ann: httpx.Client, bob: httpx.Client, job: str, method: str, way: str
) -> None:
    answer = bob.request(method, job + way)

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert answer.json() | {"request_id": ""} == bob.request(
        method, f"/jobs/{'a' * 26}{way}"
    ).json() | {"request_id": ""}
    assert ann.get(job).json()["status"] == "succeeded"


def test_a_running_job_of_another_key_goes_on(
    guarded: Guarded, ann: httpx.Client, bob: httpx.Client
) -> None:
    guarded.client.inside.job_pool.hold()
    place = ann.post("/jobs", json=LECTURE).headers["location"]

    assert {bob.post(f"{place}/cancel").status_code, bob.delete(place).status_code} == {404}
    assert ann.get(place).json()["status"] == "running"
    guarded.client.inside.job_pool.release()
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


@pytest.mark.parametrize(("length", "status"), [(1, 202), (MAX_KEY, 202), (MAX_KEY + 1, 422)])
def test_an_idempotency_key_has_1_to_255_characters(
    client: httpx.Client, length: int, status: int
) -> None:
    key = {"Idempotency-Key": uuid4().hex.ljust(length, "k")[:length]}

    first, second = (client.post("/jobs", json=LECTURE, headers=key) for _ in range(2))

    assert (first.status_code, second.status_code) == (status, status)
    assert first.json().get("id") == second.json().get("id")


def test_an_empty_idempotency_key_is_refused(client: httpx.Client) -> None:
    answer = client.post("/jobs", json=LECTURE, headers={"Idempotency-Key": ""})

    assert (answer.status_code, answer.json()["code"]) == (422, "out_of_range")


def test_a_key_has_a_limited_number_of_jobs_that_wait_or_run(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    file, keys = key_file(tmp_path_factory.mktemp("keys"), ["ann", "bob"])
    with client_in_process(api_keys_file=file, max_jobs_per_key=3) as client:
        ann, bob = (client.as_key(keys[name]) for name in ("ann", "bob"))
        client.inside.job_pool.hold()
        accepted = [ann.post("/jobs", json=LECTURE) for _ in range(3)]
        refused, of_bob = ann.post("/jobs", json=LECTURE), bob.post("/jobs", json=LECTURE)
        ann.post(f"{accepted[0].headers['location']}/cancel")
        again = ann.post("/jobs", json=LECTURE)

    assert [answer.status_code for answer in accepted] == [202, 202, 202]
    assert (refused.status_code, refused.json()["code"], refused.headers["Retry-After"]) == (
        429,
        "too_many_jobs",
        "1",
    )
    assert (of_bob.status_code, again.status_code) == (202, 202)


def test_without_keys_any_key_is_ignored(client: httpx.Client) -> None:
    assert client.get("/limits", headers=bearer("anything")).status_code == 200


def test_without_keys_the_log_names_no_client(
    client: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "service")

    client.get("/limits")

    (line,) = logged(caplog)
    assert "client" not in line


def test_the_contract_says_where_a_key_may_be_sent(contract: Json) -> None:
    assert contract["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    told = {
        (path, operation["security"] == [], "401" not in operation["responses"])
        for path, item in contract["paths"].items()
        for operation in item.values()
    }
    assert told == {(path, is_open(path), is_open(path)) for path in contract["paths"]}


@pytest.fixture
def edited(tmp_path: Path) -> Iterator[tuple[Client, Path]]:
    """An application of its own with a key, and the file of its keys, for a test to change."""
    file, _ = key_file(tmp_path, ["ann"])
    with client_in_process(api_keys_file=file) as client:
        yield client, file


def status_with(key: str, client: Client) -> int:
    """Return the status of a request with this key, after a second."""
    client.inside.wait(CHECK_SECONDS)
    return client.get("/limits", headers=bearer(key)).status_code


def test_a_key_that_is_added_to_the_file_is_known_a_second_later(
    edited: tuple[Client, Path],
) -> None:
    client, file = edited
    key, line = made("bob")
    before = status_with(key, client)
    file.write_text(f"{file.read_text()}{line}\n")

    assert (before, status_with(key, client)) == (401, 200)


def test_a_key_that_is_deleted_from_the_file_is_unknown_a_second_later(
    tmp_path: Path,
) -> None:
    file, keys = key_file(tmp_path, ["ann", "bob"])
    with client_in_process(api_keys_file=file) as client:
        before = status_with(keys["bob"], client)
        file.write_text(f"{file.read_text().rpartition('bob')[0]}\n")

        assert (before, status_with(keys["bob"], client)) == (200, 401)


def test_a_file_that_becomes_readable_is_read_a_second_later(
    edited: tuple[Client, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The owner and the mode of a file are often set after its content."""
    client, file = edited
    key, line = made("bob")
    with monkeypatch.context() as unreadable:
        unreadable.setattr(Path, "read_text", _denied)
        file.write_text(f"{line}\n")
        before = status_with(key, client)
    file.chmod(0o640)

    assert (before, status_with(key, client)) == (401, 200)


def _denied(*_: object, **__: object) -> str:
    raise PermissionError(errno.EACCES, "Permission denied")


def test_a_file_with_a_mistake_changes_no_key(tmp_path: Path) -> None:
    file, keys = key_file(tmp_path, ["ann"])
    with client_in_process(api_keys_file=file) as client:
        file.write_text("ann hunter2\n")

        assert status_with(keys["ann"], client) == 200


def test_a_file_that_is_removed_changes_no_key(tmp_path: Path) -> None:
    file, keys = key_file(tmp_path, ["ann"])
    with client_in_process(api_keys_file=file) as client:
        file.unlink()

        assert status_with(keys["ann"], client) == 200


def test_a_change_of_the_file_is_logged_once_with_the_number_of_keys(
    edited: tuple[Client, Path], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "service")
    client, file = edited
    file.write_text(f"{file.read_text()}{made('bob')[1]}\n")
    client.inside.wait(5 * CHECK_SECONDS)

    assert [
        (record.levelname, vars(record)["fields"])
        for record in caplog.records
        if record.getMessage() == "keys_reloaded"
    ] == [("INFO", {"keys": 2})]


def test_a_mistake_in_the_file_is_logged_once_with_its_line(
    edited: tuple[Client, Path], caplog: pytest.LogCaptureFixture
) -> None:
    client, file = edited
    file.write_text("ann hunter2\n")
    client.inside.wait(5 * CHECK_SECONDS)

    (record,) = (each for each in caplog.records if each.getMessage() == "keys_not_reloaded")
    reason = vars(record)["fields"]["reason"]
    assert record.levelname == "ERROR"
    assert reason.startswith("Line 1 of the file of the API keys is not a name and a hash")
    assert "hunter2" not in reason
