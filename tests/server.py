"""The service as a user starts it: a process of its own, on a free port."""

import asyncio
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI

from service import server
from service.app import create_app
from service.protocol import Bounds, bounded
from service.settings import Settings

LONG = {
    "synthetic": {},
    "seed": 42,
    "lr": 1e-5,
    "steps": 60_000,
    "solver": "loop",
    "record_every": 60_000,
}
"""A fit of some seconds."""
URL = re.compile(r"Uvicorn running on (http://[\d.]+:\d+) ")


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

    def events(self, event: str) -> list[dict[str, Any]]:
        """The lines that tell of one event; every line is an object."""
        whole = self.log().rpartition("\n")[0].splitlines()
        return [line for line in map(json.loads, whole) if line["event"] == event]

    def children(self) -> list[int]:
        """Its processes, all generations."""
        return descendants(self.pid)

    def workers(self) -> list[int]:
        """Those that fit: a process of its own starts them."""
        return [lower for child in _children(self.pid) for lower in _children(child)]


@contextmanager
def serving(*arguments: str, ready: bool = True, **environment: str) -> Iterator[Server]:
    """A service that is ended when the block ends."""
    with tempfile.TemporaryDirectory() as folder, Path(folder, "log").open("wb") as log:
        jobs = {"COASTER_DATABASE_URL": f"sqlite:///{folder}/jobs.db", "COASTER_JOB_WORKERS": "1"}
        command = [sys.executable, "-m", "service", "--port", "0", *arguments]
        process = subprocess.Popen(command, env=os.environ | jobs | environment, stderr=log)
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
    while ready and not is_ready(server.url):
        assert time.monotonic() < deadline, server.log()
        time.sleep(0.05)
    return server


def is_ready(url: str) -> bool:
    """Whether it takes fits and jobs. Without the certificates of all the world, which take 25 ms
    to read, and nothing needs.
    """
    return httpx.get(url + "/readyz", timeout=3, verify=False).status_code == 200


@asynccontextmanager
async def serving_here(**given: Any) -> AsyncIterator[tuple[FastAPI, str]]:
    """The application and its address; served in this process, on a free port, so that a test may
    look inside.
    """
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(
            Settings(
                **{"workers": 1, "job_workers": 1, "database_url": f"sqlite:///{folder}/coaster.db"}
                | given
            )
        )
        protocol = bounded(Bounds(5, 10, 4096))
        config = uvicorn.Config(
            app,
            port=0,
            http=protocol,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=2,
        )
        here = server.Server(config, app)
        serving = asyncio.create_task(here.serve())
        while not here.started or not app.state.pool.ready:
            assert not serving.done()
            await asyncio.sleep(0.01)
        try:
            yield app, f"http://127.0.0.1:{here.servers[0].sockets[0].getsockname()[1]}"
        finally:
            here.should_exit = True
            await serving


def descendants(pid: int) -> list[int]:
    """Every living process below pid."""
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
