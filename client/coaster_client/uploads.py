"""Files of points, which are sent as they are read."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from os import SEEK_END, PathLike
from pathlib import Path
from typing import BinaryIO, TypeAlias, TypeGuard

CSV = "text/csv"
KINDS = {
    b"PAR1": "application/vnd.apache.parquet",
    b"ARROW1": "application/vnd.apache.arrow.file",
    b"\xff\xff\xff\xff": "application/vnd.apache.arrow.stream",
    b"\x93NUMPY": "application/x-npy",
}
"""The media types of files by their first bytes. All other files are CSV."""
PACKED = (b"PK\x03\x04", b"\x1f\x8b")
"""The first bytes of files that are packed: by zip, as spreadsheets are, and by gzip."""
HEAD_BYTES = max(map(len, KINDS))
PIECE_BYTES = 256 * 1024
"""The size of the pieces in which a file is read, in bytes."""


@dataclass(frozen=True)
class Upload:
    """A file that can be sent several times, each time as it is read from its start."""

    file: Path | BinaryIO
    start: int
    """The position in bytes at which an open file was given."""
    size: int
    """The number of bytes to send. Bytes that are appended later are not sent."""
    media_type: str

    def pieces(self) -> Iterator[bytes]:
        """Yield the content. Raises ValueError if the file cannot be read any more."""
        left = self.size
        with _opened(self.file) as content:
            content.seek(self.start)
            while left:
                piece = content.read(min(left, PIECE_BYTES))
                if not piece:
                    raise ValueError("The file became shorter while it was sent. Send it again.")
                left -= len(piece)
                yield piece


Source: TypeAlias = str | PathLike[str] | BinaryIO | Upload
"""A path, or a file that is open for reading bytes."""


def is_file(data: object) -> TypeGuard[Source]:
    """Return whether the points of a request are a file."""
    return isinstance(data, str | PathLike | Upload) or hasattr(data, "read")


def upload_of(source: Source) -> Upload:
    """Return a file as it is sent. Raises ValueError if it cannot be read."""
    if isinstance(source, Upload):
        return source
    file = _repeatable(source)
    with _opened(file) as content:
        start = content.tell()
        head = content.read(HEAD_BYTES)
        size = content.seek(0, SEEK_END) - start
    if head.startswith(PACKED):
        raise ValueError("The file is a spreadsheet, or compressed. Save it as CSV, or unpack it.")
    media_type = next((kind for begin, kind in KINDS.items() if head.startswith(begin)), CSV)
    return Upload(file, start, size, media_type)


def _repeatable(source: str | PathLike[str] | BinaryIO) -> Path | BinaryIO:
    """Return a file that can be read several times. A file that cannot, such as a pipe, is read
    into memory. Raises ValueError if it cannot be read.
    """
    if isinstance(source, str | PathLike):
        path = Path(source)
        if path.is_file():
            return path
        with _opened(path) as content:
            return BytesIO(content.read())
    if isinstance(source.read(0), str):
        raise ValueError(  # noqa: TRY004 - all points that cannot be read are a ValueError
            'The file is open for text. Open it for bytes: open(path, "rb").'
        )
    return source if source.seekable() else BytesIO(source.read())


@contextmanager
def _opened(file: Path | BinaryIO) -> Iterator[BinaryIO]:
    """Open a file by its path. A file that is already open stays open. Raises ValueError if it
    cannot be read.
    """
    if not isinstance(file, Path):
        yield file
        return
    try:
        with file.open("rb") as content:
            yield content
    except OSError as error:
        raise ValueError(f"The file {file} cannot be read: {error.strerror}.") from error
