"""What /metrics says."""

import asyncio
import platform
from dataclasses import dataclass
from importlib.metadata import version

import httpx
import pytest

from service import VERSION
from service.api.measures import BUCKETS, METHODS, Measures
from service.api.problems import Code
from service.api.state import state_of
from service.jobs import job
from service.jobs.errors import StoreUnavailableError
from service.jobs.jobs import Jobs
from tests.support.applications import application, client_in_process
from tests.support.exchange import Exchange
from tests.support.scraping import Scraped, scraped, scraped_in_process
from tests.support.streams import Json
from tests.support.time import instant, settled

LECTURE: Json = {"synthetic": {}, "seed": 42, "lr": 1e-5, "steps": 10}
REQUESTS = "coaster_request_duration_seconds_count"
FITS = "coaster_fit_duration_seconds_count"
STEPS = "coaster_steps_total"


def more(before: Scraped, after: Scraped, name: str, **labels: str) -> float:
    return (after(name, **labels) or 0) - (before(name, **labels) or 0)


def test_it_is_text_that_prometheus_reads(client: httpx.Client) -> None:
    assert (
        client.get("/metrics").headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    )
    assert {"process_resident_memory_bytes", "process_open_fds"} <= scraped(client).names()


def test_the_versions_are_labels(client: httpx.Client) -> None:
    labels = {
        "version": VERSION,
        "python": platform.python_version(),
        "torch": version("torch"),
    }

    assert scraped(client)("coaster_build_info", **labels) == 1


def test_a_request_is_counted_by_the_template_of_its_route(client: httpx.Client) -> None:
    before = scraped(client)
    client.get(f"/jobs/{'a' * 26}")
    client.get("/page/app.js")
    client.get("/")
    client.post("/fit", json=LECTURE)
    after = scraped(client)

    assert more(before, after, REQUESTS, route="/jobs/{id}", method="GET", status="404") == 1
    assert more(before, after, REQUESTS, route="/page/{name}", method="GET", status="200") == 1
    assert more(before, after, REQUESTS, route="/", method="GET", status="200") == 1
    assert more(before, after, REQUESTS, route="/fit", method="POST", status="200") == 1


def test_a_request_is_counted_in_the_buckets_of_its_time(client: httpx.Client) -> None:
    client.get("/limits")
    metrics = scraped(client)

    request = {"route": "/limits", "method": "GET", "status": "200"}
    bounds = [f"{float(bound)}" for bound in BUCKETS] + ["+Inf"]
    counts = [
        metrics("coaster_request_duration_seconds_bucket", le=bound, **request) or 0
        for bound in bounds
    ]
    assert counts == sorted(counts)
    assert counts[-1] == metrics(REQUESTS, **request)
    assert (metrics("coaster_request_duration_seconds_sum", **request) or 0) > 0


def test_made_up_paths_and_methods_share_one_name() -> None:
    with client_in_process() as client:
        for number in range(20):
            client.get(f"/made/up/{number}")
            client.get(f"/problems/{number}")
        client.request("MKCOL", "/fit")
        after = scraped(client)

    assert after.values("route") == {"other", "/problems/{code}", "/fit"}
    assert after.values("method") <= METHODS | {"other"}
    assert after(REQUESTS, route="other", method="GET", status="404") == 20
    assert after(REQUESTS, route="/fit", method="other", status="405") == 1


@pytest.mark.parametrize(
    ("given", "solver", "outcome"),
    [
        ({}, "exact", "completed"),
        ({"solver": "loop"}, "loop", "completed"),
        ({"stop": {"patience": 1}, "lr": 1e-300}, "exact", "stopped_early"),
        ({"lr": 1, "steps": 1000}, "exact", "diverged"),
    ],
)
def test_a_fit_is_counted_by_solver_and_outcome(
    client: httpx.Client, given: Json, solver: str, outcome: str
) -> None:
    before = scraped(client)
    answer = client.post("/fit", json=LECTURE | given).json()
    after = scraped(client)

    labels = {"pool": "fits", "question": "fit", "solver": solver, "outcome": outcome}
    assert more(before, after, FITS, **labels) == 1
    assert more(before, after, STEPS, pool="fits", solver=solver) == answer["steps"]


