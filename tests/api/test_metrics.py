import asyncio
import os
import signal
import time
from collections.abc import Iterator

import httpx
import pytest

from service.api.measures import METHODS
from service.api.problems import Code
from service.app import create_app
from service.jobs.errors import StoreUnavailableError
from service.settings import Settings
from tests.api.scraping import Scraped, scraped, scraped_here
from tests.server import Server, serving, serving_here
from tests.streams import Json
from tests.workers.pools import pids, until

LECTURE: Json = {"synthetic": {}, "seed": 42, "lr": 1e-5, "steps": 10}
LONG: Json = LECTURE | {"solver": "loop", "steps": 60_000, "record_every": 1000}
REQUESTS = "coaster_request_duration_seconds_count"
FITS = "coaster_fit_duration_seconds_count"


@pytest.fixture(scope="module")
def alone() -> Iterator[Server]:
    """A service that nobody else asks anything."""
    with serving("--workers", "2") as started:
        yield started


@pytest.fixture
def client(alone: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=alone.url, timeout=30) as opened:
        yield opened


def more(before: Scraped, after: Scraped, name: str, **labels: str) -> float:
    return (after(name, **labels) or 0) - (before(name, **labels) or 0)


def test_it_is_text_that_prometheus_reads(client: httpx.Client) -> None:
    assert (
        client.get("/metrics").headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    )
    assert {"coaster_build_info", "process_resident_memory_bytes", "process_open_fds"} <= scraped(
        client
    ).names()


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


def test_made_up_paths_and_methods_share_one_name(client: httpx.Client) -> None:
    for number in range(20):
        client.get(f"/made/up/{number}")
        client.get(f"/problems/{number}")
    client.request("MKCOL", "/fit")
    after = scraped(client)

    assert not {route for route in after.values("route") if "made" in route}
    assert after.values("method") <= METHODS | {"other"}
    assert after(REQUESTS, route="/fit", method="other", status="405") == 1


@pytest.mark.parametrize(
    ("given", "labels", "steps"),
    [
        ({}, {"question": "fit", "solver": "exact", "outcome": "completed"}, 10),
        ({"solver": "loop"}, {"question": "fit", "solver": "loop", "outcome": "completed"}, 10),
        (
            {"stop": {"patience": 1}, "lr": 1e-300},
            {"question": "fit", "solver": "exact", "outcome": "stopped_early"},
            None,
        ),
        (
            {"lr": 1, "steps": 1000},
            {"question": "fit", "solver": "exact", "outcome": "diverged"},
            None,
        ),
    ],
)
def test_a_fit_is_counted_by_solver_and_outcome(
    client: httpx.Client, given: Json, labels: dict[str, str], steps: int | None
) -> None:
    before = scraped(client)
    client.post("/fit", json=LECTURE | given).raise_for_status()
    after = scraped(client)

    assert more(before, after, FITS, pool="fits", **labels) == 1
    made = more(before, after, "coaster_steps_total", pool="fits", solver=labels["solver"])
    assert made == steps if steps else 0 <= made < 1000


def test_its_duration_is_the_elapsed_time_of_its_answer(client: httpx.Client) -> None:
    labels = {"pool": "fits", "question": "fit", "solver": "loop", "outcome": "completed"}
    before = scraped(client)
    answer = client.post("/fit", json=LECTURE | {"solver": "loop", "steps": 200}).json()
    after = scraped(client)

    assert more(before, after, "coaster_fit_duration_seconds_sum", **labels) == pytest.approx(
        answer["elapsed_ms"] / 1000, abs=1e-6
    )


def test_every_other_question_is_counted_as_what_it_is(client: httpx.Client) -> None:
    before = scraped(client)
    client.post("/fit", json=LECTURE, headers={"Accept": "image/svg+xml"}).raise_for_status()
    client.post("/fit/stream", json=LECTURE).raise_for_status()
    client.post(
        "/sweep", json={"synthetic": {}, "seed": 42, "steps": 10, "lrs": [1e-6, 1e-5]}
    ).raise_for_status()
    client.post("/analysis", json=LECTURE).raise_for_status()
    after = scraped(client)

    assert (
        more(
            before,
            after,
            FITS,
            pool="fits",
            question="picture",
            solver="exact",
            outcome="completed",
        )
        == 1
    )
    assert (
        more(
            before, after, FITS, pool="fits", question="stream", solver="exact", outcome="completed"
        )
        == 1
    )
    assert (
        more(before, after, FITS, pool="fits", question="sweep", solver="exact", outcome="none")
        == 1
    )
    assert (
        more(before, after, FITS, pool="fits", question="analysis", solver="none", outcome="none")
        == 1
    )
    assert (
        more(before, after, "coaster_steps_total", pool="fits", solver="exact") == 10 + 10 + 2 * 10
    )


def test_a_job_is_counted_in_the_pool_of_jobs_and_by_its_status() -> None:
    with (
        serving("--workers", "1") as server,
        httpx.Client(base_url=server.url, timeout=30) as client,
    ):
        job = client.post("/jobs", json=LECTURE).raise_for_status().json()["id"]
        client.get(f"/jobs/{job}/events").raise_for_status()
        after = scraped(client)

    assert after(FITS, pool="jobs", question="stream", solver="exact", outcome="completed") == 1
    assert after("coaster_workers_warm", pool="jobs") == 1
    assert after("coaster_store_up") == 1
    assert [
        after("coaster_jobs", status=status)
        for status in ("queued", "running", "succeeded", "failed", "cancelled")
    ] == [0, 0, 1, 0, 0]
    assert after("coaster_oldest_queued_job_seconds") == 0


