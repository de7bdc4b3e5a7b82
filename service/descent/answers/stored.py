"""The answer to the question of a job, built from the events that are stored of it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

from orjson import dumps, loads

from service.descent.questions.asked import StoredAnswer, only

Block = Mapping[str, Any]  # JSON has no better type
"""The content of a `rows` event."""
HEAD = {"type", "first", "last"}
"""The members of a block that are no columns."""
COUNTS = {"series", "failed"}
"""The members of the summary of a stream that are not in the answer to `POST /series`."""


def built(stored: StoredAnswer) -> bytes:
    """Return the answer as JSON, or only the fields of it that are asked for."""
    result: dict[str, Any] = loads(b"".join(stored.ending))["result"]
    if needs_log(stored.kind, stored.fields):
        log = [*map(loads, stored.log)]
        if stored.kind == "series":
            result = joined(log, result)
        else:
            result = {"losses": _concatenated(log)} | result
    return dumps(only(result, stored.fields))


def needs_log(kind: str, fields: Collection[str] | None) -> bool:
    """Return whether these members of the answer are built from the log of a job of this kind."""
    return kind == "series" or (kind == "fit" and (fields is None or "losses" in fields))


def in_answer(kind: str, event: bytes) -> bytes:
    """Return what the answer of a job of this kind has of an event in its log: the losses of a fit,
    or all of a block of series.
    """
    return event if kind == "series" else dumps(loads(event).get("loss", []))


def joined(blocks: Sequence[Block], summary: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `POST /series` would answer: the columns of all blocks, which are in order, and
    the rest of the summary that ends a stream of them.
    """
    columns = {
        name: _joined(name, [block[name] for block in blocks])
        for name in blocks[0]
        if name not in HEAD
    }
    return columns | {name: value for name, value in summary.items() if name not in COUNTS}


def _joined(name: str, parts: Sequence[Any]) -> object:
    """Return the parts of one member as one: a column, or several columns by name or by t."""
    if isinstance(parts[0], dict):
        return {each: _concatenated(part[each] for part in parts) for each in parts[0]}
    if name == "predictions_at":
        return [_concatenated(columns) for columns in zip(*parts, strict=True)]
    return _concatenated(parts)


def _concatenated(parts: Iterable[list[Any]]) -> list[Any]:
    return [*chain.from_iterable(parts)]
