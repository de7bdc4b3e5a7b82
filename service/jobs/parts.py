"""The parts of a job of many series, which several machines compute at the same time."""

from collections.abc import Sequence
from math import ceil

from orjson import dumps, loads

from service.descent.questions.series import SeriesSpec
from service.jobs.job import Failure
from service.pool.frames import EventBytes

PART_SECONDS = 1.0
"""The predicted CPU seconds of a part. Each part reads the points of all series, which takes up to
a tenth of this.
"""
SUMMED = ("series", "failed", "elapsed_ms")
"""The members of the last event of series that are sums over the parts."""


class PartFailedError(Exception):
    """A part of a job has failed, so the job fails for the same reason."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.detail)
        self.failure = failure


def split(question: SeriesSpec) -> Sequence[range]:
    """Return the rows of parts that take about PART_SECONDS each."""
    count = len(question.table)
    each = ceil(count * PART_SECONDS / question.question().seconds)
    return [range(first, min(first + each, count)) for first in range(0, count, each)]


def summed(endings: Sequence[bytes]) -> bytes:
    """Return the last event of a job from those of its parts."""
    results = [loads(ending)["result"] for ending in endings]
    sums = {name: sum(result[name] for result in results) for name in SUMMED}
    return EventBytes.done(0, dumps(results[0] | sums)).body
