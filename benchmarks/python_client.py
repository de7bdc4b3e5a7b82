"""The Python client's `map` next to the load generator, with as many requests at once."""

import asyncio
import json
import os
import resource
from argparse import Namespace
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from time import perf_counter

from benchmarks.load import bodies, run
from benchmarks.over_http import ROUNDS, serving
from benchmarks.sizing import family
from coaster_client import AsyncCoaster, AsyncFit, Coaster, Fit, FitRequest

PORT = 8231
URL = f"http://127.0.0.1:{PORT}"
CONCURRENCY = 8
FITS = 2000
SECONDS = 4.0
WARM_UP = 1.25
"""The load generator runs a quarter longer than it measures."""
TICKS = os.sysconf("SC_CLK_TCK")


def with_load_generator() -> float:
    """Fit for some seconds with the load generator; the number of fits."""
    given = Namespace(
        path="/fit", key="", port=PORT, fields={}, connections=CONCURRENCY, seconds=SECONDS
    )
    return asyncio.run(run(given)) * SECONDS * WARM_UP


def requests() -> Iterator[FitRequest]:
    """Yield the requests of a client."""
    some = [json.loads(body) for body in bodies(64)]
    return (some[index % 64] for index in range(FITS))


def with_client() -> float:
    """Fit with the client for threads; the number of fits."""
    with Coaster(URL) as coaster:
        fits = coaster.map(requests(), concurrency=CONCURRENCY)
        return sum(isinstance(fit, Fit) for fit in fits)


def with_async_client() -> float:
    """Fit with the client for tasks; the number of fits."""

    async def fit() -> int:
        async with AsyncCoaster(URL) as coaster:
            fits = coaster.map(requests(), concurrency=CONCURRENCY)
            return sum([isinstance(fit, AsyncFit) async for fit in fits])

    return asyncio.run(fit())


WAYS: dict[str, Callable[[], float]] = {
    "the load generator": with_load_generator,
    "`map` of the Python client": with_client,
    "`map` of its asynchronous client": with_async_client,
}
"""What is measured. All are relative to the first."""


def cpu_seconds(service: int) -> float:
    """CPU seconds of the service and of this process so far."""
    stats = [
        Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in family(service)
    ]
    ours = resource.getrusage(resource.RUSAGE_SELF)
    theirs = sum(int(stat[11]) + int(stat[12]) for stat in stats) / TICKS
    return theirs + ours.ru_utime + ours.ru_stime


def measured(service: int, work: Callable[[], float]) -> tuple[float, float]:
    """Fits a second, and fits per CPU second of service and client together."""
    began, used = perf_counter(), cpu_seconds(service)
    fits = work()
    return fits / (perf_counter() - began), fits / (cpu_seconds(service) - used)


def table() -> str:
    with serving(PORT, ["service", "--port", str(PORT), "--workers", "2"]) as service:
        rounds = [
            {name: measured(service, work) for name, work in WAYS.items()} for _ in range(ROUNDS)
        ]
    rows = []
    first = next(iter(WAYS))
    for name in WAYS:
        rate, per_core = (
            median(values) for values in zip(*(each[name] for each in rounds), strict=True)
        )
        relative = median(each[name][1] / each[first][1] for each in rounds)
        rows.append(f"| {name} | {rate:,.0f} | {per_core:,.0f} | {relative:.2f} |")
    head = (
        f"| 20 points, 10 steps, {CONCURRENCY} at a time, 2 workers | fits/s "
        "| fits per CPU second of service and client | relative |"
    )
    return "\n".join([head, "|---|---:|---:|---:|", *rows])
