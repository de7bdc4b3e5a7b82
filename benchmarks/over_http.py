"""POST /fit of twenty points beside its peers, at sixteen connections."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from statistics import median
from tempfile import TemporaryDirectory
from time import sleep

import httpx

from benchmarks.load import bodies

ROUNDS = 5
UVICORN = ["uvicorn", "--no-access-log", "--log-level", "warning"]
SERVERS = {
    8201: ["benchmarks.with_empty_route", "8201"],
    8202: [*UVICORN, "--port", "8202", "benchmarks.naive_loop:app"],
    8203: [*UVICORN, "--port", "8203", "benchmarks.naive_polyfit:app"],
}
ROUTES = {
    "Coaster, POST /fit": (8201, "/fit"),
    "the same application, the body validated and nothing fitted": (8201, "/empty"),
    "the lecture's loop in a FastAPI endpoint": (8202, "/fit"),
    "numpy.polyfit in a FastAPI endpoint, no steps": (8203, "/fit"),
}


@contextmanager
def serving(port: int, arguments: list[str], **settings: str) -> Iterator[None]:
    with TemporaryDirectory() as folder:
        environment = os.environ | {"COASTER_DATABASE_URL": f"sqlite:///{folder}/jobs.db"} | settings
        process = subprocess.Popen([sys.executable, "-m", *arguments], stderr=subprocess.DEVNULL, env=environment)
        try:
            while not _answers(f"http://127.0.0.1:{port}/fit"):
                sleep(0.1)
            yield
        finally:
            process.terminate()
            process.wait()


def _answers(url: str) -> bool:
    try:
        return httpx.post(url, content=bodies(1)[0], headers={"content-type": "application/json"}, timeout=10).status_code < 500
    except httpx.ConnectError:
        return False


def rates() -> dict[str, float]:
    """Requests a second: the median of rounds in which each route is loaded in turn."""
    measured: dict[str, list[float]] = {name: [] for name in ROUTES}
    with ExitStack() as stack:
        for port, arguments in SERVERS.items():
            stack.enter_context(serving(port, arguments))
        for _ in range(ROUNDS):
            for name, (port, path) in ROUTES.items():
                command = [sys.executable, "-m", "benchmarks.load", str(port), path]
                measured[name].append(float(subprocess.run(command, capture_output=True, text=True, check=True).stdout))
    return {name: median(values) for name, values in measured.items()}


def table() -> str:
    found = rates()
    ours = found["Coaster, POST /fit"]
    rows = [f"| {name} | {rate:,.0f} | {ours / rate:.2f} |" for name, rate in found.items()]
    return "\n".join(["| 20 points, 10 steps, 16 connections | requests/s | Coaster's, relative |", "|---|---:|---:|", *rows])
