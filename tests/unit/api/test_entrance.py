"""What surrounds every request: its id, its line in the log, and an answer to every failure."""

import gc
import logging
from typing import Any

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.entrance import Entrance
from service.api.problems import ProblemError
from service.api.state import state_of
from tests.support.applications import application, client_in_process
from tests.support.bodies import JSON
from tests.support.exchange import Exchange
from tests.support.scraping import scraped, scraped_in_process
from tests.support.streams import Json
from tests.support.time import instant, settled

LECTURE: Json = {"synthetic": {}, "lr": 1e-5}
SECRET = "s3cr3t"


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """The log of the service with a line for every request."""
    caplog.set_level(logging.DEBUG, "service")
    return caplog


def line(log: pytest.LogCaptureFixture, request_id: str) -> tuple[str, Json]:
    """The level and the fields of the one line about a request."""
    lines = [
        (record.levelname, vars(record)["fields"])
        for record in log.records
        if record.getMessage() == "request"
    ]
    (found,) = [each for each in lines if each[1]["request_id"] == request_id]
    return found


def named(request_id: str) -> dict[str, str]:
    return {"X-Request-ID": request_id}


def test_a_sane_request_id_is_returned_and_logged(
    client: httpx.Client, log: pytest.LogCaptureFixture
) -> None:
    answer = client.get("/limits", headers=named("trace-1.a:b_c"))

    level, fields = line(log, "trace-1.a:b_c")
    assert answer.headers["X-Request-ID"] == "trace-1.a:b_c"
    assert fields.keys() == {"request_id", "method", "path", "status", "ms"}
    assert (level, fields["method"], fields["path"], fields["status"]) == (
        "DEBUG",
        "GET",
        "/limits",
        200,
    )


def test_the_time_of_a_request_is_logged_in_milliseconds_and_measured_in_seconds(
    monkeypatch: pytest.MonkeyPatch, log: pytest.LogCaptureFixture
) -> None:
    with client_in_process() as client:
        clock = iter([100.0, 100.01234, 200.0, 200.0])
        monkeypatch.setattr("service.api.entrance.perf_counter", lambda: next(clock))
        client.get("/limits", headers=named("timed"))
        metrics = scraped(client)

    request = {"route": "/limits", "method": "GET", "status": "200"}
    seconds = metrics("coaster_request_duration_seconds_sum", **request)
    assert line(log, "timed")[1]["ms"] == 12.3
    assert seconds == pytest.approx(0.01234)


def test_the_longest_request_id_is_returned(client: httpx.Client) -> None:
    assert client.get("/livez", headers=named("x" * 64)).headers["X-Request-ID"] == "x" * 64


@pytest.mark.parametrize("given", ["", "x" * 65, "a b", "a\tb", "<script>"])
def test_any_other_request_id_is_replaced(client: httpx.Client, given: str) -> None:
    made = client.get("/livez", headers=named(given)).headers["X-Request-ID"]

    assert made != given
    assert len(bytes.fromhex(made)) == 8


def test_each_request_without_an_id_is_given_one_of_its_own(client: httpx.Client) -> None:
    first, second = (client.get("/livez").headers["X-Request-ID"] for _ in range(2))

    assert first != second


def test_a_request_that_is_refused_is_logged_without_the_debug_level(
    client: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "service")
    client.get("/limits", headers=named("answered"))
    client.post("/fit", content=b"{", headers=JSON | named("refused"))

    level, fields = line(caplog, "refused")
    assert (level, fields["status"]) == ("INFO", 400)
    assert "answered" not in repr([vars(record) for record in caplog.records])


def test_the_line_of_a_rejected_request_has_its_code(
    client: httpx.Client, log: pytest.LogCaptureFixture
) -> None:
    client.get("/nothing", headers=named("lost"))

    assert line(log, "lost")[1]["code"] == "not_found"


def test_the_line_of_a_rejected_body_points_to_the_first_broken_rule(
    client: httpx.Client, log: pytest.LogCaptureFixture
) -> None:
    body = {"synthetic": {}, "steps": -1, "optimizer": {"kind": "sgd", "momentum": 2}}
    broken, *_ = client.post("/fit", json=body, headers=named("wrong")).json()["errors"]

    assert line(log, "wrong")[1]["pointer"] == broken["pointer"]


