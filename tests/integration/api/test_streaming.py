"""Streams over real connections: clients that leave, slow readers, killed workers.

tests/unit/api/test_streaming.py says exactly when what happens; here the kernel's buffers stand
between.
"""

import asyncio
import signal
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from service.api.state import state_of
from service.descent.questions.records import NUMBER_BYTES
from tests.support.bodies import JSON
from tests.support.processes import send_workers, until
from tests.support.raw import post
from tests.support.server import PATIENCE_SECONDS, Server, address, serving_here
from tests.support.streams import SSE, Json, events, folded, sse

LECTURE: Json = {"synthetic": {}, "seed": 42, "lr": 1e-5, "steps": 10}
LONG: Json = LECTURE | {"steps": 399_000, "record_every": 1}
"""A stream of some 40 MB: more than the buffers on its way hold."""
SILENT: Json = LECTURE | {"steps": 60_000, "solver": "loop", "record_every": 60_000}
"""A stream that has nothing to say for seconds."""
WIDE: Json = LECTURE | {
    "synthetic": {"points": 1000},
    "lr": 1e-12,
    "steps": 900,
    "include": ["predictions"],
}
"""A stream whose last event has some 18 MB."""

Test = Callable[[FastAPI, httpx.AsyncClient], Awaitable[None]]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slow readers are cut after seconds, not tens of seconds."""
    monkeypatch.setattr("service.api.streaming.PATIENCE_SECONDS", 2)


def with_service(test: Test, **given: Any) -> None:
    """Run a test with a service of one worker in this process, and a client of it."""

    async def run() -> None:
        async with (
            asyncio.timeout(2 * PATIENCE_SECONDS),
            serving_here(**given) as (app, url),
            httpx.AsyncClient(base_url=url, timeout=PATIENCE_SECONDS) as client,
        ):
            await test(app, client)

    asyncio.run(run())


@asynccontextmanager
async def streaming(client: httpx.AsyncClient, body: Json) -> AsyncIterator[AsyncIterator[bytes]]:
    """The bytes of a stream. Its client leaves at the end of the block."""
    async with client.stream("POST", "/fit/stream", json=body, headers={"Accept": SSE}) as answer:
        assert answer.status_code == 200, await answer.aread()
        yield answer.aiter_raw()


async def rest_of(content: AsyncIterator[bytes]) -> bytes:
    return b"".join([part async for part in content])


async def free(app: FastAPI, client: httpx.AsyncClient) -> None:
    """Wait until no stream has a place, and see that the worker fits for others."""
    await until(lambda: not len(state_of(app).streams))
    assert (await client.post("/fit", json=LECTURE)).status_code == 200


def raw(client: httpx.AsyncClient, *requests: bytes) -> socket.socket:
    """A connection of its own, with requests on it whose answers nothing reads."""
    connection = socket.create_connection(address(str(client.base_url)))
    connection.sendall(b"".join(requests))
    return connection


def request(path: str, body: Json) -> bytes:
    return post(path, httpx.Request("POST", "http://coaster", json=body, headers=JSON).content)


def reset(connection: socket.socket) -> None:
    """End a connection without a word."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


@pytest.mark.parametrize("body", [LONG, SILENT], ids=["long", "silent"])
def test_a_client_that_leaves_in_the_middle_frees_its_place_and_its_worker(body: Json) -> None:
    async def test(app: FastAPI, client: httpx.AsyncClient) -> None:
        async with streaming(client, body) as content:
            await anext(content)
            assert len(state_of(app).streams) == 1
        await free(app, client)

    with_service(test)


def test_a_client_that_leaves_before_the_first_byte_frees_its_place() -> None:
    async def test(app: FastAPI, client: httpx.AsyncClient) -> None:
        async with streaming(client, SILENT) as content:
            await anext(content)
            for leave in (socket.socket.close, reset):
                waiting = raw(client, request("/fit/stream", SILENT))  # a short one would not wait
                await until(lambda: len(state_of(app).streams) == 2)
                leave(waiting)
                await until(lambda: len(state_of(app).streams) == 1)
                await until(lambda: not state_of(app).pool.load.waiting)
        await free(app, client)

    with_service(test)


def test_a_client_that_resets_in_the_middle_frees_its_place_and_its_worker() -> None:
    async def test(app: FastAPI, client: httpx.AsyncClient) -> None:
        connection = raw(client, request("/fit/stream", LONG))
        connection.settimeout(0)
        assert await asyncio.get_running_loop().sock_recv(connection, 1)
        reset(connection)
        await free(app, client)

    with_service(test)


