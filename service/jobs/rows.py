"""The columns of many series, joined from the blocks of rows in the log of a job."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

Block = Mapping[str, Any]  # JSON has no better type
"""The content of a `rows` event."""
HEAD = {"type", "first", "last"}
"""The members of a block that are no columns."""
COUNTS = {"series", "failed"}
"""The members of the summary of a stream that are not in the answer to `POST /series`."""


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
