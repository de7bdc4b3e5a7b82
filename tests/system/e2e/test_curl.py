"""Streams read with curl, which almost every machine has."""

import json
import os
import subprocess
from collections.abc import Callable

import httpx
import pytest

from tests.support.server import LONG, PATIENCE_SECONDS, Server
from tests.support.streams import NDJSON, SSE, Json, folded, ndjson, sse, timeless

CURL = ["curl", "--silent", "--show-error", "--fail", "-N"]
FIT: Json = {"synthetic": {}, "seed": 42, "lr": 1e-5, "solver": "loop", "steps": 1500}
SLOW: Json = LONG | {"record_every": 600}
"""A fit of several seconds with a hundred records."""
EVENTS = 5
"""Events of steps that come long before the end of the slow fit."""


def of_sse(content: bytes) -> list[Json]:
    return [event.content for event in sse(content)]


def streamed(server: Server, fit: Json) -> list[str]:
    """Return the arguments of curl for a streamed fit."""
    return [
        "-H",
        "Content-Type: application/json",
        "-d",
        json.dumps(fit),
        server.url + "/fit/stream",
    ]


def followed(server: Server, fit: Json) -> list[str]:
    """Create a job and return the arguments of curl for its events."""
    job = (
        httpx.post(server.url + "/jobs", json=fit, timeout=PATIENCE_SECONDS)
        .raise_for_status()
        .headers["location"]
    )
    return [f"{server.url}{job}/events"]


@pytest.mark.parametrize("asked", [streamed, followed])
@pytest.mark.parametrize(("accept", "events"), [(SSE, of_sse), (NDJSON, ndjson)])
def test_the_events_that_curl_writes_are_the_whole_answer(
    server: Server,
    client: httpx.Client,
    asked: Callable[[Server, Json], list[str]],
    accept: str,
    events: Callable[[bytes], list[Json]],
) -> None:
    command = [*CURL, "-H", f"Accept: {accept}", *asked(server, FIT)]

    content = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout

    assert folded(events(content)) == timeless(client.post("/fit", json=FIT).json())


@pytest.mark.parametrize("asked", [streamed, followed])
@pytest.mark.parametrize("accept", [SSE, NDJSON])
def test_curl_writes_events_while_the_fit_is_made(
    server: Server,
    client: httpx.Client,
    asked: Callable[[Server, Json], list[str]],
    accept: str,
) -> None:
    command = [*CURL, "-H", f"Accept: {accept}", *asked(server, SLOW)]
    content = b""

    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout
        while content.count(b'"type":"steps"') < EVENTS:
            part = os.read(process.stdout.fileno(), 1 << 20)
            assert part, content
            content += part
        process.terminate()
    for job in client.get("/jobs", params={"status": "running"}).json()["data"]:
        client.post(f"/jobs/{job['id']}/cancel")

    assert b'"type":"done"' not in content
