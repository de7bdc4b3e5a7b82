"""The requests of simulated clients, and how an undisturbed worker answers them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from math import inf
from typing import Any

from orjson import loads

from service.descent.answers.stored import COUNTS, joined
from service.descent.questions.fit import FitSpec, StreamSpec
from service.descent.questions.series import SeriesSpec, SeriesStream
from service.descent.questions.setting import converted
from service.jobs.claim import Claim
from service.jobs.job import Failure
from service.jobs.kinds import JobQuestion
from service.jobs.submission import Submission
from service.pool.frames import EventBytes
from service.pool.interface import RejectedError
from tests.simulation.workers import answered, computed
from tests.support.executions import sent

FIT = '{"synthetic": {"points": 8}, "seed": 42, "lr": 1e-5, "steps": '
SERIES = '{"kind": "series", "seed": 42, "t": [0, 1, 2, 3], "y": '
BODIES = (
    FIT + "1}",
    FIT + '5, "solver": "loop"}',
    FIT + "40}",
    FIT + '60, "record_every": 7}',
    '{"synthetic": {"points": 8}, "seed": 42, "lr": 1, "steps": 100}',
    '{"data": {"t": [0, 1, 1e100], "y": [1, 2, 3]}, "seed": 1, "lr": 0.1, "steps": 5}',
    '{"kind": "sweep", "synthetic": {}, "seed": 42, "lrs": [1e-6, 1e-5], "steps": 10}',
    f"{SERIES}{[[1, 2, number % 7, 4] for number in range(3)]}}}",
    f"{SERIES}{[[1, 2, number % 7, 4] for number in range(12)]}}}",
)
"""Small questions of every kind. One diverges, one cannot be computed, and one has parts."""
SERIES_IN_PARTS = BODIES[-1]
PARTS = 4
"""The number of parts of the last request."""
UNASKED = {"first", "last", *COUNTS}
"""The members of the events of series that are not in their result."""

submission = cache(sent)


def with_key(body: str, key: str) -> Submission:
    """Return the job of a request with an Idempotency-Key."""
    return replace(submission(body), key=key)


def question(body: str) -> JobQuestion:
    """Return the question of a request, as the machine that claims its job reads it."""
    job = submission(body)
    return Claim(
        job="",
        whole="",
        token="",
        kind="",
        question=job.question,
        request=job.request,
        points=job.points,
        position=None,
    ).spec()


@dataclass(frozen=True)
class Reading:
    """What a client has of a job: its columns, and its result or its failure."""

    columns: dict[str, Any]
    ending: Any


def reading(events: Sequence[EventBytes | Failure]) -> Reading:
    """Return what these events say, however they are divided into blocks."""
    *sent_before, last = events
    blocks = [loads(event.body) for event in sent_before if isinstance(event, EventBytes)]
    ending = last.code if isinstance(last, Failure) else loads(last.body)["result"]
    columns = {"started": blocks.pop(0)} if blocks and blocks[0]["type"] == "started" else {}
    if blocks:
        columns |= joined(blocks, {"first": blocks[0]["first"], "last": blocks[-1]["last"]})
    return Reading(columns, ending)


@cache
def undisturbed(body: str) -> Reading:
    """Return what a client has of a job that nothing disturbs."""
    asked = question(body)
    stream: Any = asked
    if isinstance(asked, FitSpec):
        stream = converted(asked, StreamSpec, after=None)
    if isinstance(asked, SeriesSpec):
        stream = SeriesStream(choices=asked.choices, points=asked.table, max_seconds=inf)
    events, reply = computed(stream)
    try:
        return reading([*events, EventBytes.done(0, answered(reply))])
    except RejectedError as error:
        return reading([*events, Failure(error.code, str(error))])


def whole(found: Reading, kind: str) -> Any:
    """Return the result of a job from what a client has of it, or the code of its failure."""
    if isinstance(found.ending, str):
        return found.ending
    if kind == "fit":
        return {"losses": found.columns["loss"]} | found.ending
    kept = found.columns | found.ending
    return {name: value for name, value in kept.items() if name not in UNASKED}
