import asyncio

import httpx
import pytest

from service.api import fit as fit_route
from service.app import create_app
from service.settings import Settings
from tests.server import Server


def test_a_sane_request_id_is_returned_and_logged(client: httpx.Client, server: Server) -> None:
    answer = client.get("/limits", headers={"X-Request-ID": "trace-1.a:b_c"})

    assert answer.headers["X-Request-ID"] == "trace-1.a:b_c"
    assert "request_id=trace-1.a:b_c method=GET path=/limits status=200" in server.log()


@pytest.mark.parametrize("given", ["", "x" * 65, "a b", "a\tb", "<script>"])
def test_any_other_is_replaced(client: httpx.Client, given: str) -> None:
    made = client.get("/livez", headers={"X-Request-ID": given}).headers["X-Request-ID"]

    assert made != given
    assert len(made) == 16


def test_a_problem_carries_the_id_of_its_request(client: httpx.Client) -> None:
    assert client.get("/nothing", headers={"X-Request-ID": "mine"}).json()["request_id"] == "mine"


def test_points_are_not_logged(client: httpx.Client, server: Server) -> None:
    client.post("/fit", json={"data": {"t": [1.2345678, 2], "y": [8.7654321, "x"]}, "lr": 1})

    assert "2345678" not in server.log()
    assert "7654321" not in server.log()


async def _of_a_broken_service() -> httpx.Response:
    app = create_app(Settings(workers=1))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://coaster") as client:
        return await client.post("/fit", json={"synthetic": {}, "lr": 1e-5})


def test_an_error_of_our_own_is_a_problem_without_its_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fit_route, "check_answer", lambda _: 1 / 0)

    answer = asyncio.run(_of_a_broken_service())

    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "division" not in answer.text
    assert answer.headers["X-Request-ID"]
