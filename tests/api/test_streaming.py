"""Real connections to a service in this process, whose patience is shorter than it is elsewhere."""

import asyncio
import os
import signal
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from tests.api.bodies import JSON
from tests.server import serving_here
from tests.streams import NDJSON, SSE, Event, Json, sse
from tests.workers.pools import pids, until

LECTURE: Json = {"synthetic": {}, "seed": 42, "lr": 1e-5, "steps": 10}
LONG: Json = LECTURE | {"steps": 399_000, "record_every": 1}
"""A stream of some 40 MB."""
SILENT: Json = LECTURE | {"steps": 40_000, "solver": "loop", "record_every": 40_000}
"""A stream that has nothing to tell for seconds."""
WIDE: Json = LECTURE | {
    "synthetic": {"points": 1000},
    "lr": 1e-12,
    "steps": 900,
    "include": ["predictions"],
}
"""A stream whose last event has some 18 MB."""
SHORT = 0.5

Test = Callable[[FastAPI, httpx.AsyncClient], Awaitable[None]]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.api.streaming.PATIENCE_SECONDS", SHORT)


@pytest.fixture
def restless(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.api.streaming.ALIVE_SECONDS", 0.1)


def with_service(test: Test, **given: Any) -> None:
    """Runs a test with a service of one worker, and a client of it."""

    async def run() -> None:
        async with (
            asyncio.timeout(30),
            serving_here(**given) as (app, url),
            httpx.AsyncClient(base_url=url, timeout=20) as client,
        ):
            await test(app, client)

    asyncio.run(run())


@asynccontextmanager
async def streaming(
    client: httpx.AsyncClient, body: Json, accept: str = SSE
) -> AsyncIterator[AsyncIterator[bytes]]:
    """The bytes of a stream, which is left at the end of the block."""
    async with client.stream(
        "POST", "/fit/stream", json=body, headers={"Accept": accept}
    ) as answer:
        assert answer.status_code == 200, await answer.aread()
        yield answer.aiter_raw()


async def rest_of(content: AsyncIterator[bytes]) -> bytes:
    return b"".join([part async for part in content])


async def free(app: FastAPI, client: httpx.AsyncClient) -> None:
    """Within two seconds no place is taken, and the worker fits for others."""
    async with asyncio.timeout(2):
        await until(lambda: not len(app.state.streams))
        assert (await client.post("/fit", json=LECTURE)).status_code == 200


def raw(client: httpx.AsyncClient, *requests: bytes) -> socket.socket:
    """A connection of its own, with requests on it that nobody reads the answers of."""
    connection = socket.create_connection((client.base_url.host, client.base_url.port))
    connection.sendall(b"".join(requests))
    return connection


def request(client: httpx.AsyncClient, path: str, body: Json) -> bytes:
    built = client.build_request("POST", path, json=body, headers=JSON)
    head = "".join(f"{name}: {value}\r\n" for name, value in built.headers.items())
    return f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + built.content


def reset(connection: socket.socket) -> None:
    """Ends it without a word."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def last(content: bytes) -> Event:
    return sse(content)[-1]


@pytest.mark.parametrize("body", [LONG, SILENT])
def test_a_client_that_leaves_in_the_middle_frees_its_place_and_its_worker(body: Json) -> None:
    async def test(app: FastAPI, client: httpx.AsyncClient) -> None:
        async with streaming(client, body) as content:
            await anext(content)
            assert len(app.state.streams) == 1
        await free(app, client)

    with_service(test)


@pytest.mark.parametrize("leave", [socket.socket.close, reset])
def test_a_client_that_leaves_before_the_first_byte_frees_its_place(
    leave: Callable[[socket.socket], None],
) -> None:
    async def test(app: FastAPI, client: httpx.AsyncClient) -> None:
        async with streaming(client, SILENT) as content:
            await anext(content)
            waiting = raw(client, request(client, "/fit/stream", LECTURE))
            await until(lambda: len(app.state.streams) == 2)
            leave(waiting)
            await until(lambda: len(app.state.streams) == 1)
            await until(lambda: not len(app.state.pool._queue))
        await free(app, client)

    with_service(test)


def test_a_client_that_resets_in_the_middle_frees_its_place_and_its_worker() -> None:
    async def test(app: FastAPI, client: httpx.AsyncClient) -> None:
        connection = raw(client, request(client, "/fit/stream", LONG))
        connection.settimeout(0)
        assert await asyncio.get_running_loop().sock_recv(connection, 1)
        reset(connection)
        await free(app, client)

    with_service(test)


@pytest.mark.usefixtures("impatient")
def test_a_slow_reader_who_reads_again_is_told_so_last() -> None:
    async def test(app: FastAPI, client: httpx.AsyncClient) -> None:
        async with streaming(client, LONG) as content:
            first = await anext(content)
            await until(
                lambda: (
                    app.state.pool._workers
                    and all(worker.idle or not worker.ready for worker in app.state.pool._workers)
                )
            )
            *told, failed = sse(first + await rest_of(content))
        assert failed.content["type"] == "failed"
        assert failed.content["problem"]["code"] == "slow_reader"
        steps = [event for event in told if event.content["type"] == "steps"]
        assert [event.content["first"] for event in steps[1:]] == [
            (event.id or 0) + 1 for event in steps[:-1]
        ]
        await free(app, client)

    with_service(test)


@pytest.mark.usefixtures("impatient")
def test_a_slow_reader_who_never_reads_again_is_cut() -> None:
    async def test(app: FastAPI, client: httpx.AsyncClient) -> None:
        async with streaming(client, LONG) as content:
            await anext(content)
            async with asyncio.timeout(10 * SHORT):
                await until(lambda: not len(app.state.streams))
            with pytest.raises(httpx.TransportError):
                await rest_of(content)
        await free(app, client)

    with_service(test)


@pytest.mark.usefixtures("impatient")
def test_a_reader_who_stops_within_the_last_event_does_not_keep_his_place() -> None:
    async def test(app: FastAPI, client: httpx.AsyncClient) -> None:
        async with streaming(client, WIDE) as content:
            tail = b""
            while b"event: done" not in (tail := tail[-20:] + await anext(content)):
                pass
            async with asyncio.timeout(10 * SHORT):
                await until(lambda: not len(app.state.streams))

    with_service(test)


@pytest.mark.usefixtures("impatient")
def test_a_reader_who_has_not_taken_an_answer_before_does_not_keep_his_place() -> None:
    """Two requests on one connection: what is left of the first answer stands before the head of
    the stream.
    """

    async def test(app: FastAPI, client: httpx.AsyncClient) -> None:
        large = LECTURE | {"steps": 900_000, "record_every": 1}
        connection = raw(
            client, request(client, "/fit", large), request(client, "/fit/stream", LECTURE)
        )
        await until(lambda: len(app.state.streams) == 1)
        try:
            async with asyncio.timeout(10 * SHORT):
                await until(lambda: not len(app.state.streams))
        finally:
            reset(connection)

    with_service(test)


@pytest.mark.usefixtures("impatient")
def test_a_reader_who_takes_a_little_at_a_time_is_not_cut() -> None:
    """Of 400 kB in four seconds, with a patience of half a second."""

    async def test(_: FastAPI, client: httpx.AsyncClient) -> None:
        async with streaming(client, LECTURE | {"steps": 4000}) as content:
            parts = []
            async for part in content:
                parts.append(part)
                await asyncio.sleep(len(part) / 200_000)
        assert last(b"".join(parts)).content["type"] == "done"

    with_service(test)


@pytest.mark.usefixtures("restless")
@pytest.mark.parametrize(("accept", "alive"), [(SSE, b": alive\n\n"), (NDJSON, b"\n")])
def test_a_stream_with_nothing_to_tell_gives_signs_of_life(accept: str, alive: bytes) -> None:
    async def test(_: FastAPI, client: httpx.AsyncClient) -> None:
        async with streaming(client, SILENT, accept) as content:
            while await anext(content) != alive:
                pass
            assert [await anext(content) for _ in range(3)] == [alive] * 3

    with_service(test)


@pytest.mark.usefixtures("restless")
def test_signs_of_life_are_no_events() -> None:
    async def test(_: FastAPI, client: httpx.AsyncClient) -> None:
        async with streaming(client, SILENT | {"steps": 15_000, "record_every": 15_000}) as content:
            whole = await rest_of(content)
        assert b": alive\n\n" in whole
        assert [event.content["type"] for event in sse(whole)] == [
            "started",
            "steps",
            "steps",
            "done",
        ]

    with_service(test)


def test_a_worker_that_is_lost_is_not_seen_by_who_reads() -> None:
    async def test(app: FastAPI, client: httpx.AsyncClient) -> None:
        async with streaming(client, LECTURE | {"solver": "loop", "steps": 4000}) as content:
            first = await anext(content)
            for worker in app.state.pool._workers:
                worker._process.kill()
            events = sse(first + await rest_of(content))
        assert [event.content["type"] for event in events].count("started") == 1
        assert (
            sum(len(event.content["loss"]) for event in events if event.content["type"] == "steps")
            == 4001
        )
        assert events[-1].content["type"] == "done"

    with_service(test)


def test_a_fit_over_the_wall_clock_fails_after_what_was_told() -> None:
    async def test(app: FastAPI, client: httpx.AsyncClient) -> None:
        async with streaming(client, SILENT | {"steps": 2500}) as content:
            first = await anext(content)
            for pid in pids(app.state.pool):
                os.kill(pid, signal.SIGSTOP)
            failed = last(first + await rest_of(content))
        assert failed.content["problem"]["code"] == "fit_timeout"
        assert failed.content["problem"]["status"] == 504

    with_service(test, max_fit_seconds=0.5)
