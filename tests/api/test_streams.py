import asyncio

import httpx
from fastapi import FastAPI

from tests.server import serving_here
from tests.streams import Json, sse
from tests.workers.pools import until

LECTURE: Json = {"synthetic": {}, "seed": 42, "lr": 1e-5, "steps": 10}
LONG: Json = LECTURE | {"solver": "loop", "steps": 60_000, "record_every": 1000}


async def opened(
    app: FastAPI, client: httpx.AsyncClient, streams: int
) -> list[asyncio.Task[httpx.Response]]:
    """Streams that have a place: the first runs, the others wait for its worker."""
    tasks = [asyncio.create_task(client.post("/fit/stream", json=LONG)) for _ in range(streams)]
    await until(lambda: len(app.state.streams) == streams)
    return tasks


def test_of_more_streams_than_may_be_open_the_last_is_told_to_come_back() -> None:
    async def test() -> None:
        async with (
            serving_here(max_streams=2) as (app, url),
            httpx.AsyncClient(base_url=url, timeout=20) as client,
        ):
            for most in (1, 2):
                tasks = await opened(app, client, most)
                refused = await client.post("/fit/stream", json=LECTURE) if most == 2 else None
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                await until(lambda: not len(app.state.streams))
            assert refused is not None
            assert (refused.status_code, refused.headers["Retry-After"]) == (503, "1")
            assert (refused.json()["code"], refused.json()["limit"]) == ("too_many_streams", 2)
            assert (await client.post("/fit/stream", json=LECTURE)).status_code == 200

    asyncio.run(test())


def test_a_stream_that_is_open_for_too_long_is_told_so_last() -> None:
    async def test() -> None:
        async with (
            serving_here(max_stream_seconds=0.5) as (app, url),
            httpx.AsyncClient(base_url=url, timeout=20) as client,
        ):
            failed = sse((await client.post("/fit/stream", json=LONG)).content)[-1]
            assert failed.content["problem"]["code"] == "stream_limit"
            assert not len(app.state.streams)
            assert (await client.post("/fit", json=LECTURE)).status_code == 200

    asyncio.run(test())


def test_a_stream_that_has_not_begun_when_its_time_is_over_is_an_ordinary_problem() -> None:
    async def test() -> None:
        async with (
            serving_here(max_stream_seconds=0.5) as (app, url),
            httpx.AsyncClient(base_url=url, timeout=20) as client,
        ):
            fit = asyncio.create_task(client.post("/fit", json=LONG))
            await until(lambda: any(worker.fits for worker in app.state.pool._workers))
            answer = await client.post("/fit/stream", json=LECTURE)
            assert (answer.status_code, answer.json()["code"]) == (503, "stream_limit")
            fit.cancel()
            await asyncio.gather(fit, return_exceptions=True)

    asyncio.run(test())


def test_when_all_were_ended_no_more_are_taken() -> None:
    async def test() -> None:
        async with (
            serving_here() as (app, url),
            httpx.AsyncClient(base_url=url, timeout=20) as client,
        ):
            running, waiting = await opened(app, client, 2)
            await until(lambda: any(worker.fits for worker in app.state.pool._workers))
            await asyncio.sleep(0.2)
            app.state.streams.end()
            assert sse((await running).content)[-1].content["problem"]["code"] == "shutting_down"
            for answer in (await waiting, await client.post("/fit/stream", json=LECTURE)):
                assert (answer.status_code, answer.json()["code"]) == (503, "shutting_down")

    asyncio.run(test())