def test_probes_leave_no_line_in_the_log(
    client: httpx.Client, log: pytest.LogCaptureFixture
) -> None:
    for path in ("/livez", "/readyz", "/metrics"):
        client.get(path)

    assert "request" not in [record.getMessage() for record in log.records]


def test_the_line_of_a_request_that_made_a_job_names_it(
    client: httpx.Client, log: pytest.LogCaptureFixture
) -> None:
    job = client.post("/jobs", json=LECTURE, headers=named("of-a-job")).json()["id"]

    assert line(log, "of-a-job")[1]["job_id"] == job


def test_a_problem_carries_the_id_of_its_request(client: httpx.Client) -> None:
    assert client.get("/nothing", headers=named("mine")).json()["request_id"] == "mine"


def test_a_path_cannot_write_a_line_of_its_own(
    client: httpx.Client, log: pytest.LogCaptureFixture
) -> None:
    client.get("/nothing%0aINFO%20request", headers=named("newline"))

    assert line(log, "newline")[1]["path"] == "/nothing%0aINFO%20request"


def test_a_query_is_not_logged(client: httpx.Client, log: pytest.LogCaptureFixture) -> None:
    client.get(f"/limits?key={SECRET}", headers=named("query"))

    assert line(log, "query")[1]["path"] == "/limits"


def test_points_are_not_logged(client: httpx.Client, log: pytest.LogCaptureFixture) -> None:
    points = {"t": [1.2345678, 2], "y": [8.7654321, "x"]}
    client.post("/fit", json={"data": points, "lr": 1}, headers=named("points"))

    assert line(log, "points")[1]["status"] == 422
    logged = repr([vars(record) for record in log.records])
    assert not [number for number in ("2345678", "7654321") if number in logged]


def broken(request_id: str, log: pytest.LogCaptureFixture) -> tuple[httpx.Response, Any]:
    """The answer to a fit that fails by a mistake of the service, and the record of its
    traceback.
    """
    with client_in_process() as client:
        client.inside.pool.failure = ValueError(SECRET)
        answer = client.post("/fit", json=LECTURE, headers=named(request_id))
    (record,) = [each for each in log.records if each.getMessage() == "request_failed"]
    return answer, record


def test_a_mistake_of_the_service_is_a_problem_without_its_text(
    log: pytest.LogCaptureFixture,
) -> None:
    answer, record = broken("unlucky", log)

    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (500, "internal_error")
    assert problem["request_id"] == answer.headers["X-Request-ID"] == "unlucky"
    assert SECRET not in answer.text
    assert vars(record)["fields"] == {"request_id": "unlucky"}
    assert record.exc_info[0] is ValueError


@instant
async def test_a_request_that_is_cancelled_is_told_that_the_service_ends() -> None:
    async with application() as (app, pool):
        pool.hold()
        fit = Exchange(app, "POST", "/fit", body=LECTURE).begin()
        await settled()
        fit.cancel()
        await fit.ended()

        assert (fit.status, fit.json()["code"]) == (503, "shutting_down")
        assert pool.load.waiting == 0


@instant
async def test_a_client_that_leaves_within_its_body_is_counted_as_gone() -> None:
    async with application() as (app, _):
        fit = Exchange(app, "POST", "/fit", body=None, headers=JSON)
        fit.give(b'{"synthetic"', more=True)
        fit.leave()
        await fit.begin().ended()

        metrics = await scraped_in_process(app)
        request = {"route": "/fit", "method": "POST", "status": "499"}
        assert metrics("coaster_request_duration_seconds_count", **request) == 1


@pytest.mark.parametrize(
    ("path", "route", "status"), [("/limits", "/limits", "200"), ("/nowhere", "other", "404")]
)
@instant
async def test_a_client_whose_server_cannot_send_to_it_is_counted_as_gone(
    path: str, route: str, status: str
) -> None:
    async def lost(_: Message) -> None:
        raise BrokenPipeError

    async with application() as (app, _):
        exchange = Exchange(app, "GET", path)
        await app(exchange.scope, nothing, lost)

        metrics = await scraped_in_process(app)
        request = {"route": route, "method": "GET", "status": status}
        assert metrics("coaster_request_duration_seconds_count", **request) == 1
        assert metrics("coaster_problems_total", code="internal_error") == 0


