"""Streams by curl, the client that everybody has."""

import json
import os
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass

import httpx
import pytest

from tests.server import Server
from tests.streams import NDJSON, SSE, Json, folded, ndjson, sse, timeless

FIT: Json = {"synthetic": {}, "seed": 42, "lr": 1e-5, "solver": "loop", "steps": 6000}
"""A second of work."""


@dataclass
class Output:
    """All that curl wrote, and when each part of it came, in seconds."""

    content: bytes
    moments: list[float]


def curl(*arguments: str) -> Output:
    parts, moments = [], []
    began = time.monotonic()
    with subprocess.Popen(
        ["curl", "--silent", "--show-error", "--fail", "-N", *arguments], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout
        while part := os.read(process.stdout.fileno(), 1 << 20):
            parts.append(part)
            moments.append(time.monotonic() - began)
    assert process.returncode == 0
    return Output(b"".join(parts), moments)


def of_sse(content: bytes) -> list[Json]:
    return [event.content for event in sse(content)]


def streamed(server: Server, accept: str) -> Output:
    body = ["-H", "Content-Type: application/json", "-d", json.dumps(FIT)]
    return curl("-H", f"Accept: {accept}", *body, server.url + "/fit/stream")


def followed(server: Server, accept: str) -> Output:
    job = httpx.post(server.url + "/jobs", json=FIT).headers["location"]
    return curl("-H", f"Accept: {accept}", f"{server.url}{job}/events")


@pytest.mark.parametrize("stream", [streamed, followed])
@pytest.mark.parametrize(("accept", "events"), [(SSE, of_sse), (NDJSON, ndjson)])
def test_events_come_while_the_fit_is_made_and_are_the_whole_answer(
    server: Server,
    client: httpx.Client,
    stream: Callable[[Server, str], Output],
    accept: str,
    events: Callable[[bytes], list[Json]],
) -> None:
    output = stream(server, accept)

    assert folded(events(output.content)) == timeless(client.post("/fit", json=FIT).json())
    first, last = output.moments[0], output.moments[-1]
    assert last - first > 0.3
    assert sum(first + 0.1 < moment < last - 0.1 for moment in output.moments) >= 5
