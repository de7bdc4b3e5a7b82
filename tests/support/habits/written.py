"""The points that are written to files, and the files."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from service.descent.questions.file import Columns
from service.descent.questions.table import FileKind

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = 1_000_000_000
BIG = 2**53
NAMED = Columns(t="t", y="y")
"""The columns of the points by their names."""


@dataclass(frozen=True)
class Written:
    """The points that are written: numbers, or None where one is missing. If they are stamped, t
    are nanoseconds since 1970.
    """

    name: str
    t: list[Any]
    y: list[float | None]
    stamped: bool = False

    @property
    def whole(self) -> bool:
        """True if t are integers."""
        return all(each is None or isinstance(each, int) for each in self.t)

    def times(self) -> list[datetime | None]:
        """The time stamps with microseconds, which most programs have."""
        return [
            None if each is None else EPOCH + timedelta(microseconds=each // 1000)
            for each in self.t
        ]

    def arrow(self) -> dict[str, pa.Array]:
        """The columns in types of Arrow."""
        kind = pa.int64() if self.whole else pa.float64()
        t = pa.array(self.t, pa.timestamp("ns", "UTC") if self.stamped else kind)
        return {"t": t, "y": pa.array(self.y, pa.float64())}


@dataclass(frozen=True)
class Sample:
    """A file, and the points that it must give, or None if it must be refused."""

    name: str
    kind: FileKind
    content: bytes
    written: Written | None
    columns: Columns = NAMED


def numbers(seed: int) -> list[Written]:
    """Points of several kinds, with numbers that are drawn with this seed."""
    chance = np.random.default_rng(seed)
    n = int(chance.integers(5, 40))
    t = np.cumsum(chance.exponential(size=n))
    y = chance.normal(size=n) * 10
    wide = chance.normal(size=n) * 10.0 ** chance.integers(-20, 20, n)
    order = chance.permutation(n)
    big = [BIG + 1 + 2 * int(step) for step in np.cumsum(chance.integers(1, 50, n))]
    cents = (chance.integers(-10_000, 10_000, n) / 100).tolist()
    counts = chance.integers(0, 900, n).astype(float).tolist()
    return [
        Written("floats", t.tolist(), y.tolist()),
        Written("integers", list(range(n)), counts),
        Written("powers of ten", t[order].tolist(), wide.tolist()),
        Written("gaps", with_gaps(t.tolist(), chance), with_gaps(y.tolist(), chance)),
        Written("large integers", big, y.tolist()),
        Written("cents", (t * 1000).round(3).tolist(), cents),
        Written("a level", t.tolist(), [7.25] * n),
        Written("many", np.linspace(-1, 1, 300).tolist(), chance.normal(size=300).tolist()),
    ]


def stamps(seed: int) -> list[Written]:
    """Points with time stamps of microseconds, and with dates."""
    chance = np.random.default_rng(seed)
    n = int(chance.integers(5, 40))
    begin = int(chance.integers(-5_000_000_000, 8_000_000_000))
    seconds = [begin + int(step) for step in np.cumsum(chance.integers(1, 100_000, n))]
    parts = chance.integers(0, 1_000_000, n)
    y = chance.normal(size=n).tolist()
    exact = [each * SECOND + int(part) * 1000 for each, part in zip(seconds, parts, strict=True)]
    days = [86_400 * SECOND * (begin // 86_400 + step) for step in range(n)]
    return [
        Written("microseconds", exact, y, stamped=True),
        Written("seconds", [each * SECOND for each in seconds], y, stamped=True),
        Written("days", days, with_gaps(y, chance), stamped=True),
    ]


def with_gaps(values: list[float], chance: np.random.Generator) -> list[float | None]:
    """Return numbers of which some are missing, but not the first three."""
    missing = chance.random(len(values)) < 0.2
    missing[:3] = False
    return [None if gap else value for gap, value in zip(missing, values, strict=True)]


def samples(
    program: str,
    kind: FileKind,
    files: Mapping[str, tuple[bytes, Columns]],
    written: Written,
) -> list[Sample]:
    """Return the files with these points that a program writes by its habits."""
    return [
        Sample(f"{program}, {habit}, {written.name}", kind, content, written, columns)
        for habit, (content, columns) in files.items()
    ]
