"""The events of a fit as they leave a worker: fast events are joined, and long ones are split."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from math import inf
from time import perf_counter

from orjson import dumps

from service.descent.answers.events import Event, Started, Steps
from service.descent.questions import cost
from service.descent.questions.specs import StreamSpec
from service.pool.frames import EventBytes
from service.worker.documents import Parts, present, resolved

MAX_STEPS = 1000
MAX_NUMBERS = 4_000
"""The most numbers in one event, about 80 kB, so that a reader never has to hold more at once."""
PAUSE_SECONDS = 0.02
"""The time within which fast steps are joined in one event. Slower steps are sent one by one, as
they happen.
"""


def tell(spec: StreamSpec, happened: Iterator[Event]) -> Iterator[EventBytes]:
    """Yield the start, and the steps after `after`. The start waits for the first step, so that a
    fit that makes no step sends no events.
    """
    started = next(happened)
    assert isinstance(started, Started)
    most = max(1, min(MAX_STEPS, MAX_NUMBERS // cost.columns(spec)))
    for number, steps in enumerate(gathered(parts(untold(happened, spec.after), most), most)):
        if number == 0 and spec.after is None:
            yield _started(started)
        yield _steps(steps)


def untold(happened: Iterable[Event], after: int | None) -> Iterator[Steps]:
    """Yield the steps after `after`."""
    for event in happened:
        if isinstance(event, Steps):
            told = 0 if after is None else bisect_right(event.step, after)
            if told < len(event.step):
                yield event.part(slice(told, None)) if told else event


def parts(blocks: Iterable[Steps], most: int) -> Iterator[Steps]:
    """Split the steps into parts of at most `most` steps."""
    for block in blocks:
        if len(block.step) <= most:
            yield block
            continue
        for first in range(0, len(block.step), most):
            yield block.part(slice(first, first + most))


def gathered(blocks: Iterable[Steps], most: int) -> Iterator[Steps]:
    """Yield the first steps at once, then join the steps that come within the pause, up to `most`
    steps.
    """
    waiting: list[Steps] = []
    count, told_at = 0, -inf
    for block in blocks:
        if waiting and count + len(block.step) > most:
            yield Steps.joined(waiting)
            waiting, count, told_at = [], 0, perf_counter()
        waiting.append(block)
        count += len(block.step)
        if count == most or perf_counter() - told_at >= PAUSE_SECONDS:
            yield Steps.joined(waiting)
            waiting, count, told_at = [], 0, perf_counter()
    if waiting:
        yield Steps.joined(waiting)


def _started(started: Started) -> EventBytes:
    assert started.data is not None
    content = {
        "type": "started",
        "resolved": resolved(started.resolved),
        "data": present(started.data),
        **({"optimum": started.optimum} if started.optimum else {}),
        "analysis": started.analysis,
    }
    return EventBytes("started", -1, dumps(content))


def _steps(steps: Steps) -> EventBytes:
    content: Parts = {
        "type": "steps",
        "first": steps.step[0],
        "last": steps.step[-1],
        "loss": steps.loss,
    }
    columns = {
        name: getattr(steps, name)
        for name in ("validation_loss", "batch_loss", "params", "gradients", "predictions")
    }
    told = {name: column for name, column in columns.items() if column is not None}
    return EventBytes("steps", steps.step[-1], dumps(content | told))
