"""While one client uses all that it may, the fits and small jobs of another one are done soon."""

import asyncio
import json
import resource
import sys
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from pathlib import Path
from socket import create_connection, socket
from typing import Any

import httpx
import pytest

from tests.support.keys import bearer, key_file
from tests.support.server import PATIENCE_SECONDS, address, serving

pytestmark = pytest.mark.long

SECONDS = 30
CONNECTIONS = 4200
"""More silent connections than the service keeps open."""
GREEDY, MODEST = "127.0.0.1", "127.0.0.2"
"""The addresses of the two clients."""
FITS, STREAMS = 12, 4
"""The number of fits, and of streams without a reader, for which the greedy client asks at once."""
LARGE = {"synthetic": {}, "lr": 1e-5, "steps": 60_000, "record_every": 60_000, "solver": "loop"}
"""A fit of nearly ten predicted seconds."""
UNREAD = {"synthetic": {}, "lr": 1e-5, "steps": 390_000, "record_every": 1, "solver": "exact"}
"""A stream of more events than the service keeps for a slow reader."""
JOB = LARGE | {"steps": 380_000, "record_every": 380_000}
MEDIUM = LARGE | {"steps": 4000, "record_every": 4000}
"""A fit of 0.6 predicted seconds, which is too long for the reserved worker."""
SMALL = {"synthetic": {}, "seed": 42, "lr": 1e-5, "steps": 10}

Headers = dict[str, str]


def take_all(url: str, headers: Headers) -> None:
    """Use all bounds of a client for a while; this runs in a process of its own."""
    asyncio.run(_take_all(url, headers))


async def _take_all(url: str, headers: Headers) -> None:
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(
        base_url=url, headers=headers, limits=limits, timeout=PATIENCE_SECONDS
    ) as client:
        with suppress(TimeoutError):
            async with asyncio.timeout(SECONDS), asyncio.TaskGroup() as tasks:
                for _ in range(FITS):
                    tasks.create_task(_ask_again_and_again(client, "/fit", LARGE))
                for _ in range(STREAMS):
                    tasks.create_task(_read_nothing(client))
                tasks.create_task(_ask_again_and_again(client, "/jobs", JOB))
                tasks.create_task(_connect(url))


async def _ask_again_and_again(client: httpx.AsyncClient, path: str, body: object) -> None:
    while True:
        with suppress(httpx.HTTPError):  # the connection was idle, and had to give way
            if (await client.post(path, json=body)).status_code < 400:
                continue
        await asyncio.sleep(0.05)


async def _read_nothing(client: httpx.AsyncClient) -> None:
    while True:
        with suppress(httpx.HTTPError):
            async with client.stream("POST", "/fit/stream", json=UNREAD) as answer:
                if answer.status_code == 200:
                    await asyncio.sleep(5)
        await asyncio.sleep(0.05)


async def _connect(url: str) -> None:
    """Keep silent connections open, and replace the oldest ones again and again."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    silent: deque[socket] = deque()
    while True:
        for _ in range(50):
            silent.append(create_connection(address(url), source_address=(GREEDY, 0)))
            if len(silent) > CONNECTIONS:
                silent.popleft().close()
        await asyncio.sleep(0.05)


async def lives(client: httpx.AsyncClient) -> None:
    assert (await client.get("/livez")).status_code == 200


async def is_fitted(client: httpx.AsyncClient, fit: object = SMALL) -> None:
    answer = await client.post("/fit", json=fit)
    assert answer.status_code == 200, answer.text


async def medium_is_fitted(client: httpx.AsyncClient) -> None:
    await is_fitted(client, MEDIUM)


async def is_done(client: httpx.AsyncClient) -> None:
    """Wait for the end of a job, as its events say it. A slow disk can reject it at first."""
    while (answer := await client.post("/jobs", json=SMALL)).status_code == 503:
        assert answer.json()["code"] == "store_unavailable", answer.text
    assert answer.status_code == 202, answer.text
    events = await client.get(f"{answer.headers['location']}/events")
    assert '"type":"done"' in events.text


async def seconds(
    url: str, headers: Headers, ask: Callable[[httpx.AsyncClient], Awaitable[None]], pause: float
) -> list[float]:
    """Ask again and again, on a new connection each time. Return how long each time took."""
    taken: list[float] = []
    ended = time.monotonic() + SECONDS
    while time.monotonic() < ended:
        transport = httpx.AsyncHTTPTransport(local_address=MODEST, verify=False)
        began = time.perf_counter()
        async with httpx.AsyncClient(
            base_url=url, headers=headers, transport=transport, timeout=PATIENCE_SECONDS
        ) as client:
            await ask(client)
        taken.append(time.perf_counter() - began)
        await asyncio.sleep(pause)
    return taken


async def measured(url: str, greedy: Headers, modest: Headers) -> tuple[list[float], ...]:
    """Return how long life, small fits, medium fits and small jobs take while another process takes
    all.
    """
    command = f"from {__name__} import take_all; take_all({json.dumps(url)}, {json.dumps(greedy)})"
    taker = await asyncio.create_subprocess_exec(sys.executable, "-c", command)
    await asyncio.sleep(2)
    found = await asyncio.gather(
        seconds(url, {}, lives, 0.05),
        seconds(url, modest, is_fitted, 0.1),
        seconds(url, modest, medium_is_fitted, 0.1),
        seconds(url, modest, is_done, 0.2),
    )
    assert await taker.wait() == 0
    return found


@pytest.fixture(params=["key", "address"])
def service(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[tuple[str, str, Headers, Headers]]:
    """A service that distinguishes clients by key or address, and the headers of two of them."""
    by_key = request.param == "key"
    file, keys = key_file(tmp_path, ["greedy", "modest"])
    environment: dict[str, Any] = {"COASTER_API_KEYS_FILE": str(file)} if by_key else {}
    headers = [bearer(key) if by_key else {} for key in keys.values()]
    with serving("--workers", "2", COASTER_JOB_WORKERS="2", **environment) as server:
        yield request.param, server.url, headers[0], headers[1]


def test_fits_and_small_jobs_of_another_client_are_done_soon(
    service: tuple[str, str, Headers, Headers], tell: Callable[[str], None]
) -> None:
    kind, url, greedy, modest = service

    livez, fits, medium, jobs = asyncio.run(measured(url, greedy, modest))

    tell(
        f"next to a greedy {kind}: {len(livez)} x livez at most {max(livez):.2f} s, "
        f"{len(fits)} small fits at most {max(fits):.2f} s, {len(medium)} medium fits at most "
        f"{max(medium):.2f} s, {len(jobs)} small jobs at most {max(jobs):.2f} s"
    )
    assert max(fits) < 2
    assert max(medium) < 5
    assert max(jobs) < 5
    assert max(livez) < 2
