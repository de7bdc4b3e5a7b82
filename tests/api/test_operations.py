import asyncio

import httpx
import pytest

from service.api.problems import KINDS, Code
from tests.server import serving, serving_here


def test_livez_answers(client: httpx.Client) -> None:
    assert client.get("/livez").json() == {"status": "alive"}


def test_others_are_answered_while_the_contract_is_made() -> None:
    async def answered() -> tuple[bool, int]:
        async with serving_here() as (_, url), httpx.AsyncClient(base_url=url) as client:
            contract = asyncio.create_task(client.get("/openapi.json"))
            for _ in range(3):
                await client.get("/livez")
            return contract.done(), (await contract).status_code

    assert asyncio.run(answered()) == (False, 200)


def test_readyz_counts_the_warm_workers(client: httpx.Client) -> None:
    assert client.get("/readyz").json() == {"status": "ready", "workers": 2}


def test_limits_are_those_in_force(client: httpx.Client) -> None:
    limits = client.get("/limits").json()

    assert (limits["points"], limits["steps"], limits["body_bytes"], limits["waiting_fits"]) == (
        50_000,
        10_000_000,
        4_194_304,
        8,
    )


@pytest.mark.parametrize("code", list(Code))
def test_every_code_has_its_page(client: httpx.Client, code: Code) -> None:
    page = client.get(f"/problems/{code}")

    assert page.status_code == 200
    assert KINDS[code].title in page.text


@pytest.mark.parametrize("path", ["/nothing", "/problems/nothing", "/fit/"])
def test_an_unknown_path_is_a_problem(client: httpx.Client, path: str) -> None:
    answer = client.get(path)

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_an_unknown_method_is_a_problem_that_names_the_known_ones(client: httpx.Client) -> None:
    answer = client.get("/fit")

    assert (answer.status_code, answer.json()["code"], answer.headers["Allow"]) == (
        405,
        "method_not_allowed",
        "POST",
    )


def test_origins_are_closed_by_default(client: httpx.Client) -> None:
    assert (
        "Access-Control-Allow-Origin"
        not in client.get("/livez", headers={"Origin": "http://page"}).headers
    )


def test_a_listed_origin_may_call_and_another_may_not() -> None:
    preflight = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    with serving(
        "--workers", "1", ready=False, COASTER_CORS_ORIGINS="http://page, http://other"
    ) as server:
        listed = httpx.options(server.url + "/fit", headers={"Origin": "http://page", **preflight})
        stranger = httpx.options(
            server.url + "/fit", headers={"Origin": "http://stranger", **preflight}
        )

    assert listed.headers["Access-Control-Allow-Origin"] == "http://page"
    assert "Access-Control-Allow-Origin" not in stranger.headers
