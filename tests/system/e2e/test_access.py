"""Services that serve other machines: with a key from the command line, or for anyone."""

import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import httpx

from tests.support.keys import bearer, key_file
from tests.support.ports import free_port
from tests.support.server import PATIENCE_SECONDS, listens, serving, until

EVERYWHERE = "0.0.0.0"


def test_where_it_is_asked_for_the_log_says_so_once() -> None:
    with serving(
        "--workers", "1", ready=False, COASTER_HOST=EVERYWHERE, COASTER_ALLOW_ANYONE="true"
    ) as server:
        assert httpx.get(server.url + "/limits", timeout=PATIENCE_SECONDS).status_code == 200
        lines = server.events("open_to_anyone")

    assert [(line["level"], line["host"]) for line in lines] == [("WARNING", EVERYWHERE)]


def test_a_new_key_is_let_in_and_the_log_says_nothing(tmp_path: Path) -> None:
    made = subprocess.check_output([sys.executable, "-m", "service", "key", "ann"], text=True)
    key, line = (each.rpartition(": ")[2] for each in made.splitlines())
    file = tmp_path / "keys"
    file.write_text(line + "\n")

    with serving(
        "--workers", "1", ready=False, COASTER_HOST=EVERYWHERE, COASTER_API_KEYS_FILE=str(file)
    ) as server:
        answers = [
            httpx.get(server.url + "/limits", headers=headers, timeout=PATIENCE_SECONDS)
            for headers in ({}, bearer(key))
        ]
        assert "open_to_anyone" not in server.log()

    assert [answer.status_code for answer in answers] == [401, 200]
    assert answers[1].json()["fits_per_client"] == 4


def test_sighup_reads_the_keys_again(tmp_path: Path) -> None:
    file, _ = key_file(tmp_path, ["ann"])
    with serving("--workers", "1", COASTER_API_KEYS_FILE=str(file)) as server:
        server.process.send_signal(signal.SIGHUP)
        until(lambda: [line["keys"] for line in server.events("keys_reloaded")] == [1])


def test_sighup_of_a_terminal_ends_the_service(tmp_path: Path) -> None:
    """A terminal sends it to its programs when it is closed."""
    file, _ = key_file(tmp_path, ["ann"])
    _, terminal = pty.openpty()
    port = free_port()
    given = {
        "COASTER_API_KEYS_FILE": str(file),
        "COASTER_DATABASE_URL": f"sqlite:///{tmp_path}/jobs.db",
    }
    command = [sys.executable, "-m", "service", "--port", str(port), "--workers", "1"]
    process = subprocess.Popen(command, env=os.environ | given, stderr=terminal)
    until(lambda: listens(f"http://127.0.0.1:{port}"))

    process.send_signal(signal.SIGHUP)

    assert process.wait(PATIENCE_SECONDS) == 0
