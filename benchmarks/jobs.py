"""How fast durable jobs are, from POST to the last event."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from time import perf_counter

import httpx

from benchmarks.over_http import serving

PORT = 8221
URL = f"http://127.0.0.1:{PORT}"
TEN_STEPS = {"synthetic": {}, "seed": 42, "lr": 1e-5, "steps": 10}
SECOND = {"synthetic": {}, "seed": 42, "lr": 1e-5, "steps": 5000, "solver": "loop"}
CONCURRENT = 200
LONG = 6


@contextmanager
def service(job_workers: int) -> Iterator[None]:
    with serving(
        PORT,
        ["service", "--port", str(PORT), "--workers", "1"],
        COASTER_JOB_WORKERS=str(job_workers),
    ):
        asyncio.run(together(2 * job_workers, SECOND))
        yield


async def one(client: httpx.AsyncClient, body: dict) -> float:
    """Seconds from POST to the last event of a job."""
    began = perf_counter()
    job = (await client.post("/jobs", json=body)).raise_for_status().json()
    events = await client.get(f"/jobs/{job['id']}/events")
    assert b"event: done" in events.content, events.content[-300:]
    return perf_counter() - began


async def alone(count: int) -> float:
    """The median of jobs one after the other."""
    async with httpx.AsyncClient(base_url=URL, timeout=60) as client:
        return median([await one(client, TEN_STEPS) for _ in range(count)])


async def together(count: int, body: dict) -> float:
    """Seconds until all of them have ended."""
    limits = httpx.Limits(max_connections=count)
    async with httpx.AsyncClient(base_url=URL, timeout=120, limits=limits) as client:
        began = perf_counter()
        await asyncio.gather(*(one(client, body) for _ in range(count)))
        return perf_counter() - began


def table() -> str:
    with service(job_workers=1):
        by_one = asyncio.run(together(LONG, SECOND))
    with service(job_workers=2):
        by_two = asyncio.run(together(LONG, SECOND))
        durable = asyncio.run(alone(100))
        many = median(asyncio.run(together(CONCURRENT, TEN_STEPS)) for _ in range(3))
    at_once = f"{many:.2f} s, {CONCURRENT / many:.0f} a second"
    return f"""\
| durable jobs, in a SQLite file | |
|---|---:|
| one job of 10 steps, from POST to its last event | {1000 * durable:.1f} ms |
| {CONCURRENT} jobs of 10 steps at once, each followed by a client | {at_once} |
| {LONG} jobs of 5,000 steps by the loop, with 1 worker | {by_one:.2f} s |
| the same with 2 workers | {by_two:.2f} s, {by_one / by_two:.2f} times as fast |"""
