"""Log lines: time, level, event, and what belongs to the event."""

import logging

USUAL = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}


class Events(logging.Formatter):
    """`2026-11-22T15:00:00 INFO request method=POST path=/fit status=200 ms=1.2`."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S%z")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """The line without a traceback."""
        extra = "".join(f" {name}={value}" for name, value in vars(record).items() if name not in USUAL)
        return super().formatMessage(record) + extra