def test_every_code_is_there_from_the_start_and_counts_its_problems(client: httpx.Client) -> None:
    before = scraped(client)
    client.post("/fit", json={"data": {"t": [1], "y": [1, 2]}})
    client.post("/fit", content=b"{", headers={"Content-Type": "application/json"})
    after = scraped(client)

    assert all(before("coaster_problems_total", code=code) is not None for code in Code)
    assert more(before, after, "coaster_problems_total", code="length_mismatch") == 1
    assert more(before, after, "coaster_problems_total", code="malformed_json") == 1


def test_what_ends_a_stream_is_counted_too() -> None:
    async def test() -> None:
        async with (
            serving_here(max_stream_seconds=0.3) as (_, url),
            httpx.AsyncClient(base_url=url, timeout=20) as client,
        ):
            await client.post("/fit/stream", json=LONG)
            assert (await scraped_here(client))("coaster_problems_total", code="stream_limit") == 1

    asyncio.run(test())


def test_streams_are_open_as_long_as_they_are() -> None:
    async def test() -> None:
        async with (
            serving_here(max_streams=7) as (app, url),
            httpx.AsyncClient(base_url=url, timeout=20) as client,
        ):
            reading = asyncio.create_task(client.post("/fit/stream", json=LONG))
            await until(lambda: app.state.pool.load.busy == 1)
            during = await scraped_here(client)
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
            await until(lambda: not len(app.state.streams))
            after = await scraped_here(client)
            assert (
                during("coaster_streams_open"),
                after("coaster_streams_open"),
                after("coaster_streams_limit"),
            ) == (1, 0, 7)

    asyncio.run(test())


def test_fits_wait_for_busy_workers() -> None:
    async def test() -> None:
        async with (
            serving_here(workers=1, waiting_per_worker=3) as (app, url),
            httpx.AsyncClient(base_url=url, timeout=20) as client,
        ):
            fits = [asyncio.create_task(client.post("/fit", json=LONG)) for _ in range(3)]
            await until(lambda: app.state.pool.load.waiting == 2)
            during = await scraped_here(client)
            for fit in fits:
                fit.cancel()
            await asyncio.gather(*fits, return_exceptions=True)
            assert [
                during(f"coaster_{name}", pool="fits")
                for name in ("workers_expected", "workers_warm", "workers_busy")
            ] == [1, 1, 1]
            assert [
                during(f"coaster_{name}", pool="fits")
                for name in ("waiting_fits", "waiting_fits_limit")
            ] == [2, 3]

    asyncio.run(test())


def test_a_worker_that_died_is_told_from_one_that_was_killed() -> None:
    async def test() -> None:
        async with (
            serving_here() as (app, url),
            httpx.AsyncClient(base_url=url, timeout=20) as client,
        ):
            os.kill(pids(app.state.pool)[0], signal.SIGKILL)
            await until(lambda: sum(app.state.pool.replaced.values()) == 1 and app.state.pool.ready)
            leaving = asyncio.create_task(client.post("/fit", json=LONG))
            await until(lambda: app.state.pool.load.busy == 1)
            leaving.cancel()
            await until(lambda: sum(app.state.pool.replaced.values()) == 2)
            after = await scraped_here(client)
            assert [
                after("coaster_workers_replaced_total", pool="fits", how=how)
                for how in ("died", "killed")
            ] == [1, 1]

    asyncio.run(test())


def test_without_a_database_all_else_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test() -> None:
        async with (
            serving_here() as (app, url),
            httpx.AsyncClient(base_url=url, timeout=20) as client,
        ):
            store = (await app.state.jobs).store
            monkeypatch.setattr(store._database, "read", unavailable)
            began = time.monotonic()
            after = await scraped_here(client)
            assert time.monotonic() - began < 1
            assert after("coaster_store_up") == 0
            assert "coaster_jobs" not in after.names()
            assert after("coaster_workers_warm", pool="fits") == 1

    asyncio.run(test())


async def unavailable(_: object) -> None:
    raise StoreUnavailableError


def test_before_the_database_is_open_all_else_is_told() -> None:
    async def test() -> None:
        async with (
            serving_here() as (app, url),
            httpx.AsyncClient(base_url=url, timeout=20) as client,
        ):
            opened = app.state.jobs
            app.state.jobs = asyncio.get_running_loop().create_future()
            after = await scraped_here(client)
            app.state.jobs = opened
            assert after("coaster_store_up") == 0

    asyncio.run(test())


def test_two_applications_of_one_process_count_apart() -> None:
    one, other = (create_app(Settings(workers=1)).state.measures for _ in range(2))
    one.problem(Code.NOT_FOUND)

    assert one._problems.labels("not_found")._value.get() == 1
    assert other._problems.labels("not_found")._value.get() == 0


def test_a_scrape_leaves_no_line_in_the_log(alone: Server, client: httpx.Client) -> None:
    scraped(client)
    client.get("/nothing", headers={"X-Request-ID": "after-the-scrape"})

    deadline = time.monotonic() + 5
    while "after-the-scrape" not in alone.log() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert "after-the-scrape" in alone.log()
    assert "/metrics" not in {line["path"] for line in alone.events("request")}
