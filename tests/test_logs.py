import json
import logging
import os
import pickle
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from service import logs
from service.logs import Json, Text, chosen
from tests.server import serving

ROOT = Path(__file__).parents[1]
FIELDS: dict[str, Any] = {"request_id": "a1", "path": "/fit", "ms": 1.5}


def record(
    message: str = "request", *arguments: object, error: bool = False, **fields: object
) -> logging.LogRecord:
    made = logging.LogRecord(
        "service.api", logging.INFO, __file__, 1, message, arguments, _raised() if error else None
    )
    made.fields = fields
    return made


def _raised() -> Any:
    try:
        int('"quoted"\nand more')
    except ValueError:
        return sys.exc_info()


def test_a_line_of_json_has_time_level_event_and_fields() -> None:
    line = json.loads(Json().format(record(**FIELDS)))

    assert list(line) == ["time", "level", "event", "request_id", "path", "ms"]
    assert (line["level"], line["event"], line["ms"]) == ("INFO", "request", 1.5)
    assert datetime.fromisoformat(line["time"]).utcoffset() is not None


def test_a_traceback_is_a_field_of_its_line() -> None:
    text = Json().format(record("request_failed", error=True))

    assert "\n" not in text
    assert json.loads(text)["traceback"].startswith("Traceback (most recent call last):\n")


def test_the_words_of_a_library_are_an_event() -> None:
    assert json.loads(
        Json().format(record("Uvicorn running on %s://%s:%d", "http", "127.0.0.1", 8000))
    )["event"] == ("Uvicorn running on http://127.0.0.1:8000")


@pytest.mark.parametrize("value", [{1, 2}, b"bytes", "\ud800", Path("/fit"), None])
def test_whatever_a_field_holds_is_a_line(value: object) -> None:
    assert json.loads(Json().format(record(value=value))).keys() == {
        "time",
        "level",
        "event",
        "value",
    }


def test_a_line_of_text_is_for_people() -> None:
    line = Text().format(record(error=True, **FIELDS))

    assert re.match(
        r"[\d-]+T[\d:]+[+-]\d{4} INFO request request_id=a1 path=/fit ms=1.5\nTraceback", line
    )


@pytest.mark.parametrize("form", ["json", "text"])
def test_a_form_that_is_named_is_taken(form: logs.Form) -> None:
    assert chosen(form) == form


@pytest.fixture
def root() -> Iterator[None]:
    """Logging as it was, afterwards."""
    loggers = [
        logging.getLogger(),
        logging.getLogger("service"),
        logging.getLogger("procrastinate"),
    ]
    before = [(each, each.level, each.handlers[:]) for each in loggers]
    yield
    for each, level, handlers in before:
        each.setLevel(level)
        each.handlers[:] = handlers


@pytest.mark.usefixtures("root")
def test_another_process_logs_as_this_one_does() -> None:
    assert logs.same() is logs.as_it_is

    logs.configure("json", "debug")

    again = pickle.loads(pickle.dumps(logs.same()))
    assert (again.func, again.args) == (logs.configure, ("json", "DEBUG"))


def lines_of(*arguments: str, **environment: str) -> list[str]:
    """What a service that cannot use its database says on a terminal, or elsewhere."""
    command = [sys.executable, "-m", "service", "--port", "0", "--workers", "1", *arguments]
    given = os.environ | {"COASTER_DATABASE_URL": "sqlite:////nowhere/at/all.db"} | environment
    ours, terminal = pty.openpty()
    with open(ours, "rb", buffering=0) as heard:  # noqa: PTH123 - a descriptor has no path
        process = subprocess.Popen(command, env=given, stderr=terminal, cwd=ROOT)
        os.close(terminal)
        said = b""
        while piece := _read(heard):
            said += piece
        process.wait(20)
    return said.decode().splitlines()


def _read(heard: Any) -> bytes:
    """What a terminal says; nothing when nobody has it open any more."""
    try:
        return bytes(heard.read(4096))
    except OSError:
        return b""


def test_a_terminal_is_shown_text() -> None:
    assert re.search(r"\d INFO Uvicorn running on http://", "\n".join(lines_of()))


def test_a_terminal_may_be_shown_json() -> None:
    events = [
        json.loads(line)["event"]
        for line in lines_of(COASTER_LOG_FORMAT="json")
        if line.startswith("{")
    ]

    assert any(event.startswith("Uvicorn running on http://") for event in events)


def test_elsewhere_every_line_is_an_object() -> None:
    with (
        serving("--workers", "1", COASTER_LOG_LEVEL="debug") as server,
        httpx.Client(base_url=server.url, timeout=20) as client,
    ):
        for body in (
            {"synthetic": {}, "lr": 1e-5},
            {},
            {"synthetic": {}, "lr": 1e-5, "degree": 99},
        ):
            client.post("/fit", json=body)
        os.kill(server.workers()[0], signal.SIGKILL)
        _until(lambda: bool(server.events("worker_lost")))
        assert len(server.events("request")) == 3
        assert len(server.events("worker_lost")) == 1


OF_A_WORKER = """
import asyncio
from service import logs
from service.descent.spec import FitSpec
from service.workers.errors import FailedError
from service.workers.pool import Pool, PoolLimits

async def main():
    limits = PoolLimits(workers=1, waiting=1, wait_seconds=20, wall_clock_seconds=20)
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
        timeout=60,
    )

    (line,) = [json.loads(line) for line in ran.stderr.splitlines()]
    assert (line["level"], line["event"]) == ("ERROR", "fit_failed")
    assert "AssertionError" in line["traceback"]


def _until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_text_may_be_asked_for() -> None:
    with serving("--workers", "1", ready=False, COASTER_LOG_FORMAT="text") as server:
        assert " INFO Uvicorn running on http://" in server.log()


def test_a_form_that_does_not_exist_ends_the_start_with_a_sentence() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "service"],
        env=os.environ | {"COASTER_LOG_FORMAT": "xml"},
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )

    assert ended.returncode == 2
    assert "COASTER_LOG_FORMAT" in ended.stderr
