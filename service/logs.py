"""The format of the log: an event becomes a line with its time, level, name and fields."""

import json
import logging
import logging.config
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from logging import Formatter
from typing import Literal

LogFormat = Literal["auto", "json", "text"]


class TextFormatter(Formatter):
    """A format for people: `2026-11-22T15:00:00+0000 INFO request method=POST path=/fit`."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S%z")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """Return the line without a traceback."""
        return super().formatMessage(record) + "".join(
            f" {name}={value}" for name, value in _fields(record).items()
        )


class JsonFormatter(Formatter):
    """A format for programs: one JSON object per line, with the traceback as a field."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        head = {"time": time, "level": record.levelname, "event": record.getMessage()}
        line = head | _fields(record)
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


FORMATTERS: dict[LogFormat, type[Formatter]] = {"json": JsonFormatter, "text": TextFormatter}


def _fields(record: logging.LogRecord) -> dict[str, object]:
    """Return the fields that were logged with `extra={"fields": {...}}`."""
    return dict(getattr(record, "fields", {}))


def configure(log_format: LogFormat, level: str) -> None:
    """Send the log of this process to stderr, and events of this service from `level` on. The
    format `auto` is text on a terminal and JSON elsewhere.
    """
    if log_format == "auto":
        log_format = "text" if sys.stderr.isatty() else "json"
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {log_format: {"()": FORMATTERS[log_format]}},
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": log_format}},
            "loggers": {
                "procrastinate": {"level": "WARNING"},  # its line for every job would repeat ours
                "service": {"level": level.upper()},
            },
            "root": {"level": "INFO", "handlers": ["stderr"]},
        }
    )


def same_logging() -> Callable[[], None]:
    """Return a function that makes another process, such as a worker, log as this one does."""
    for handler in logging.getLogger().handlers:
        for log_format, formatter in FORMATTERS.items():
            if isinstance(handler.formatter, formatter):
                level = logging.getLevelName(logging.getLogger("service").level)
                return partial(configure, log_format, level)
    return as_it_is


def as_it_is() -> None:
    """Leave the configuration of logging unchanged."""