def test_the_duration_of_a_fit_is_the_elapsed_time_of_its_answer(client: httpx.Client) -> None:
    labels = {"pool": "fits", "question": "fit", "solver": "loop", "outcome": "completed"}
    before = scraped(client)
    answer = client.post("/fit", json=LECTURE | {"solver": "loop", "steps": 200}).json()
    after = scraped(client)

    # elapsed_ms is rounded to a thousandth of a millisecond
    assert more(before, after, "coaster_fit_duration_seconds_sum", **labels) == pytest.approx(
        answer["elapsed_ms"] / 1000, abs=1e-6
    )


@dataclass(frozen=True)
class Counted:
    """A request, and how its answer is counted."""

    path: str
    body: Json
    question: str
    steps: int
    solver: str = "exact"
    outcome: str = "completed"
    accept: str = "*/*"


SWEEP: Json = {"synthetic": {}, "seed": 42, "steps": 10, "lrs": [1e-6, 1e-5]}
SERIES: Json = {"t": [0, 1], "y": [[1, 2], [2, 3], [3, 4]], "seed": 42, "steps": 10}
COUNTED = [
    Counted("/fit", LECTURE, "picture", 10, accept="image/svg+xml"),
    Counted("/fit/stream", LECTURE, "stream", 10),
    Counted("/analysis", LECTURE, "analysis", 0, solver="none", outcome="none"),
    Counted("/sweep", SWEEP, "sweep", 20, outcome="none"),
    Counted("/series", SERIES, "series", 30, outcome="none"),
]


@pytest.mark.parametrize("asked", COUNTED, ids=[each.question for each in COUNTED])
def test_every_other_question_is_counted_as_what_it_is(
    client: httpx.Client, asked: Counted
) -> None:
    before = scraped(client)
    client.post(asked.path, json=asked.body, headers={"Accept": asked.accept}).raise_for_status()
    after = scraped(client)

    labels = {"question": asked.question, "solver": asked.solver, "outcome": asked.outcome}
    assert more(before, after, FITS, pool="fits", **labels) == 1
    assert more(before, after, STEPS, pool="fits", solver=asked.solver) == asked.steps


def test_a_job_is_counted_in_the_pool_of_jobs_and_by_its_status() -> None:
    with client_in_process() as client:
        job = client.post("/jobs", json=LECTURE).raise_for_status().json()["id"]
        client.get(f"/jobs/{job}/events").raise_for_status()
        after = scraped(client)

    labels = {"question": "stream", "solver": "exact", "outcome": "completed"}
    assert (after(FITS, pool="jobs", **labels), after(FITS, pool="fits", **labels)) == (1, None)
    assert after(STEPS, pool="jobs", solver="exact") == 10
    assert after("coaster_workers_warm", pool="jobs") == 1
    assert after("coaster_store_up") == 1
    assert [
        after("coaster_jobs", status=status)
        for status in ("queued", "running", "succeeded", "failed", "cancelled")
    ] == [0, 0, 1, 0, 0]
    assert after("coaster_oldest_queued_job_seconds") == 0


def test_the_limit_of_waiting_jobs_is_there() -> None:
    with client_in_process(max_waiting_jobs=77) as client:
        assert scraped(client)("coaster_queued_jobs_limit") == 77


def test_every_code_is_there_from_the_start_and_counts_its_problems() -> None:
    with client_in_process() as client:
        before = scraped(client)
        client.post("/fit", json={"data": {"t": [1], "y": [1, 2]}})
        client.post("/fit", content=b"{", headers={"Content-Type": "application/json"})
        after = scraped(client)

    assert {code: before("coaster_problems_total", code=code) for code in Code} == dict.fromkeys(
        Code, 0
    )
    assert {code for code in Code if after("coaster_problems_total", code=code)} == {
        "length_mismatch",
        "malformed_json",
    }
    assert after("coaster_problems_total", code="length_mismatch") == 1


