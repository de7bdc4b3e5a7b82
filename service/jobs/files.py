"""The files of jobs: how they are cut as they arrive, and what is known of them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Self

from orjson import dumps, loads

from service.descent.methods.bounds import MAX_FILE_POINTS
from service.descent.questions.table import FileKind, end_of_lines

PIECE_BYTES = 1024 * 1024
"""The size in bytes of the pieces in which a file is stored and read. PostgreSQL takes three times
as much memory to send one. A line of CSV that is read in parts is not longer.
"""
HEAD_BYTES = 128 * 1024
"""The maximum size in bytes of the first piece of CSV. It shows the form of the file, so every part
is read with it.
"""
PART_PIECES = 2
"""The maximum number of pieces of a part. The process that runs a job has a part in memory, and
once more on its way to a worker.
"""
NUMBER = re.compile(rb'(?:^|[,;\t])[ "]*[+-]?[.,]?\d', re.MULTILINE)
"""The beginning of a cell with a number or a time stamp. The lines before the first one are no
points: a header, for example.
"""


@dataclass(frozen=True)
class FilePart:
    """A part of a file of CSV: its pieces from `first` up to before `stop`, and the number of its
    first line, from 1.
    """

    first: int
    stop: int
    line: int


@dataclass(frozen=True, kw_only=True)
class StoredFile:
    """The properties of the file of a job that are known without reading it.

    Each of its parts is read by a worker on its own. A file that is read as a whole has one. Two
    files are the same if their `digest` is. `max_seconds` is the maximum predicted cost of the
    question in CPU seconds, for when its points are known.
    """

    kind: FileKind
    size: int
    digest: str
    max_seconds: float
    parts: Sequence[FilePart]

    @property
    def pieces(self) -> int:
        """The number of pieces."""
        return self.parts[-1].stop

    @property
    def in_parts(self) -> bool:
        """True if the file is too large to be read as a whole."""
        return len(self.parts) > 1

    def part(self, pieces: range) -> FilePart:
        """Return the part that has these pieces."""
        return next(part for part in self.parts if part.first == pieces.start)

    def to_json(self) -> bytes:
        """Return the JSON that is stored in place of the points of a job."""
        return dumps({"file": self})

    @classmethod
    def from_json(cls, points: bytes | None) -> Self | None:
        """Return the file of a job, or None if its points are not a file."""
        if points is None or not points.startswith(b'{"file":'):
            return None
        found = loads(points)["file"]
        parts = [FilePart(**part) for part in found.pop("parts")]
        return cls(**found, parts=parts)


class Cutter:
    """The cutting of a file into pieces as it arrives, so that it is never in memory as a whole.

    CSV is cut at the ends of lines, so that each part can be read on its own. A line end counts if
    the number of quotes before it is even: the others are in quotes. If the length of a piece has
    no such line end, `uncut_line` is the number of the line, and the rest is cut anywhere.
    """

    def __init__(self, kind: FileKind) -> None:
        self.kind = kind
        self.size = 0
        self.lines = 0
        """The number of line ends in the pieces so far."""
        self.uncut_line: int | None = None
        self._points = 0
        """The number of points of CSV in the pieces so far, counted until there are too many."""
        self._parts: list[FilePart] = []
        self._pieces = 0
        self._rest = bytearray()
        self._digest = sha256()

    @property
    def has_too_many_points(self) -> bool:
        """True if a file of CSV has more points than a file can have."""
        return self._points > MAX_FILE_POINTS

    def add(self, chunk: bytes) -> Iterator[bytes]:
        """Yield the pieces that are complete with these bytes."""
        self.size += len(chunk)
        self._digest.update(chunk)
        self._rest += chunk
        while len(self._rest) > self._most:
            yield self._piece(self._end())

    def last(self) -> bytes:
        """Return the last piece."""
        return self._piece(len(self._rest))

    def file(self, *, in_parts: bool, max_seconds: float) -> StoredFile:
        """Return what is known of the file after its last piece."""
        parts = self._parts if in_parts else [FilePart(0, self._pieces, 1)]
        return StoredFile(
            kind=self.kind,
            size=self.size,
            digest=self._digest.hexdigest(),
            max_seconds=max_seconds,
            parts=parts,
        )

    @property
    def _most(self) -> int:
        """The maximum size of the next piece, in bytes."""
        return HEAD_BYTES if self.kind == "csv" and not self._pieces else PIECE_BYTES

    def _end(self) -> int:
        """Return the end of the next piece."""
        most = self._most
        if self.kind != "csv" or self.uncut_line is not None:
            return most
        end = self._rest.rfind(b"\n", 0, most) + 1
        if self._rest.count(b'"', 0, end) % 2:
            end = end_of_lines(bytes(self._rest[:end]))
        if end:
            return end
        self.uncut_line = self.lines + 1
        return most

    def _piece(self, end: int) -> bytes:
        """Take the next piece of the rest, which ends here."""
        piece = bytes(self._rest[:end])
        del self._rest[:end]
        lines = piece.count(b"\n") if self.kind == "csv" else 0
        if self.kind == "csv" and not self.has_too_many_points:
            start = 0 if self._pieces else _start(piece)
            self._points += _rows(piece[start:])
        self._add_to_part(lines)
        self._pieces += 1
        self.lines += lines
        return piece

    def _add_to_part(self, lines: int) -> None:
        """Add the next piece, which has so many lines, to the last part or to a new one."""
        if self._parts:
            part = self._parts[-1]
            size, all_lines = self._pieces - part.first, self.lines + 1 - part.line + lines
            if size < PART_PIECES and all_lines <= MAX_FILE_POINTS:
                self._parts[-1] = FilePart(part.first, part.stop + 1, part.line)
                return
        self._parts.append(FilePart(self._pieces, self._pieces + 1, self.lines + 1))


def _start(head: bytes) -> int:
    """Return the start of the first line of a file that has a number, or 0 if none has one."""
    number = NUMBER.search(head)
    return head.rfind(b"\n", 0, number.end()) + 1 if number else 0


def _rows(piece: bytes) -> int:
    """Return the number of lines that are not empty, without the line ends in quotes. Like the
    next function, this has no loop over lines.
    """
    outside = b"".join(piece.split(b'"')[::2]).replace(b"\r", b"")
    text = b"\n%b\n" % outside
    while b"\n\n" in text:
        text = text.replace(b"\n\n", b"\n")
    return text.count(b"\n") - 1