@instant
async def test_a_failure_after_the_head_of_an_answer_adds_nothing_to_it() -> None:
    async def fails(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ValueError

    async with application() as (app, _):
        exchange = Exchange(Entrance(fails, state_of(app).measures), "GET", "/limits")
        await exchange.begin().ended()

        assert [message["type"] for message in exchange.sent] == ["http.response.start"]


async def nothing() -> Message:
    return {}


@instant
async def test_what_is_no_request_is_passed_on_as_it_is() -> None:
    passed_on: list[Scope] = []

    async def remember(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
        passed_on.append(scope)

    async def ignore(_: Message) -> None:
        pass

    async with application() as (app, _):
        entrance = Entrance(remember, state_of(app).measures)
        await entrance({"type": "websocket"}, nothing, ignore)

    assert passed_on == [{"type": "websocket"}]


@instant
async def test_only_a_post_to_a_direct_route_skips_the_router() -> None:
    def reached(name: str) -> ASGIApp:
        return PlainTextResponse(name)

    asked = [("POST", "/fit"), ("GET", "/fit"), ("POST", "/fit/"), ("POST", "/jobs")]
    async with application() as (app, _):
        direct = {"/fit": reached("route")}
        entrance = Entrance(reached("router"), state_of(app).measures, direct=direct)
        exchanges = [Exchange(entrance, *each) for each in asked]
        for exchange in exchanges:
            exchange.scope["app"] = app
            await exchange.begin().ended()

    assert [each.content for each in exchanges] == [b"route", b"router", b"router", b"router"]


def test_a_rejected_body_is_freed_without_a_garbage_collection(client: httpx.Client) -> None:
    def problems() -> int:
        return sum(type(each) is ProblemError for each in gc.get_objects())

    gc.collect()
    gc.disable()
    try:
        before = problems()
        assert client.post("/fit", json={"lr": "fast"}).status_code == 422
        after = problems()
    finally:
        gc.enable()

    assert after == before


@pytest.mark.parametrize(
    "path",
    ["/", "/livez", "/readyz", "/limits", "/metrics", "/jobs", "/docs", "/problems/not_found"],
)
def test_head_is_answered_like_get_without_the_body(path: str) -> None:
    with client_in_process() as client:
        whole, head = client.get(path), client.head(path)

    assert (head.status_code, head.content) == (whole.status_code, b"")
    if path != "/metrics":  # its numbers change
        assert head.headers["content-length"] == whole.headers["content-length"]
    assert head.headers["content-type"] == whole.headers["content-type"]


def test_head_of_what_does_not_exist_has_no_body() -> None:
    with client_in_process() as client:
        head = client.head("/nothing")

    assert (head.status_code, head.content) == (404, b"")


def test_head_of_a_path_without_get_is_rejected() -> None:
    with client_in_process() as client:
        head = client.head("/fit")

    assert (head.status_code, head.headers["allow"]) == (405, "POST")


@instant
async def test_head_of_a_stream_ends_after_its_head() -> None:
    async with application() as (app, _):
        created = await Exchange(app, "POST", "/jobs", body=LECTURE).begin().ended()
        stream = Exchange(app, "HEAD", created.headers["location"] + "/events")
        await stream.begin().ended()

        assert (stream.status, stream.content) == (200, b"")
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert len(state_of(app).streams) == 0


@pytest.mark.parametrize("path", ["/livez%0a", "/fit%0a", "/jobs%0A", "/problems/not_found%0a"])
def test_a_path_that_ends_with_a_line_break_does_not_exist(path: str) -> None:
    with client_in_process() as client:
        answer = client.get(path)

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@instant
async def test_options_for_the_service_as_a_whole_lists_all_methods() -> None:
    async with application() as (app, _):
        exchange = await Exchange(app, "OPTIONS", "*").begin().ended()

    assert (exchange.status, exchange.content) == (204, b"")
    assert exchange.headers["allow"] == "DELETE, GET, HEAD, OPTIONS, POST"
