"""The log of a real service. tests/unit/api/test_requests.py has the rest."""

import httpx

from tests.support.server import Server, until
from tests.support.streams import Json


def line(server: Server, request_id: str) -> Json:
    """What the log says of a request. A line may come after its answer."""

    def lines() -> list[Json]:
        return [line for line in server.events("request") if line["request_id"] == request_id]

    until(lambda: bool(lines()))
    (found,) = lines()
    return found


def test_each_request_is_a_line_of_json(client: httpx.Client, server: Server) -> None:
    client.get("/nothing%0aINFO%20request", headers={"X-Request-ID": "trace-1.a:b_c"})

    logged = line(server, "trace-1.a:b_c")
    written = {name: value for name, value in logged.items() if name not in {"time", "ms"}}
    assert written == {
        "level": "INFO",
        "event": "request",
        "request_id": "trace-1.a:b_c",
        "code": "not_found",
        "method": "GET",
        "path": "/nothing%0aINFO%20request",
        "status": 404,
    }
    assert logged.keys() - written.keys() == {"time", "ms"}


def test_points_are_not_logged(client: httpx.Client, server: Server) -> None:
    points = {"t": [1.2345678, 2], "y": [8.7654321, "x"]}
    client.post("/fit", json={"data": points, "lr": 1}, headers={"X-Request-ID": "points"})

    assert line(server, "points")["status"] == 422
    log = server.log()
    assert not [digits for digits in ("2345678", "7654321") if digits in log]


def test_a_scrape_leaves_no_line_in_the_log(client: httpx.Client, server: Server) -> None:
    client.get("/metrics")
    client.get("/nothing", headers={"X-Request-ID": "after-the-scrape"})

    line(server, "after-the-scrape")
    assert "/metrics" not in {each["path"] for each in server.events("request")}
