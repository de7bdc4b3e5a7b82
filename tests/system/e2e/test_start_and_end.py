"""The service starts and ends in order, however it is started and whatever signal it gets."""

import os
import resource
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.ports import free_port
from tests.support.processes import parent_of
from tests.support.server import PATIENCE_SECONDS, is_ready, listens, serving, until

SMALL = {"synthetic": {}, "seed": 42, "lr": 1e-5, "steps": 10}


@pytest.mark.parametrize(
    "given", [signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM, signal.SIGHUP], ids=str
)
def test_a_signal_without_a_meaning_does_not_end_the_service(given: signal.Signals) -> None:
    with serving("--workers", "1") as server:
        server.process.send_signal(given)

        assert httpx.post(server.url + "/fit", json=SMALL).status_code == 200
        assert server.process.poll() is None


def test_sigquit_ends_the_service_in_order() -> None:
    with serving("--workers", "1") as server:
        server.process.send_signal(signal.SIGQUIT)

        assert server.process.wait(PATIENCE_SECONDS) == 0


def test_the_service_ends_although_its_forkserver_is_stopped() -> None:
    with serving("--workers", "1") as server:
        worker = server.workers()[0]
        os.kill(parent_of(worker), signal.SIGSTOP)
        os.kill(worker, signal.SIGKILL)
        until(lambda: not is_ready(server.url))

        server.process.terminate()

        assert server.process.wait(PATIENCE_SECONDS) == 0
        until(lambda: not server.children())


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_the_service_needs_no_standard_streams(closed: str, tmp_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = f"exec {sys.executable} -m service --workers 1 --port {port} {closed}"
    jobs = {"COASTER_DATABASE_URL": f"sqlite:///{tmp_path}/jobs.db"}
    with subprocess.Popen(["bash", "-c", command], env=os.environ | jobs) as process:
        until(lambda: listens(url) and is_ready(url))
        fit = httpx.post(url + "/fit", json=SMALL)
        process.terminate()

    assert (fit.status_code, process.returncode) == (200, 0)


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A directory for temporary files whose name is short enough for a socket."""
    with tempfile.TemporaryDirectory() as folder:
        monkeypatch.setenv("TMPDIR", folder)
        yield Path(folder)


def test_what_a_killed_service_left_is_removed_at_the_next_start(folder: Path) -> None:
    with serving("--workers", "1") as server:
        server.process.kill()
        server.process.wait()
        (left,) = folder.glob("pymp-*")

    with serving("--workers", "1"):
        assert not left.exists()
        assert len([*folder.glob("pymp-*")]) == 1
    assert not [*folder.glob("pymp-*")]


def test_a_start_removes_nothing_of_a_running_service(folder: Path) -> None:
    with serving("--workers", "1"):
        (theirs,) = folder.glob("pymp-*")
        with serving("--workers", "1"):
            assert theirs.exists()


def test_too_few_files_for_the_connections_are_reported_at_the_start() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with serving("--workers", "1", COASTER_MAX_CONNECTIONS=str(hard + 1)) as server:
        (line,) = server.events("few_files")
        possible = httpx.get(server.url + "/limits").json()["connections"]

    assert line["wanted"] == hard + 1
    assert line["connections"] == possible == hard - 136


def test_too_few_files_for_the_workers_end_the_start_with_one_sentence() -> None:
    command = f"ulimit -n 64 && exec {sys.executable} -m service --port 0"
    ended = subprocess.run(
        ["sh", "-c", command],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )

    assert ended.returncode == 1
    assert ended.stderr.startswith("coaster: The process may open 64 files, but it needs ")
