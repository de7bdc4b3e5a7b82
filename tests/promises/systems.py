"""The service as a system of processes that can be killed and started again, each at its own
address.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import httpx

from tests.jobs.postgres import Postgres
from tests.jobs.postgres import serving as postgres
from tests.server import descendants, is_ready

DEFAULTS: Mapping[str, str] = MappingProxyType({})
"""No settings but those that a system needs."""


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Part:
    """One process of the system, and those it starts itself."""

    arguments: Sequence[str]
    environment: dict[str, str]
    log: Path
    _process: subprocess.Popen[bytes] | None = field(default=None)

    @property
    def pid(self) -> int:
        """Of its process."""
        assert self._process
        return self._process.pid

    def start(self) -> None:
        """Runs it, if it does not run."""
        if self._process and self._process.poll() is None:
            return
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "service", *self.arguments]
            self._process = subprocess.Popen(command, env=os.environ | self.environment, stderr=log)

    def kill(self) -> None:
        """kill -9, and no word to those it started."""
        assert self._process
        self._process.kill()
        self._process.wait()

    def kill_and_start(self) -> None:
        """kill -9, and the next one."""
        self.kill()
        self.start()

    def kill_a_worker(self) -> None:
        """kill -9 of one of the processes that fit, a grandchild."""
        assert self._process
        end = time.monotonic() + 30
        while (
            not (
                workers := [
                    pid for child in descendants(self._process.pid) for pid in descendants(child)
                ]
            )
            and time.monotonic() < end
        ):
            time.sleep(0.05)
        os.kill(workers[-1], signal.SIGKILL)

    def stop(self) -> int:
        """SIGTERM, and its code."""
        assert self._process
        self._process.terminate()
        return self._process.wait(15)


@dataclass
class System:
    """APIs at `urls`, each with its place among the parts, and the machines that run jobs."""

    urls: list[str]
    parts: list[Part]
    database: Postgres | None

    def killings(self) -> list[Callable[[], None]]:
        """What can be killed, in turn; all of it is started again."""
        machines = [
            killing for part in self.parts for killing in (part.kill_and_start, part.kill_a_worker)
        ]
        return [*machines, self.database.kill_and_start] if self.database else machines

    def start(self) -> None:
        """All parts, and waits until they serve."""
        for part in self.parts:
            part.start()
        for url in self.urls:
            until_ready(url)


def until_ready(url: str, seconds: float = 60) -> None:
    """Returns when it serves."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if is_ready(url):
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise AssertionError(url)


@contextmanager
def on_sqlite(folder: Path, *, settings: Mapping[str, str] = DEFAULTS) -> Iterator[System]:
    """One process, its jobs in a file."""
    port = free_port()
    environment = {
        "COASTER_DATABASE_URL": f"sqlite:///{folder}/jobs.db",
        "COASTER_WORKERS": "1",
        "COASTER_JOB_WORKERS": "2",
    }
    api = Part(["--port", str(port)], {**environment, **settings}, folder / "api.log")
    with ended(System([f"http://127.0.0.1:{port}"], [api], None)) as system:
        yield system


@contextmanager
def on_postgresql(
    folder: Path, *, replicas: int = 2, workers: int = 2, settings: Mapping[str, str] = DEFAULTS
) -> Iterator[System]:
    """Replicas and workers that share a database."""
    with postgres() as server:
        environment = {
            "COASTER_DATABASE_URL": server.fresh(),
            "COASTER_WORKERS": "1",
            "COASTER_JOB_WORKERS": "1",
            **settings,
        }
        ports = [free_port() for _ in range(replicas)]
        apis = [
            Part(["--port", str(port)], environment, folder / f"api{port}.log") for port in ports
        ]
        hosts = [
            Part(["worker"], environment, folder / f"worker{number}.log")
            for number in range(workers)
        ]
        with ended(
            System([f"http://127.0.0.1:{port}" for port in ports], [*apis, *hosts], server)
        ) as system:
            yield system


@contextmanager
def ended(system: System) -> Iterator[System]:
    """Nothing of it outlives the block."""
    with ExitStack() as stack:
        for part in system.parts:
            stack.callback(part.kill)
        system.start()
        yield system
