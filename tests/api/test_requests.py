import asyncio
import time

import httpx
import pytest

from service.app import create_app
from service.settings import Settings
from tests.server import Server


def said(server: Server, what: str) -> str:
    """The log, once it has said it: a line comes after its answer."""
    deadline = time.monotonic() + 5
    while what not in server.log():
        assert time.monotonic() < deadline, server.log()
        time.sleep(0.01)
    return server.log()


def test_a_sane_request_id_is_returned_and_logged(client: httpx.Client, server: Server) -> None:
    answer = client.get("/limits", headers={"X-Request-ID": "trace-1.a:b_c"})

    assert answer.headers["X-Request-ID"] == "trace-1.a:b_c"
    assert "request_id=trace-1.a:b_c method=GET path=/limits status=200" in said(server, "trace-1.a:b_c")


@pytest.mark.parametrize("given", ["", "x" * 65, "a b", "a\tb", "<script>"])
def test_any_other_is_replaced(client: httpx.Client, given: str) -> None:
    made = client.get("/livez", headers={"X-Request-ID": given}).headers["X-Request-ID"]

    assert made != given
    assert len(made) == 16


def test_a_problem_carries_the_id_of_its_request(client: httpx.Client) -> None:
    assert client.get("/nothing", headers={"X-Request-ID": "mine"}).json()["request_id"] == "mine"


def test_a_path_cannot_write_a_line_of_its_own(client: httpx.Client, server: Server) -> None:
    client.get("/nothing%0aINFO%20request", headers={"X-Request-ID": "newline"})

    assert "path=/nothing%0aINFO%20request" in said(server, "request_id=newline")


def test_points_are_not_logged(client: httpx.Client, server: Server) -> None:
    points = {"t": [1.2345678, 2], "y": [8.7654321, "x"]}
    client.post("/fit", json={"data": points, "lr": 1}, headers={"X-Request-ID": "points"})

    log = said(server, "request_id=points")
    assert "2345678" not in log
    assert "7654321" not in log


async def _without_workers() -> httpx.Response:
    transport = httpx.ASGITransport(create_app(Settings(workers=1)))
    async with httpx.AsyncClient(transport=transport, base_url="http://coaster") as client:
        return await client.post("/fit", json={"synthetic": {}, "lr": 1e-5})


def test_an_error_of_our_own_is_a_problem_without_its_text() -> None:
    answer = asyncio.run(_without_workers())

    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "attribute" not in answer.text
    assert answer.headers["X-Request-ID"]
