"""Log lines: time, level, event, and what belongs to the event."""

import logging


class Events(logging.Formatter):
    """`2026-11-22T15:00:00+0000 INFO request method=POST path=/fit status=200`, from `extra={"fields": {...}}`."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S%z")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """The line without a traceback."""
        fields: dict[str, object] = getattr(record, "fields", {})
        return super().formatMessage(record) + "".join(f" {name}={value}" for name, value in fields.items())
