import asyncio
import time

import httpx
import pytest

from service.app import create_app
from service.settings import Settings
from tests.server import Server
from tests.streams import Json


def line(server: Server, request_id: str) -> Json:
    """What the log says of a request, once it does: a line comes after its answer."""
    deadline = time.monotonic() + 5
    while not (
        found := [line for line in server.events("request") if line["request_id"] == request_id]
    ):
        assert time.monotonic() < deadline, server.log()
        time.sleep(0.01)
    (told,) = found
    return told


def test_a_sane_request_id_is_returned_and_logged(client: httpx.Client, server: Server) -> None:
    answer = client.get("/limits", headers={"X-Request-ID": "trace-1.a:b_c"})

    assert answer.headers["X-Request-ID"] == "trace-1.a:b_c"
    told = line(server, "trace-1.a:b_c")
    assert told.keys() == {"time", "level", "event", "request_id", "method", "path", "status", "ms"}
    assert (told["level"], told["method"], told["path"], told["status"]) == (
        "DEBUG",
        "GET",
        "/limits",
        200,
    )


def test_the_line_of_a_request_that_made_a_job_names_it(
    client: httpx.Client, server: Server
) -> None:
    job = client.post(
        "/jobs", json={"synthetic": {}, "lr": 1e-5}, headers={"X-Request-ID": "of-a-job"}
    ).json()["id"]

    assert line(server, "of-a-job")["job_id"] == job


@pytest.mark.parametrize("given", ["", "x" * 65, "a b", "a\tb", "<script>"])
def test_any_other_is_replaced(client: httpx.Client, given: str) -> None:
    made = client.get("/livez", headers={"X-Request-ID": given}).headers["X-Request-ID"]

    assert made != given
    assert len(made) == 16


def test_a_problem_carries_the_id_of_its_request(client: httpx.Client) -> None:
    assert client.get("/nothing", headers={"X-Request-ID": "mine"}).json()["request_id"] == "mine"


def test_a_path_cannot_write_a_line_of_its_own(client: httpx.Client, server: Server) -> None:
    client.get("/nothing%0aINFO%20request", headers={"X-Request-ID": "newline"})

    assert line(server, "newline")["path"] == "/nothing%0aINFO%20request"


def test_points_are_not_logged(client: httpx.Client, server: Server) -> None:
    points = {"t": [1.2345678, 2], "y": [8.7654321, "x"]}
    client.post("/fit", json={"data": points, "lr": 1}, headers={"X-Request-ID": "points"})

    assert line(server, "points")["status"] == 422
    assert "2345678" not in server.log()
    assert "7654321" not in server.log()


async def _without_workers() -> httpx.Response:
    transport = httpx.ASGITransport(create_app(Settings(workers=1)))
    async with httpx.AsyncClient(transport=transport, base_url="http://coaster") as client:
        return await client.post("/fit", json={"synthetic": {}, "lr": 1e-5})


def test_an_error_of_our_own_is_a_problem_without_its_text() -> None:
    answer = asyncio.run(_without_workers())

    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "attribute" not in answer.text
    assert answer.headers["X-Request-ID"]
