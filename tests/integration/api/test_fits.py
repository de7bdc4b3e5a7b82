"""Places of fits, with real workers that are killed and clients that leave.

tests/unit/api/test_quotas.py has the rest.
"""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from service.api.state import state_of
from service.running import RESERVED, SPARE
from tests.support.processes import busy, send_workers, until
from tests.support.scraping import scraped_here
from tests.support.server import PATIENCE_SECONDS, serving_here
from tests.support.streams import Json

LECTURE: Json = {"synthetic": {}, "seed": 42, "lr": 1e-5, "steps": 10}
LONG: Json = LECTURE | {"solver": "loop", "steps": 60_000, "record_every": 1000}
SILENT: Json = LECTURE | {"solver": "loop", "steps": 60_000, "record_every": 60_000}
ROUNDS = 3
WORKERS = 1 + SPARE + RESERVED
"""The workers for fits of a service with `--workers 1`."""

Test = Callable[[FastAPI, httpx.AsyncClient], Awaitable[None]]


def with_places(test: Test, **given: Any) -> None:
    """Run a test with a service of which a client may have one fit. In the end there is none."""

    async def run() -> None:
        async with (
            asyncio.timeout(2 * PATIENCE_SECONDS),
            serving_here(**{"max_fits_per_client": 1} | given) as (app, url),
            httpx.AsyncClient(base_url=url, timeout=PATIENCE_SECONDS) as client,
        ):
            await test(app, client)
            await until(lambda: not len(state_of(app).fits))

    asyncio.run(run())


async def begun(
    app: FastAPI, client: httpx.AsyncClient, path: str, body: Json
) -> asyncio.Task[httpx.Response]:
    """A fit that a worker is at."""
    task = asyncio.create_task(client.post(path, json=body))
    await busy(state_of(app).pool, 1)
    return task


async def left(task: asyncio.Task[httpx.Response]) -> None:
    """Disconnect the client of a fit."""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize(
    ("path", "body"),
    [("/fit", LONG), ("/fit/stream", LONG), ("/fit/stream", SILENT)],
    ids=["a fit", "a stream", "a silent stream"],
)
def test_a_client_that_leaves_frees_its_place_and_its_worker_each_time(
    path: str, body: Json
) -> None:
    """The twentieth time of twenty is tests/system/promises/test_09_*."""

    async def test(app: FastAPI, client: httpx.AsyncClient) -> None:
        for _ in range(ROUNDS):
            await left(await begun(app, client, path, body))
            await until(lambda: not len(state_of(app).fits))
            assert (await client.post("/fit", json=LECTURE)).status_code == 200

    with_places(test)


@pytest.mark.parametrize("path", ["/fit", "/fit/stream"])
def test_a_place_outlasts_a_worker_that_is_killed_and_no_longer(path: str) -> None:
    async def test(app: FastAPI, client: httpx.AsyncClient) -> None:
        task = await begun(app, client, path, LECTURE | {"solver": "loop", "steps": 3000})
        send_workers(signal.SIGKILL)
        await until(lambda: state_of(app).pool.replaced["died"] == WORKERS)
        assert len(state_of(app).fits) == 1
        assert (await task).status_code == 200

    with_places(test)


@pytest.mark.parametrize("path", ["/fit", "/fit/stream"])
def test_a_fit_that_loses_three_workers_leaves_its_place_free(path: str) -> None:
    async def test(app: FastAPI, client: httpx.AsyncClient) -> None:
        task = await begun(app, client, path, SILENT)
        while not task.done():
            if state_of(app).pool.load.busy:
                send_workers(signal.SIGKILL)
            await asyncio.sleep(0.01)
        assert "worker_lost" in (await task).text

    with_places(test)


def test_workers_that_died_and_workers_that_were_killed_are_counted_apart() -> None:
    async def test(app: FastAPI, client: httpx.AsyncClient) -> None:
        replaced = state_of(app).pool.replaced
        send_workers(signal.SIGKILL)
        await until(lambda: replaced["died"] == WORKERS and state_of(app).pool.ready)
        await left(await begun(app, client, "/fit", LONG))
        await until(lambda: replaced["killed"] == 1)
        metrics = await scraped_here(client)
        name = "coaster_workers_replaced_total"
        assert [metrics(name, pool="fits", how=how) for how in ("died", "killed")] == [WORKERS, 1]

    with_places(test)


def test_a_full_queue_refuses_long_fits_and_not_small_ones() -> None:
    async def test(app: FastAPI, client: httpx.AsyncClient) -> None:
        tasks = [await begun(app, client, "/fit", LONG)]
        tasks.append(asyncio.create_task(client.post("/fit", json=LONG)))
        await until(lambda: state_of(app).pool.load.waiting == 1)
        metrics = await scraped_here(client)
        assert metrics("coaster_workers_busy", pool="fits") == 1
        assert metrics("coaster_waiting_fits", pool="fits") == 1
        refused = await client.post("/fit", json=LONG)
        assert (refused.status_code, refused.json()["code"]) == (503, "queue_full")
        assert (await client.post("/fit", json=LECTURE)).status_code == 200
        assert (await client.post("/jobs", json=LECTURE)).status_code == 202
        assert len(state_of(app).fits) == 2
        for task in tasks:
            await left(task)

    with_places(test, max_fits_per_client=3, waiting_per_worker=1)


def test_a_client_that_stays_is_answered_after_its_watch_began(client: httpx.Client) -> None:
    answer = client.post("/fit", json=LONG | {"steps": 5000, "record_every": 5000})

    assert answer.json()["steps"] == 5000
