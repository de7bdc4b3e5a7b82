"""Files of points, which are sent as they are."""

from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias, TypeGuard

from coaster_client.points import FACTORS

CSV = "text/csv"
KINDS = {
    b"PAR1": "application/vnd.apache.parquet",
    b"ARROW1": "application/vnd.apache.arrow.file",
    b"\xff\xff\xff\xff": "application/vnd.apache.arrow.stream",
    b"\x93NUMPY": "application/x-npy",
}
"""The media types of files by their first bytes. All other files are CSV."""
COLUMNS = ("t", "y", "weights", "sigma")
"""The options that name columns."""

Source: TypeAlias = str | PathLike[str] | BinaryIO
"""A path, or a file that is open for reading bytes."""


def is_file(data: object) -> TypeGuard[Source]:
    """Return whether the points of a request are a file."""
    return isinstance(data, str | PathLike) or hasattr(data, "read")


def content_of(source: Source) -> bytes:
    """Return the content of a file. Raises ValueError if it cannot be read."""
    if isinstance(source, str | PathLike):
        try:
            return Path(source).read_bytes()
        except OSError as error:
            raise ValueError(f"The file {source} cannot be read: {error.strerror}.") from error
    content = source.read()
    if isinstance(content, str):
        raise ValueError(  # noqa: TRY004 - all points that cannot be read are a ValueError
            'The file is open for text. Open it for bytes: open(path, "rb").'
        )
    return content


def media_type_of(content: bytes) -> str:
    """Return the media type of a file."""
    return next((kind for begin, kind in KINDS.items() if content.startswith(begin)), CSV)


def settings_of(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a request whose points are a file. Raises ValueError for factors."""
    if any(request.get(name) for name in FACTORS):
        raise ValueError(
            "Factors cannot be combined with a file that is sent as it is. Read the file, and pass "
            "its columns."
        )
    settings = {name: value for name, value in request.items() if name not in {"data", *COLUMNS}}
    columns = {name: request[name] for name in COLUMNS if request.get(name) is not None}
    return settings | ({"columns": columns} if columns else {})
