"""Files with random changes are read or refused, and nothing else."""

import random
from collections.abc import Callable
from contextlib import suppress
from pickle import PickleBuffer

import numpy as np
import pyarrow as pa
import pytest

from service.descent.methods.option import RuleError
from service.descent.points.file import file_points
from service.descent.questions.file import Columns
from service.descent.questions.table import File, FileKind
from service.worker.files import blocks_of
from tests.support.tables import arrow, arrow_file, npy, parquet

CHANGES = 1000
"""The number of changed files of each kind."""
COLUMNS = {
    "t": pa.array([1, 2, None, 4, 2**53 + 1]),
    "y": pa.array([1.5, 2.5, 3.5, 4.5, None]),
    "w": pa.array([1, 2, 3, 3, 1]).dictionary_encode(),
    "text": ["a", "b,c", 'd"e', "f\ng", None],
}
STAMPED = COLUMNS | {"t": pa.array([1, 2, None, 4, 5], pa.timestamp("ms", "UTC"))}
DATED = COLUMNS | {"t": pa.array([1, 2, None, 4, 5], pa.date32())}
STAMPS = b"t,y,w\n2024-02-29T12:00:00.5+09:00,1,2\n2024-03-01,2,3\n,4,5\n"
TEXT = b't;y;w\n1,5;2;3\n"4";-5e3;6\n\n7;NA;9\n9007199254740993;1;1\n'
FILES: dict[FileKind, list[bytes]] = {
    "csv": [STAMPS, TEXT, TEXT.replace(b",", b".").replace(b";", b","), b"1\t2\t3\r\n4\t5\t6\r\n"],
    "parquet": [
        parquet(COLUMNS),
        parquet(COLUMNS, compression="none", use_dictionary=False),
        parquet(STAMPED),
    ],
    "arrow": [arrow(COLUMNS), arrow(STAMPED)],
    "arrow_file": [arrow_file(COLUMNS), arrow_file(DATED)],
    "npy": [npy(np.arange(12.0).reshape(4, 3))],
}
INTERESTING = [0, 1, 9, 10, 13, 34, 44, 45, 46, 48, 59, 127, 128, 254, 255]
"""Bytes at which formats change their meaning."""


def changed(file: bytes, chance: random.Random) -> bytes:
    """Return a file with a few random changes: of a byte, of a part, or of the length."""
    content = bytearray(file)
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(content) + 1)
        length = chance.choice([1, 1, 2, 4, 8, 30])
        part = bytes(chance.choice(INTERESTING) for _ in range(length))
        change = chance.randrange(5)
        if change == 0:
            content[place : place + length] = part
        elif change == 1:
            content[place:place] = part
        elif change == 2:
            del content[place : place + length]
        elif change == 3 and place < len(content):
            content[place] ^= 1 << chance.randrange(8)
        elif change == 4:
            other = chance.randrange(len(content) + 1)
            content[place:place] = content[other : other + length]
    return bytes(content)


def attempt(file: bytes, kind: FileKind) -> None:
    """Read a file as a worker does. Raises what a worker does not expect."""
    with suppress(RuleError, MemoryError):
        for block in blocks_of(File(kind, [PickleBuffer(file)]), Columns(weights=3)):
            file_points(block, "relative")


@pytest.mark.parametrize("kind", FILES)
def test_a_changed_file_is_read_or_refused(kind: FileKind) -> None:
    check(kind, CHANGES, seed=1, report=lambda _: None)


def check(kind: FileKind, changes: int, seed: int, report: Callable[[bytes], None]) -> None:
    """Try changed files of one kind, each of which is reported before."""
    chance = random.Random(seed)
    for _ in range(changes):
        file = changed(chance.choice(FILES[kind]), chance)
        report(file)
        attempt(file, kind)