@pytest.mark.usefixtures("impatient")
def test_a_slow_reader_that_reads_again_is_told_why_its_stream_ends() -> None:
    async def test(app: FastAPI, client: httpx.AsyncClient) -> None:
        async with streaming(client, LONG) as content:
            first = await anext(content)
            await until(lambda: not state_of(app).pool.load.busy)
            *told, failed = sse(first + await rest_of(content))
        assert failed.content["problem"]["code"] == "slow_reader"
        steps = [event for event in told if event.content["type"] == "steps"]
        assert [event.content["first"] for event in steps[1:]] == [
            (event.id or 0) + 1 for event in steps[:-1]
        ]
        await free(app, client)

    with_service(test)


@pytest.mark.usefixtures("impatient")
def test_a_slow_reader_that_never_reads_again_is_disconnected() -> None:
    async def test(app: FastAPI, client: httpx.AsyncClient) -> None:
        async with streaming(client, LONG) as content:
            await anext(content)
            await until(lambda: not len(state_of(app).streams))
            with pytest.raises(httpx.TransportError):
                await rest_of(content)
        await free(app, client)

    with_service(test)


@pytest.mark.usefixtures("impatient")
def test_a_reader_that_stops_within_the_last_event_does_not_keep_its_place() -> None:
    async def test(app: FastAPI, client: httpx.AsyncClient) -> None:
        async with streaming(client, WIDE) as content:
            tail = b""
            while b"event: done" not in (tail := tail[-20:] + await anext(content)):
                pass
            await until(lambda: not len(state_of(app).streams))

    with_service(test)


def test_a_stream_does_not_begin_before_the_answer_before_it_is_read() -> None:
    """Two requests on one connection, of which the first has a large answer. It counts until its
    client has left.
    """

    async def test(app: FastAPI, client: httpx.AsyncClient) -> None:
        large = LECTURE | {"steps": 900_000, "record_every": 1}
        state, expected = state_of(app), NUMBER_BYTES * 900_001
        connection = raw(client, request("/fit", large), request("/fit/stream", LECTURE))
        await until(lambda: 0 < state.budget.held < expected)  # the worker has answered
        assert (len(state.fits), len(state.streams)) == (1, 0)
        reset(connection)
        await until(lambda: not state.budget.held and not len(state.fits))

    with_service(test)


def test_a_reader_does_not_notice_that_a_worker_is_killed() -> None:
    async def test(_: FastAPI, client: httpx.AsyncClient) -> None:
        async with streaming(client, LECTURE | {"solver": "loop", "steps": 4000}) as content:
            first = await anext(content)
            send_workers(signal.SIGKILL)
            events = sse(first + await rest_of(content))
        assert [event.content["type"] for event in events].count("started") == 1
        assert (
            sum(len(event.content["loss"]) for event in events if event.content["type"] == "steps")
            == 4001
        )
        assert events[-1].content["type"] == "done"

    with_service(test)


def test_a_fit_over_the_wall_clock_fails_after_what_was_told() -> None:
    async def test(_: FastAPI, client: httpx.AsyncClient) -> None:
        async with streaming(client, SILENT | {"steps": 12_000}) as content:
            first = await anext(content)
            send_workers(signal.SIGSTOP)
            failed = sse(first + await rest_of(content))[-1].content
        assert (failed["problem"]["code"], failed["problem"]["status"]) == ("fit_timeout", 504)

    with_service(test, max_fit_seconds=2)


def test_more_streams_than_may_be_open_are_refused() -> None:
    async def test(app: FastAPI, client: httpx.AsyncClient) -> None:
        async with streaming(client, SILENT) as content:
            await anext(content)
            waiting = raw(client, request("/fit/stream", SILENT))  # a short one would not wait
            await until(lambda: len(state_of(app).streams) == 2)
            refused = await client.post("/fit/stream", json=LECTURE)
            assert (refused.status_code, refused.json()["code"]) == (503, "too_many_streams")
            waiting.close()
        await until(lambda: not len(state_of(app).streams))
        assert (await client.post("/fit/stream", json=LECTURE)).status_code == 200

    with_service(test, max_streams=2)


def test_a_connection_is_good_for_more_than_one_stream(server: Server) -> None:
    bodies = [LECTURE, LECTURE | {"steps": 3000}, LECTURE]
    with httpx.Client(
        base_url=server.url, limits=httpx.Limits(max_connections=1), timeout=PATIENCE_SECONDS
    ) as client:
        first, _, again = [folded(events(client, body)) for body in bodies]

    assert first == again
