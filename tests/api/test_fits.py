"""Places of fits: each is left, however the fit ends."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from service.api.fits import Fits
from service.api.problems import ProblemError
from tests.keys import bearer, key_file
from tests.server import serving_here
from tests.streams import Json, sse
from tests.workers.pools import pids, until

LECTURE: Json = {"synthetic": {}, "seed": 42, "lr": 1e-5, "steps": 10}
LONG: Json = LECTURE | {"solver": "loop", "steps": 60_000, "record_every": 1000}
SILENT: Json = LECTURE | {"solver": "loop", "steps": 60_000, "record_every": 60_000}
SWEEP: Json = {"synthetic": {}, "seed": 42, "steps": 10, "lrs": [1e-6, 1e-5]}
PICTURE = {"Accept": "image/svg+xml"}


def with_places(
    test: Callable[[FastAPI, httpx.AsyncClient], Awaitable[None]],
    most: int | None = 1,
    **given: Any,
) -> None:
    """Runs a test with a service of which a client may have so many fits; in the end there is
    none.
    """

    async def run() -> None:
        async with (
            asyncio.timeout(60),
            serving_here(max_fits_per_client=most, **given) as (app, url),
            httpx.AsyncClient(base_url=url, timeout=20) as client,
        ):
            await test(app, client)
            await until(lambda: not len(app.state.fits))

    asyncio.run(run())


async def begun(
    app: FastAPI, client: httpx.AsyncClient, path: str, body: Json, **headers: str
) -> asyncio.Task[httpx.Response]:
    """A fit that a worker is at."""
    before = len(app.state.fits)
    task = asyncio.create_task(client.post(path, json=body, headers=headers))
    await until(
        lambda: (
            len(app.state.fits) > before and any(worker.fits for worker in app.state.pool._workers)
        )
    )
    return task


async def left(task: asyncio.Task[httpx.Response]) -> None:
    """Its client has gone."""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def test_each_client_has_places_of_its_own() -> None:
    fits = Fits(1)

    with (
        fits.place("ann"),
        fits.place("bob"),
        pytest.raises(ProblemError) as refused,
        fits.place("ann"),
    ):
        pass

    assert (refused.value.code, refused.value.limit, len(fits)) == ("too_many_fits", 1, 0)


def test_without_a_limit_any_number_has_a_place() -> None:
    fits = Fits(None)

    with fits.place("ann"), fits.place("ann"):
        assert len(fits) == 2


@pytest.mark.parametrize(
    ("path", "body", "headers"),
    [
        ("/fit", LECTURE, {}),
        ("/fit", LECTURE, PICTURE),
        ("/fit/stream", LECTURE, {}),
        ("/sweep", SWEEP, {}),
        ("/analysis", LECTURE, {}),
    ],
    ids=["a fit", "a picture", "a stream", "a sweep", "an analysis"],
)
@pytest.mark.parametrize("held", ["/fit", "/fit/stream"])
def test_beyond_its_places_a_client_is_told_to_come_back(
    held: str, path: str, body: Json, headers: dict[str, str]
) -> None:
    async def test(app: FastAPI, client: httpx.AsyncClient) -> None:
        first = await begun(app, client, held, LONG)
        refused = await client.post(path, json=body, headers=headers)
        assert (refused.status_code, refused.json()["code"], refused.json()["limit"]) == (
            429,
            "too_many_fits",
            1,
        )
        assert refused.headers["Retry-After"] == "1"
        await left(first)
        await until(lambda: not len(app.state.fits))
        assert (await client.post(path, json=body, headers=headers)).status_code == 200

    with_places(test)


def test_a_fit_that_waits_has_a_place_too() -> None:
    async def test(app: FastAPI, client: httpx.AsyncClient) -> None:
        tasks = [await begun(app, client, "/fit", LONG) for _ in range(2)]
        assert (await client.post("/fit", json=LECTURE)).status_code == 429
        for task in tasks:
            await left(task)

    with_places(test, 2)


def test_jobs_need_no_place() -> None:
    async def test(app: FastAPI, client: httpx.AsyncClient) -> None:
        first = await begun(app, client, "/fit", LONG)
        assert (await client.post("/jobs", json=LECTURE)).status_code == 202
        await left(first)

    with_places(test)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (LECTURE | {"steps": 10_000_000, "solver": "loop"}, "cost_over_budget"),
        (LECTURE | {"steps": "ten"}, "wrong_type"),
        ({"data": {"t": [1e100], "y": [1]}, "seed": 1, "lr": 0.1, "steps": 1}, "not_computable"),
    ],
)
@pytest.mark.parametrize("path", ["/fit", "/fit/stream"])
def test_a_fit_that_is_refused_leaves_its_place(path: str, body: Json, code: str) -> None:
    async def test(_: FastAPI, client: httpx.AsyncClient) -> None:
        for _attempt in range(3):
            answer = await client.post(path, json=body)
            assert code in answer.text

    with_places(test)


@pytest.mark.parametrize(
    ("path", "body"), [("/fit", LONG), ("/fit/stream", LONG), ("/fit/stream", SILENT)]
)
def test_a_client_that_leaves_leaves_its_place_twenty_times_of_twenty(
    path: str, body: Json
) -> None:
    async def test(app: FastAPI, client: httpx.AsyncClient) -> None:
        for _ in range(20):
            await left(await begun(app, client, path, body))
            await until(lambda: not len(app.state.fits))

    with_places(test)


def test_a_client_that_leaves_before_its_fit_has_begun_leaves_its_place() -> None:
    async def test(app: FastAPI, client: httpx.AsyncClient) -> None:
        first = await begun(app, client, "/fit", LONG)
        for path in ("/fit", "/fit/stream") * 5:
            await left(await begun(app, client, path, LONG))
            await until(lambda: len(app.state.fits) == 1)
        await left(first)

    with_places(test, 2)


@pytest.mark.parametrize("path", ["/fit", "/fit/stream"])
def test_a_place_outlasts_a_worker_that_is_killed_and_no_longer(path: str) -> None:
    async def test(app: FastAPI, client: httpx.AsyncClient) -> None:
        task = await begun(app, client, path, LECTURE | {"solver": "loop", "steps": 12_000})
        os.kill(pids(app.state.pool)[0], signal.SIGKILL)
        await asyncio.sleep(0.2)
        assert len(app.state.fits) == 1
        assert (await task).status_code == 200

    with_places(test)


@pytest.mark.parametrize("path", ["/fit", "/fit/stream"])
def test_a_fit_that_is_given_up_leaves_its_place(path: str) -> None:
    async def test(app: FastAPI, client: httpx.AsyncClient) -> None:
        task = await begun(app, client, path, SILENT)
        while not task.done():
            for worker in app.state.pool._workers:
                if worker.fits:
                    os.kill(worker._process.pid, signal.SIGKILL)
            await asyncio.sleep(0.1)
        assert "worker_lost" in (await task).text

    with_places(test)


def test_a_stream_that_finds_no_place_among_streams_takes_none_among_fits() -> None:
    async def test(app: FastAPI, client: httpx.AsyncClient) -> None:
        first = await begun(app, client, "/fit/stream", LONG)
        for _ in range(3):
            assert (await client.post("/fit/stream", json=LECTURE)).json()[
                "code"
            ] == "too_many_streams"
        assert len(app.state.fits) == 1
        await left(first)

    with_places(test, 2, max_streams=1)


def test_a_stream_that_is_ended_leaves_its_place() -> None:
    async def test(_: FastAPI, client: httpx.AsyncClient) -> None:
        failed = sse((await client.post("/fit/stream", json=LONG)).content)[-1]
        assert failed.content["problem"]["code"] == "stream_limit"

    with_places(test, max_stream_seconds=0.5)


def test_a_full_queue_leaves_the_place_of_whom_it_refuses() -> None:
    async def test(app: FastAPI, client: httpx.AsyncClient) -> None:
        tasks = [await begun(app, client, "/fit", LONG) for _ in range(2)]
        answer = await client.post("/fit", json=LONG)
        assert (answer.status_code, answer.json()["code"], len(app.state.fits)) == (
            503,
            "queue_full",
            2,
        )
        for task in tasks:
            await left(task)

    with_places(test, 3, waiting_per_worker=1)


def test_keys_have_places_of_their_own_and_share_an_address(tmp_path: Any) -> None:
    file, keys = key_file(tmp_path, ["ann", "bob"])

    async def test(app: FastAPI, client: httpx.AsyncClient) -> None:
        first = await begun(app, client, "/fit", LONG, **bearer(keys["ann"]))
        second = asyncio.create_task(client.post("/fit", json=LECTURE, headers=bearer(keys["bob"])))
        await until(lambda: len(app.state.fits) == 2)
        assert (
            await client.post("/fit", json=LECTURE, headers=bearer(keys["ann"]))
        ).status_code == 429
        await left(first)
        assert (await second).status_code == 200

    with_places(test, api_keys_file=file)
