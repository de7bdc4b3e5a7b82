"""The service as a system of processes that can be killed and started again, each at its own
address.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import httpx

from tests.support.ports import free_port
from tests.support.postgres import Postgres
from tests.support.postgres import serving as postgres
from tests.support.server import PATIENCE_SECONDS, descendants, is_ready, until

DEFAULTS: Mapping[str, str] = MappingProxyType({})
"""No settings other than those that a system needs."""


@dataclass
class Part:
    """One process of the system, and those it starts itself."""

    arguments: Sequence[str]
    environment: dict[str, str]
    log: Path
    _process: subprocess.Popen[bytes] | None = field(default=None)

    @property
    def pid(self) -> int:
        """The id of its process."""
        assert self._process
        return self._process.pid

    def start(self) -> None:
        """Start the process, unless it runs."""
        if self._process and self._process.poll() is None:
            return
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "service", *self.arguments]
            self._process = subprocess.Popen(command, env=os.environ | self.environment, stderr=log)

    def kill(self) -> None:
        """Kill the process, without notice to those it started."""
        assert self._process
        self._process.kill()
        self._process.wait()

    def kill_and_start(self) -> None:
        """Kill the process and start the next one."""
        self.kill()
        self.start()

    def kill_a_worker(self) -> None:
        """Kill one of the workers, which are grandchildren."""
        found: list[int] = []

        def started() -> bool:
            found[:] = [pid for child in descendants(self.pid) for pid in descendants(child)]
            return bool(found)

        until(started)
        os.kill(found[-1], signal.SIGKILL)

    def stop(self) -> int:
        """Send SIGTERM, wait for the end, and return the exit code."""
        assert self._process
        self._process.terminate()
        return self._process.wait(PATIENCE_SECONDS)


@dataclass
class System:
    """APIs at `urls`, which are the first parts, and the machines that run jobs."""

    urls: list[str]
    parts: list[Part]
    database: Postgres | None

    def killings(self) -> list[Callable[[], None]]:
        """Return what kills a part, or one of its workers, and starts it again; for each part."""
        machines = [
            killing for part in self.parts for killing in (part.kill_and_start, part.kill_a_worker)
        ]
        return [*machines, self.database.kill_and_start] if self.database else machines

    def start(self) -> None:
        """Start all parts and wait until they serve."""
        for part in self.parts:
            part.start()
        for url in self.urls:
            until_ready(url)


def until_ready(url: str) -> None:
    """Wait until a service takes fits and jobs."""
    until(lambda: _serves(url))


def _serves(url: str) -> bool:
    try:
        return is_ready(url)
    except httpx.HTTPError:
        return False


@contextmanager
def on_sqlite(folder: Path, *, settings: Mapping[str, str] = DEFAULTS) -> Iterator[System]:
    """One process, with its jobs in a file."""
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
    """Replicas and job machines that share a database."""
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
    """Start a system and kill all its parts when the block ends."""
    with ExitStack() as stack:
        for part in system.parts:
            stack.callback(part.kill)
        system.start()
        yield system
