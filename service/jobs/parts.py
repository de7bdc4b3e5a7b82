"""The parts of a job of many series, or of a large file, which several machines compute at the same
time.
"""

from collections.abc import Sequence
from dataclasses import replace
from math import ceil

from orjson import dumps, loads

from service.descent.questions.factors import PortableFactor
from service.descent.questions.setting import adapter
from service.jobs.files import StoredFile
from service.jobs.job import Failure
from service.pool.frames import EventBytes

PART_SECONDS = 1.0
"""The predicted CPU seconds of a part. Each part of series reads the points of all series, which
takes up to a tenth of this.
"""
PART_SECONDS_PER_PIECE = 0.1
"""The predicted CPU seconds of a part of series for each piece of their file, if these are more, as
each part reads the whole file.
"""
SUMMED = ("series", "failed", "elapsed_ms")
"""The members of the last event of series that are sums over the parts."""

EMPTY = Failure("malformed_file", "The file has no points.")
NO_POINT = Failure("out_of_range", "No point is left: each has a missing value or the weight 0.")


class PartFailedError(Exception):
    """A part of a job has failed, so the job fails for the same reason."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.detail)
        self.failure = failure


def split(count: int, seconds: float, file: StoredFile | None) -> Sequence[range]:
    """Return the rows of the parts of this number of series, which are predicted to take these CPU
    seconds. They may be in a file.
    """
    pieces = file.pieces if file else 0
    part_seconds = max(PART_SECONDS, PART_SECONDS_PER_PIECE * pieces)
    each = ceil(count * part_seconds / seconds)
    return [range(first, min(first + each, count)) for first in range(0, count, each)]


def summed(endings: Sequence[bytes]) -> bytes:
    """Return the last event of a job from those of its parts."""
    results = [loads(ending)["result"] for ending in endings]
    sums = {name: sum(result[name] for result in results) for name in SUMMED}
    return EventBytes.done(0, dumps(results[0] | sums)).body


def points_in(ending: bytes) -> int:
    """Return the number of points of a part of a file, given its last event."""
    points: int = loads(ending)["result"]["points"]
    return points


def factors_of(endings: Sequence[bytes]) -> Sequence[PortableFactor]:
    """Return the factors of the parts of a file, given their last events. The points that are left
    out in parts without a factor are counted in the first factor. Raises PartFailedError if no part
    has a factor.
    """
    parts = [loads(ending)["result"] for ending in endings]
    factors = [_factor(part["factor"]) for part in parts if "factor" in part]
    if not factors:
        raise PartFailedError(NO_POINT if any(part["points"] for part in parts) else EMPTY)
    without = [part for part in parts if "factor" not in part]
    first, *others = factors
    first = replace(
        first,
        missing=first.missing + sum(part["missing"] for part in without),
        weightless=first.weightless + sum(part["weightless"] for part in without),
    )
    return [first, *others]


def factor_of(answer: bytes) -> PortableFactor:
    """Return the factor in the answer of a worker."""
    return _factor(loads(answer)["factor"])


def _factor(found: object) -> PortableFactor:
    return adapter(PortableFactor).validate_json(dumps(found))
