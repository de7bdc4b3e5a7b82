import json
import logging
import pickle
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from service import logs
from service.logs import JsonFormatter, TextFormatter

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
    line = json.loads(JsonFormatter().format(record(**FIELDS)))

    assert list(line) == ["time", "level", "event", "request_id", "path", "ms"]
    assert (line["level"], line["event"], line["ms"]) == ("INFO", "request", 1.5)
    assert datetime.fromisoformat(line["time"]).utcoffset() is not None


def test_a_traceback_is_a_field_of_its_line() -> None:
    text = JsonFormatter().format(record("request_failed", error=True))

    assert "\n" not in text
    assert json.loads(text)["traceback"].startswith("Traceback (most recent call last):\n")


def test_the_words_of_a_library_are_an_event() -> None:
    assert json.loads(
        JsonFormatter().format(record("Uvicorn running on %s://%s:%d", "http", "127.0.0.1", 8000))
    )["event"] == ("Uvicorn running on http://127.0.0.1:8000")


@pytest.mark.parametrize("value", [{1, 2}, b"bytes", "\ud800", Path("/fit"), None])
def test_whatever_a_field_holds_is_a_line(value: object) -> None:
    assert json.loads(JsonFormatter().format(record(value=value))).keys() == {
        "time",
        "level",
        "event",
        "value",
    }


def test_a_line_of_text_is_for_people() -> None:
    line = TextFormatter().format(record(error=True, **FIELDS))

    assert re.match(
        r"[\d-]+T[\d:]+[+-]\d{4} INFO request request_id=a1 path=/fit ms=1.5\nTraceback", line
    )


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
@pytest.mark.parametrize("log_format", ["json", "text"])
def test_another_process_logs_as_this_one_does(log_format: logs.LogFormat) -> None:
    assert logs.same_logging() is logs.as_it_is

    logs.configure(log_format, "debug")

    again = pickle.loads(pickle.dumps(logs.same_logging()))
    assert (again.func, again.args) == (logs.configure, (log_format, "DEBUG"))


@pytest.mark.usefixtures("root")
def test_a_process_that_logs_in_its_own_way_leaves_logging_alone_elsewhere() -> None:
    logging.getLogger().handlers[:] = [logging.StreamHandler()]

    make = logs.same_logging()
    make()

    assert make is logs.as_it_is
    assert len(logging.getLogger().handlers) == 1


@pytest.mark.usefixtures("root")
def test_events_from_the_level_on_and_warnings_of_libraries_are_logged(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Loggers that were made before are not silenced."""
    names = ("service.api", "procrastinate.worker", "uvicorn.error")
    loggers = [logging.getLogger(name) for name in names]

    logs.configure("json", "warning")
    for logger in loggers:
        for level in (logging.DEBUG, logging.INFO, logging.WARNING):
            logger.log(level, logger.name)

    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [(line["event"], line["level"]) for line in lines] == [
        ("service.api", "WARNING"),
        ("procrastinate.worker", "WARNING"),
        ("uvicorn.error", "INFO"),
        ("uvicorn.error", "WARNING"),
    ]


@pytest.mark.usefixtures("root")
@pytest.mark.parametrize(
    ("log_format", "terminal", "formatter"),
    [
        ("auto", True, TextFormatter),
        ("auto", False, JsonFormatter),
        ("text", False, TextFormatter),
        ("json", True, JsonFormatter),
    ],
)
def test_a_terminal_is_shown_text_and_others_json_unless_a_format_is_named(
    monkeypatch: pytest.MonkeyPatch,
    log_format: logs.LogFormat,
    terminal: bool,  # noqa: FBT001 - a parameter of the test
    formatter: type[logging.Formatter],
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal)

    logs.configure(log_format, "info")

    [handler] = logging.getLogger().handlers
    assert type(handler.formatter) is formatter


def test_the_time_of_a_line_is_in_utc_to_the_millisecond() -> None:
    logged = record()
    logged.created = datetime(2026, 11, 22, 15, 0, 0, 123_456, UTC).timestamp()

    assert json.loads(JsonFormatter().format(logged))["time"] == "2026-11-22T15:00:00.123+00:00"


def test_a_record_without_fields_is_a_line() -> None:
    plain = logging.LogRecord("uvicorn", logging.WARNING, __file__, 1, "said", (), None)

    assert json.loads(JsonFormatter().format(plain)).keys() == {"time", "level", "event"}
    assert TextFormatter().format(plain).endswith(" WARNING said")
