"""The service as a user starts it: a process of its own, on a free port."""

import asyncio
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import uvicorn
from fastapi import FastAPI

from service import server
from service.api.state import state_of
from service.app import create_app
from service.connections.protocol import Protocol
from service.settings import Settings

LONG = {
    "synthetic": {},
    "seed": 42,
    "lr": 1e-5,
    "steps": 60_000,
    "solver": "loop",
    "record_every": 60_000,
}
"""A fit that takes several seconds."""
URL = re.compile(r"Uvicorn running on (http://[\d.]+:\d+) ")
PATIENCE_SECONDS = 180
"""How long to wait for what must come. A loaded machine may need most of it."""


@dataclass(frozen=True)
class Server:
    """A running service and the file of its log."""

    url: str
    pid: int
    process: subprocess.Popen[bytes]
    log_path: str

    def log(self) -> str:
        """Return everything that the service has logged."""
        return Path(self.log_path).read_text()

    def events(self, event: str) -> list[dict[str, Any]]:
        """Return the log lines of one event. Every line is a JSON object."""
        whole = self.log().rpartition("\n")[0].splitlines()
        return [line for line in map(json.loads, whole) if line["event"] == event]

    def children(self) -> list[int]:
        """Return the ids of all processes below the service."""
        return descendants(self.pid)

    def workers(self) -> list[int]:
        """Return the ids of the workers, which are grandchildren of the service."""
        return [lower for child in _children(self.pid) for lower in _children(child)]


@contextmanager
def serving(*arguments: str, ready: bool = True, **environment: str) -> Iterator[Server]:
    """Run a service until the block ends.

    The block begins when the service is ready or, with `ready=False`, when it listens.
    """
    with tempfile.TemporaryDirectory() as folder, Path(folder, "log").open("wb") as log:
        jobs = {"COASTER_DATABASE_URL": f"sqlite:///{folder}/jobs.db", "COASTER_JOB_WORKERS": "1"}
        command = [sys.executable, "-m", "service", "--port", "0", *arguments]
        process = subprocess.Popen(command, env=os.environ | jobs | environment, stderr=log)
        try:
            yield _started(process, log.name, ready=ready)
        finally:
            process.terminate()
            process.wait(PATIENCE_SECONDS)


def _started(process: subprocess.Popen[bytes], log_path: str, *, ready: bool) -> Server:
    log = Path(log_path)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := URL.search(log.read_text())):
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.01)
    while ready and not is_ready(found[1]):
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)
    return Server(found[1], process.pid, process, log_path)


def is_ready(url: str) -> bool:
    """Return whether the service takes fits and jobs.

    Certificates are not verified: reading them takes 25 ms, and a plain connection needs none.
    """
    return httpx.get(url + "/readyz", timeout=30, verify=False).status_code == 200


def listens(url: str) -> bool:
    """Return whether a service answers at this address."""
    try:
        return httpx.get(url + "/livez", timeout=30).status_code == 200
    except httpx.TransportError:
        return False


def until(holds: Callable[[], bool], *, pause: float = 0.05) -> None:
    """Wait until a condition holds, with pauses between the looks; fail when patience ends."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, f"not within {PATIENCE_SECONDS} seconds"
        time.sleep(pause)


@asynccontextmanager
async def serving_here(**given: Any) -> AsyncIterator[tuple[FastAPI, str]]:
    """Serve the application in this process, on a free port, so that a test can inspect it.

    Yield the application and its address.
    """
    with tempfile.TemporaryDirectory() as folder:
        own = {"workers": 1, "job_workers": 1, "database_url": f"sqlite:///{folder}/coaster.db"}
        app = create_app(Settings(**own | given))
        listening = socket.create_server(("127.0.0.1", 0))
        config = uvicorn.Config(
            app,
            lifespan="off",
            http=Protocol,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=2,
        )
        here = server.Server(config, app)
        serving = asyncio.create_task(here.serve(sockets=[listening]))
        while not here.started or not state_of(app).pool.ready:
            assert not serving.done()
            await asyncio.sleep(0.01)
        try:
            yield app, f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            here.should_exit = True
            await serving


def address(url: str) -> tuple[str, int]:
    """Return the host and the port of a URL."""
    parts = urlsplit(url)
    assert parts.hostname
    assert parts.port
    return parts.hostname, parts.port


def descendants(pid: int) -> list[int]:
    """Return the ids of all living processes below a process."""
    children = _children(pid)
    return children + [lower for child in children for lower in descendants(child)]


def _children(pid: int) -> list[int]:
    parents = {int(stat.parent.name): _parent(stat) for stat in Path("/proc").glob("[0-9]*/stat")}
    return [child for child, parent in parents.items() if parent == pid]


def _parent(stat: Path) -> int:
    try:
        return int(stat.read_text().rpartition(")")[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0
