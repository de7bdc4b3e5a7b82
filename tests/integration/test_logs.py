import json
import os
import pty
import re
import signal
import subprocess
import sys
import tempfile
from typing import Any

import httpx

from tests.support.paths import ROOT
from tests.support.server import PATIENCE_SECONDS, Server, is_ready, serving, until


def said_on_a_terminal() -> str:
    """Return what a service logs on a terminal if it may not open enough files. It ends because its
    database is a directory.
    """
    ours, terminal = pty.openpty()
    with (
        open(ours, "rb", buffering=0) as heard,  # noqa: PTH123 - a descriptor has no path
        tempfile.TemporaryDirectory() as folder,
    ):
        command = [sys.executable, "-m", "service", "--port", "0", "--workers", "1"]
        given = os.environ | {
            "COASTER_DATABASE_URL": f"sqlite:///{folder}",
            "COASTER_MAX_CONNECTIONS": "100000000",
        }
        process = subprocess.Popen(command, env=given, stderr=terminal, cwd=ROOT)
        os.close(terminal)
        said = b""
        while piece := _read(heard):
            said += piece
        process.wait(PATIENCE_SECONDS)
    return said.decode()


def _read(heard: Any) -> bytes:
    """What a terminal shows; nothing when no process has it open any more."""
    try:
        return bytes(heard.read(4096))
    except OSError:
        return b""


def test_a_terminal_is_shown_text() -> None:
    assert re.search(r"\d WARNING few_files connections=\d+ wanted=\d+\r\n", said_on_a_terminal())


def test_elsewhere_every_line_is_an_object(server: Server) -> None:
    """`events` reads every line as JSON."""
    requests, lost = len(server.events("request")), len(server.events("worker_lost"))
    lecture: dict[str, object] = {"synthetic": {}, "lr": 1e-5}

    for body in (lecture, {}, lecture | {"degree": 99}):
        httpx.post(server.url + "/fit", json=body, timeout=PATIENCE_SECONDS)
    os.kill(server.workers()[0], signal.SIGKILL)

    until(lambda: len(server.events("worker_lost")) == lost + 1)
    assert len(server.events("request")) == requests + 3
    until(lambda: is_ready(server.url))


OF_A_WORKER = """
import asyncio
from service import logs
from service.descent.questions.fit import FitSpec
from service.pool.interface import FailedError
from service.pool.pool import Pool, PoolLimits

async def main():
    limits = PoolLimits(workers=1, waiting=1, wait_seconds=60, wall_clock_seconds=60)
    async with Pool(limits) as pool:
        try:
            await pool.answer(FitSpec(seed=42, lr=1e-5, steps=10), 0.001)
        except FailedError:
            pass

logs.configure("json", "info")
asyncio.run(main())
"""


def test_workers_log_as_their_service_does() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", OF_A_WORKER],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        timeout=PATIENCE_SECONDS,
    )

    (line,) = [json.loads(line) for line in ran.stderr.splitlines()]
    assert (line["level"], line["event"]) == ("ERROR", "fit_failed")
    assert "AssertionError" in line["traceback"]


def test_text_may_be_asked_for() -> None:
    with serving("--workers", "1", ready=False, COASTER_LOG_FORMAT="text") as server:
        assert " INFO Uvicorn running on http://" in server.log()