@instant
async def test_open_streams_are_counted() -> None:
    async with application(max_streams=7) as (app, pool):
        pool.hold()
        stream = Exchange(app, "POST", "/fit/stream", body=LECTURE).begin()
        await settled()
        during = await scraped_in_process(app)
        pool.release()
        await stream.ended()
        after = await scraped_in_process(app)

        assert (during("coaster_streams_open"), after("coaster_streams_open")) == (1, 0)
        assert after("coaster_streams_limit") == 7


@instant
async def test_the_load_of_the_pool_is_there() -> None:
    async with application() as (app, pool):
        pool.hold()
        fits = [Exchange(app, "POST", "/fit", body=LECTURE).begin() for _ in range(2)]
        await settled()
        during = await scraped_in_process(app)
        pool.release()
        for fit in fits:
            await fit.ended()

        names = ("workers_expected", "workers_warm", "workers_busy", "waiting_fits")
        assert [during(f"coaster_{name}", pool="fits") for name in names] == [1, 1, 0, 2]
        assert during("coaster_waiting_fits_limit", pool="fits") == pool.load.waiting_limit


@instant
async def test_a_fit_that_runs_makes_its_worker_busy() -> None:
    async with application() as (app, pool):
        fit = Exchange(app, "POST", "/fit", body=LECTURE | {"solver": "loop", "steps": 200})
        fit.begin()
        while not pool.load.busy:
            await asyncio.sleep(0)
        pool.hold()
        during = await scraped_in_process(app)
        pool.release()
        await fit.ended()

        assert during("coaster_workers_busy", pool="fits") == 1


def test_workers_that_died_and_workers_that_were_killed_are_counted_apart() -> None:
    with client_in_process() as client:
        client.inside.pool.replaced = {"died": 3, "killed": 5}
        after = scraped(client)

    counts = [
        after("coaster_workers_replaced_total", pool="fits", how=how) for how in ("died", "killed")
    ]
    assert counts == [3, 5]


@instant
async def test_jobs_are_counted_at_most_every_five_seconds() -> None:
    async with application() as (app, _):
        await scraped_in_process(app)
        await Exchange(app, "POST", "/jobs", body=LECTURE).begin().ended()
        soon = await scraped_in_process(app)
        await asyncio.sleep(5)
        later = await scraped_in_process(app)

        assert soon("coaster_jobs", status="succeeded") == 0
        assert later("coaster_jobs", status="succeeded") == 1


def test_the_age_of_the_oldest_job_that_waits_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    async def counted(_query: object) -> job.Counted:
        return job.Counted({"queued": 3, "running": 2}, 12.5)

    @instant
    async def test() -> None:
        async with application() as (app, _):
            jobs: Jobs = state_of(app).jobs
            monkeypatch.setattr(jobs.store, "read", counted)
            after = await scraped_in_process(app)
            assert after("coaster_oldest_queued_job_seconds") == 12.5
            assert after("coaster_jobs", status="queued") == 3
            assert after("coaster_jobs", status="running") == 2

    test()


@pytest.mark.parametrize("broken", [True, False], ids=["it fails", "it does not answer"])
def test_a_database_that_does_not_work_leaves_everything_else_there(
    monkeypatch: pytest.MonkeyPatch, *, broken: bool
) -> None:
    async def counted(_query: object) -> job.Counted:
        if broken:
            raise StoreUnavailableError
        await asyncio.sleep(60)
        raise AssertionError

    @instant
    async def test() -> None:
        async with application() as (app, _):
            jobs: Jobs = state_of(app).jobs
            monkeypatch.setattr(jobs.store, "read", counted)
            after = await scraped_in_process(app)
            assert after("coaster_store_up") == 0
            assert "coaster_jobs" not in after.names()
            assert after("coaster_workers_warm", pool="fits") == 1

    test()


def test_two_applications_of_one_process_count_apart() -> None:
    one, other = Measures(), Measures()
    one.problem(Code.NOT_FOUND)

    name, labels = "coaster_problems_total", {"code": "not_found"}
    counts = [measures.registry.get_sample_value(name, labels) for measures in (one, other)]
    assert counts == [1, 0]
