"""Which hosts and origins the service answers for."""

import pytest

from service.api.origins import Hosts
from service.api.problems import ProblemError
from service.api.state import state_of
from tests.support.applications import application, client_in_process
from tests.support.exchange import Exchange
from tests.support.time import instant

PREFLIGHT = {
    "Origin": "https://stranger.example",
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization",
}


def allowed(host: str, *names: str) -> bool:
    try:
        Hosts(names).check(host)
    except ProblemError:
        return False
    return True


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LocalHost:8000",
        "localhost.",
        "page.localhost:8000",
        "127.0.0.1",
        "10.0.0.7:8000",
        "[::1]",
        "[2001:db8::1]:8000",
        "replica:8000",
        "",
    ],
)
def test_local_names_and_addresses_are_always_allowed(host: str) -> None:
    assert allowed(host)
    assert allowed(host, "coaster.example.com")


@pytest.mark.parametrize(
    "host",
    [
        "attacker.example",
        "attacker.example:8000",
        "attacker.example.",
        "localhost.attacker.example",
        "127.0.0.1.attacker.example",
        "127.0.0.1.nip.io",
        "notlocalhost.example",
    ],
)
def test_other_names_are_not_allowed_by_default(host: str) -> None:
    assert not allowed(host)
    assert not allowed(host, "coaster.example.com")


@pytest.mark.parametrize("name", ["coaster.example.com", "Coaster.Example.COM"])
def test_a_name_that_is_listed_is_allowed(name: str) -> None:
    assert allowed("coaster.example.com:443", name)
    assert not allowed("www.coaster.example.com", name)


def test_a_star_allows_every_host() -> None:
    assert allowed("attacker.example", "*")


@pytest.mark.parametrize("path", ["/", "/livez", "/jobs", "/docs"])
def test_a_request_for_another_host_is_a_problem(path: str) -> None:
    with client_in_process() as client:
        answer = client.get(path, headers={"Host": "attacker.example"})

    assert (answer.status_code, answer.json()["code"]) == (421, "host_not_allowed")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-request-id"] == answer.json()["request_id"]


def test_the_operator_allows_hosts() -> None:
    with client_in_process(allowed_hosts="coaster.example.com, other.example") as client:
        hosts = ["coaster.example.com", "other.example", "attacker.example"]
        answers = [client.get("/livez", headers={"Host": host}) for host in hosts]

    assert [answer.status_code for answer in answers] == [200, 200, 421]


def test_a_rejected_preflight_is_a_problem() -> None:
    with client_in_process(cors_origins="https://page.example") as client:
        answer = client.options("/fit", headers=PREFLIGHT)

    assert (answer.status_code, answer.json()["code"]) == (400, "preflight_rejected")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-request-id"] == answer.json()["request_id"]
    assert "access-control-allow-origin" not in answer.headers


@instant
async def test_a_rejected_preflight_is_counted() -> None:
    async with application(cors_origins="https://page.example") as (app, _):
        await Exchange(app, "OPTIONS", "/fit", headers=PREFLIGHT).begin().ended()
        registry = state_of(app).measures.registry

        counted = registry.get_sample_value(
            "coaster_problems_total", {"code": "preflight_rejected"}
        )

    assert counted == 1


def test_a_preflight_of_an_allowed_origin_is_answered() -> None:
    with client_in_process(cors_origins="https://stranger.example") as client:
        answer = client.options("/fit", headers=PREFLIGHT)

    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "https://stranger.example"
