"""The service as a user starts it: a process of its own, on a free port."""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

LONG = {"synthetic": {}, "seed": 42, "lr": 1e-5, "steps": 60_000, "solver": "loop", "record_every": 60_000}
"""A fit of some seconds."""
URL = re.compile(r"running on (http://[\d.]+:\d+)")


@dataclass(frozen=True)
class Server:
    """A running service; its log is what it has said so far."""

    url: str
    pid: int
    process: subprocess.Popen[bytes]
    log_path: str

    def log(self) -> str:
        """What it has said."""
        return Path(self.log_path).read_text()

    def children(self) -> list[int]:
        """Its processes, all generations."""
        return descendants(self.pid)


@contextmanager
def serving(*arguments: str, ready: bool = True, **environment: str) -> Iterator[Server]:
    """A service that is ended when the block ends."""
    with tempfile.NamedTemporaryFile(suffix=".log") as log:
        command = [sys.executable, "-m", "service", "--port", "0", *arguments]
        process = subprocess.Popen(command, env=os.environ | environment, stderr=log)
        try:
            yield _started(process, log.name, ready=ready)
        finally:
            process.terminate()
            process.wait(15)


def _started(process: subprocess.Popen[bytes], log_path: str, *, ready: bool) -> Server:
    server = Server("", process.pid, process, log_path)
    deadline = time.monotonic() + 60
    while not (found := URL.search(server.log())):
        assert process.poll() is None, server.log()
        time.sleep(0.01)
    server = Server(found[1], process.pid, process, log_path)
    while ready and httpx.get(server.url + "/readyz").status_code != 200:
        assert time.monotonic() < deadline, server.log()
        time.sleep(0.05)
    return server


def descendants(pid: int) -> list[int]:
    """Every living process below pid."""
    parents = {int(stat.parent.name): _parent(stat) for stat in Path("/proc").glob("[0-9]*/stat")}
    children = [child for child, parent in parents.items() if parent == pid]
    return children + [lower for child in children for lower in descendants(child)]


def _parent(stat: Path) -> int:
    try:
        return int(stat.read_text().rpartition(")")[2].split()[1])
    except FileNotFoundError:
        return 0
