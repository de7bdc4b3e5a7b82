"""How the service is, and what it says of its limits and problems."""

import httpx
import pytest
from fastapi import FastAPI

from service.api.problems import Code
from service.api.state import state_of
from service.jobs.errors import StoreUnavailableError
from service.jobs.jobs import Jobs
from tests.support.applications import application, client_in_process
from tests.support.exchange import Exchange
from tests.support.time import instant


def test_livez_answers(client: httpx.Client) -> None:
    assert client.get("/livez").json() == {"status": "alive"}


def test_readyz_says_how_many_workers_there_are() -> None:
    with client_in_process(workers=3) as client:
        answer = client.get("/readyz")

    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "workers": 3})


@instant
async def test_readyz_says_what_is_missing() -> None:
    async with application() as (app, pool):
        pool.ready = False
        assert await reason(app) == "The workers are starting."
        pool.ready = True
        state_of(app).streams.end()
        assert await reason(app) == "The service is shutting down."


@instant
async def test_a_service_whose_database_does_not_answer_is_not_ready(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with application() as (app, _):
        jobs: Jobs = state_of(app).jobs
        monkeypatch.setattr(jobs.store, "reachable", unreachable)
        assert await reason(app) == "The job database is unavailable."


async def unreachable() -> bool:
    return False


async def reason(app: FastAPI) -> str:
    """Why the application is not ready."""
    answer = await Exchange(app, "GET", "/readyz").begin().ended()
    assert (answer.status, answer.headers["retry-after"]) == (503, "1")
    problem = answer.json()
    assert problem["code"] == "not_ready"
    detail: str = problem["detail"]
    return detail


def test_limits_are_those_in_force() -> None:
    given = {
        "workers": 3,
        "max_head_seconds": 1.5,
        "max_body_seconds": 2.5,
        "max_connections": 101,
        "max_body_bytes": 102_400,
        "max_upload_bytes": 204_800,
        "max_job_file_bytes": 409_600,
        "max_held_bytes": 104_857_600,
        "max_fit_seconds": 3.5,
        "waiting_per_worker": 5,
        "max_fits_per_client": 7,
        "max_wait_seconds": 4.5,
        "max_streams": 11,
        "max_stream_seconds": 5.5,
        "max_job_seconds": 6.5,
        "max_waiting_jobs": 13,
        "max_jobs_per_key": 17,
        "max_kept_jobs": 19,
        "job_kept_seconds": 7.5,
        "max_store_bytes": 2_000_000,
        "shutdown_seconds": 23,
    }
    with client_in_process(**given) as client:
        limits = client.get("/limits").json()

    assert limits == {
        "target_bytes": 8192,
        "head_bytes": 32_768,
        "headers": 100,
        "head_seconds": 1.5,
        "body_seconds": 2.5,
        "connections": 101,
        "body_bytes": 102_400,
        "upload_bytes": 204_800,
        "job_file_bytes": 409_600,
        "held_bytes": 104_857_600,
        "points": 50_000,
        "unit_values": 20_000_000,
        "points_in_file": 1_000_000,
        "series": 250_000,
        "series_in_json": 25_000,
        "values_in_json": 600_000,
        "series_points": 10_000_000,
        "series_id": 255,
        "degree": 10,
        "steps": 10_000_000,
        "at": 10_000,
        "records": 1_000_000,
        "numbers": 2_000_000,
        "number": 1e150,
        "lr": 1e300,
        "lrs": 1000,
        "schedule": 10_000,
        "layers": 4,
        "units": 64,
        "seed": 2**53 - 1,
        "fit_seconds": 3.5,
        "workers": 3,
        "waiting_fits": 15,
        "fits_per_client": 7,
        "wait_seconds": 4.5,
        "streams": 11,
        "stream_seconds": 5.5,
        "job_seconds": 6.5,
        "waiting_jobs": 13,
        "waiting_jobs_per_client": 10,
        "jobs_per_key": 17,
        "kept_jobs": 19,
        "job_kept_seconds": 7.5,
        "store_bytes": 2_000_000,
        "metadata": 16,
        "idempotency_key": 255,
        "page": 100,
        "shutdown_seconds": 23,
    }


def test_a_limit_that_does_not_exist_is_left_out(client: httpx.Client) -> None:
    assert "fits_per_client" not in client.get("/limits").json()


def test_every_code_has_its_page(client: httpx.Client) -> None:
    pages = {code: client.get(f"/problems/{code}") for code in Code}

    assert not [
        code
        for code, page in pages.items()
        if page.status_code != 200
        or code.summary not in page.text
        or f"HTTP status {code.status}." not in page.text
        or page.headers["Content-Type"] != "text/html; charset=utf-8"
    ]


def test_a_page_of_a_problem_explains_it(client: httpx.Client) -> None:
    page = client.get("/problems/wrong_type").text

    assert "<title>wrong_type</title>" in page
    assert "<h1>A value has the wrong type</h1>" in page
    assert "Types are strict: &quot;3&quot; is not a number" in page


def test_an_unknown_code_of_a_problem_is_told_as_one(client: httpx.Client) -> None:
    answer = client.get("/problems/nothing")

    assert answer.json()["detail"].startswith("There is no problem with this code.")


@pytest.mark.parametrize("path", ["/nothing", "/problems/nothing", "/fit/"])
def test_an_unknown_path_is_a_problem(client: httpx.Client, path: str) -> None:
    answer = client.get(path)

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/jobs", "GET, HEAD, POST"),
        ("/jobs/3", "DELETE, GET, HEAD"),
        ("/docs", "GET, HEAD"),
        ("/docs/swagger-ui.css", "GET, HEAD"),
        ("/page/app.js", "GET, HEAD"),
        ("/problems/not_found", "GET, HEAD"),
        ("/metrics", "GET, HEAD"),
    ],
)
def test_all_methods_of_a_path_are_named(client: httpx.Client, path: str, methods: str) -> None:
    assert client.put(path).headers["Allow"] == methods


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
    with client_in_process(cors_origins=("http://page", "http://other")) as client:
        listed, other, stranger = (
            client.options("/fit", headers={"Origin": f"http://{name}", **preflight})
            for name in ("page", "other", "stranger")
        )

    assert listed.headers["Access-Control-Allow-Origin"] == "http://page"
    assert other.headers["Access-Control-Allow-Origin"] == "http://other"
    assert "Access-Control-Allow-Origin" not in stranger.headers


def test_a_listed_origin_may_read_the_headers_of_an_answer() -> None:
    with client_in_process(cors_origins=("http://page",)) as client:
        answer = client.get("/livez", headers={"Origin": "http://page"})

    assert answer.headers["Access-Control-Expose-Headers"] == (
        "X-Request-ID, Retry-After, Location, Idempotency-Replayed, Coaster-Columns"
    )


def test_without_a_database_fits_are_made_and_jobs_are_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lecture = {"synthetic": {}, "lr": 1e-5}

    async def fail(*_: object, **__: object) -> None:
        raise StoreUnavailableError("at /secret/place")

    @instant
    async def test() -> None:
        async with application() as (app, _):
            monkeypatch.setattr(state_of(app).jobs, "create", fail)
            job = await Exchange(app, "POST", "/jobs", body=lecture).begin().ended()
            fit = await Exchange(app, "POST", "/fit", body=lecture).begin().ended()

            problem = job.json()
            assert (job.status, problem["code"], fit.status) == (503, "store_unavailable", 200)
            assert problem["detail"] == StoreUnavailableError.__doc__
            assert job.headers["retry-after"] == "1"

    test()
