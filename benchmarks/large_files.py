"""Ten million points of CSV as a job: how long it takes, and how much memory the processes need."""

import json
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from threading import Event, Thread
from time import perf_counter
from typing import IO, Self

import httpx
import numpy as np

from benchmarks.over_http import serving

PORT = 8233
POINTS, BLOCK = 10_000_000, 100_000
OPTIONS = {"steps": 1000, "seed": 42}
LOOK_SECONDS = 0.02


def write(file: IO[bytes]) -> None:
    """Write noise on a parabola, a block at a time."""
    generator = np.random.default_rng(42)
    file.write(b"t,y\n")
    for start in range(0, POINTS, BLOCK):
        t = np.arange(start, start + BLOCK, dtype=float)
        y = 1e-6 * t * t + generator.normal(size=BLOCK)
        file.write(
            b"".join(b"%d,%r\n" % pair for pair in zip(t.astype(int), y.tolist(), strict=True))
        )
    file.flush()


def resident(pid: int) -> int:
    """Return the memory of a process in MB, or 0 if it has ended."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return pages * 4096 // 10**6


def children(pid: int) -> list[int]:
    """Return the ids of the processes below a process."""
    found: list[int] = []
    for thread in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(FileNotFoundError, ProcessLookupError):
            found += map(int, thread.read_text().split())
    return found + [lower for child in found for lower in children(child)]


class Memory:
    """The largest memory of the API process and of a worker, in MB, during a block."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._ended = Event()
        self._thread = Thread(target=self._look)
        self.idle = resident(pid)
        self.api = self.worker = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._ended.wait(LOOK_SECONDS):
            self.api = max(self.api, resident(self._pid))
            self.worker = max([self.worker, *map(resident, children(self._pid))])


def fitted(client: httpx.Client, file: IO[bytes]) -> tuple[float, float]:
    """Return the seconds until the job of a file is accepted, and until it has ended."""
    headers = {"Content-Type": "text/csv", "Coaster-Options": json.dumps(OPTIONS)}
    began = perf_counter()
    job = client.post("/jobs", content=file, headers=headers)
    assert job.status_code == 202, job.text
    accepted = perf_counter() - began
    with client.stream("GET", f"/jobs/{job.json()['id']}/events") as events:
        *_, last = (line for line in events.iter_lines() if line.startswith("event"))
    assert last == "event: done"
    return accepted, perf_counter() - began


def table() -> str:
    with NamedTemporaryFile(suffix=".csv") as file:
        write(file)
        size = file.tell()
        with (
            serving(PORT, ["service", "--port", str(PORT)]) as pid,
            httpx.Client(base_url=f"http://127.0.0.1:{PORT}", timeout=600) as client,
            Memory(pid) as memory,
        ):
            file.seek(0)
            accepted, ended = fitted(client, file)
    return f"""\
| {POINTS:,} points of CSV as a job, {size / 1e6:.0f} MB | |
|---|---:|
| until it is accepted | {accepted:.1f} s |
| until it has ended | {ended:.1f} s |
| the API process, idle | {memory.idle} MB |
| at its most | {memory.api} MB |
| a worker at its most, with what it shares | {memory.worker} MB |"""
