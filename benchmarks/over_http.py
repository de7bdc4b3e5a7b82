"""POST /fit of twenty points beside its peers, at sixteen connections."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from threading import Event, Thread
from time import sleep

import httpx

from benchmarks.load import bodies
from service.api.keys import made

ROUNDS = 5
UVICORN = ["uvicorn", "--no-access-log", "--log-level", "warning"]
SERVERS = {
    8201: ["benchmarks.with_empty_route", "8201"],
    8202: [*UVICORN, "--port", "8202", "benchmarks.naive_loop:app"],
    8203: [*UVICORN, "--port", "8203", "benchmarks.naive_polyfit:app"],
}
GUARDED = 8204
"""Coaster once more, with all on that an operator may turn on."""
ALL_ON = {
    "COASTER_MAX_FITS_PER_CLIENT": "1000",
    "COASTER_LOG_LEVEL": "debug",
    "COASTER_LOG_FORMAT": "json",
}
ROUTES = {
    "Coaster, POST /fit": (8201, "/fit"),
    "the same application, with the body validated and no fit": (8201, "/empty"),
    "the lecture's loop in a FastAPI endpoint": (8202, "/fit"),
    "numpy.polyfit in a FastAPI endpoint, without steps": (8203, "/fit"),
    (
        "Coaster with everything on: API keys, limits per key, a log line per request, and a "
        "scrape of /metrics per second"
    ): (GUARDED, "/fit"),
    "the same, with the body validated and no fit": (GUARDED, "/empty"),
}


@contextmanager
def serving(port: int, arguments: list[str], **settings: str) -> Iterator[int]:
    with TemporaryDirectory() as folder:
        environment = (
            os.environ | {"COASTER_DATABASE_URL": f"sqlite:///{folder}/jobs.db"} | settings
        )
        process = subprocess.Popen(
            [sys.executable, "-m", *arguments], stderr=subprocess.DEVNULL, env=environment
        )
        try:
            while not _answers(f"http://127.0.0.1:{port}/fit"):
                sleep(0.1)
            yield process.pid
        finally:
            process.terminate()
            process.wait()


def _answers(url: str) -> bool:
    try:
        return (
            httpx.post(
                url, content=bodies(1)[0], headers={"content-type": "application/json"}, timeout=10
            ).status_code
            < 500
        )
    except httpx.ConnectError:
        return False


@contextmanager
def guarded() -> Iterator[str]:
    """Coaster with all on; yields a key."""
    with TemporaryDirectory() as folder:
        key, line = made("benchmark")
        file = Path(folder) / "keys"
        file.write_text(line)
        with (
            serving(
                GUARDED,
                ["benchmarks.with_empty_route", str(GUARDED)],
                COASTER_API_KEYS_FILE=str(file),
                **ALL_ON,
            ),
            scraped(key),
        ):
            assert httpx.post(f"http://127.0.0.1:{GUARDED}/fit", json={}).status_code == 401
            yield key


@contextmanager
def scraped(key: str) -> Iterator[None]:
    """/metrics is read every second."""
    ended = Event()

    def scrape() -> None:
        while not ended.wait(1):
            httpx.get(
                f"http://127.0.0.1:{GUARDED}/metrics", headers={"Authorization": f"Bearer {key}"}
            ).raise_for_status()

    scraping = Thread(target=scrape)
    scraping.start()
    try:
        yield
    finally:
        ended.set()
        scraping.join()


def loaded(port: int, path: str, *options: str) -> float:
    """Requests a second."""
    command = [sys.executable, "-m", "benchmarks.load", str(port), path, *options]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def rates() -> dict[str, float]:
    """Requests a second: the median of rounds in which each route is loaded in turn."""
    measured: dict[str, list[float]] = {name: [] for name in ROUTES}
    with ExitStack() as stack:
        for port, arguments in SERVERS.items():
            stack.enter_context(serving(port, arguments))
        key = stack.enter_context(guarded())
        for _ in range(ROUNDS):
            for name, (port, path) in ROUTES.items():
                measured[name].append(loaded(port, path, "--key", key if port == GUARDED else ""))
    return {name: median(values) for name, values in measured.items()}


def table() -> str:
    """Return the table, relative to Coaster's rate and to its rate with everything on."""
    found = rates()
    ours, all_on = (
        next(rate for name, rate in found.items() if ROUTES[name] == (port, "/fit"))
        for port in (8201, GUARDED)
    )
    rows = [
        f"| {name} | {rate:,.0f} | {ours / rate:.2f} | {all_on / rate:.2f} |"
        for name, rate in found.items()
    ]
    head = (
        "| 20 points, 10 steps, 16 connections | requests/s "
        "| Coaster's rate relative to it | with everything on |"
    )
    return "\n".join([head, "|---|---:|---:|---:|", *rows])
