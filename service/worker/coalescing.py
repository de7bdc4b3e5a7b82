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
from service.pool.scheduling import COALESCE_SECONDS, EVENT_NUMBERS, EVENT_STEPS
from service.worker.documents import Parts, present, resolved


def encoded_events(spec: StreamSpec, happened: Iterator[Event]) -> Iterator[EventBytes]:
    """Yield the start, and the steps after `after`. The start waits for the first step, so that a
    fit that makes no step sends no events.
    """
    started = next(happened)
    assert isinstance(started, Started)
    most = max(1, min(EVENT_STEPS, EVENT_NUMBERS // cost.columns(spec)))
    unsent = steps_after(happened, spec.after)
    for number, steps in enumerate(gathered(parts(unsent, most), most)):
        if number == 0 and spec.after is None:
            yield _started(started)
        yield _steps(steps)


def steps_after(happened: Iterable[Event], after: int | None) -> Iterator[Steps]:
    """Yield the steps after `after`, or all steps without it."""
    for event in happened:
        if not isinstance(event, Steps):
            continue
        if after is None or event.step[0] > after:
            yield event
        elif event.step[-1] > after:
            yield event.part(slice(bisect_right(event.step, after), None))


def parts(blocks: Iterable[Steps], most: int) -> Iterator[Steps]:
    """Split the steps into parts of at most `most` steps."""
    for block in blocks:
        if len(block.step) <= most:
            yield block
            continue
        for first in range(0, len(block.step), most):
            yield block.part(slice(first, first + most))


def gathered(blocks: Iterable[Steps], most: int) -> Iterator[Steps]:
    """Yield the first steps at once, then join the steps that come within COALESCE_SECONDS, up to
    `most` steps.
    """
    waiting: list[Steps] = []
    count, sent_at = 0, -inf
    for block in blocks:
        if waiting and count + len(block.step) > most:
            yield Steps.joined(waiting)
            waiting, count, sent_at = [], 0, perf_counter()
        waiting.append(block)
        count += len(block.step)
        if count == most or perf_counter() - sent_at >= COALESCE_SECONDS:
            yield Steps.joined(waiting)
            waiting, count, sent_at = [], 0, perf_counter()
    if waiting:
        yield Steps.joined(waiting)


def _started(started: Started) -> EventBytes:
    assert started.data is not None
    content: Parts = {
        "type": "started",
        "resolved": resolved(started.resolved),
        "data": present(started.data),
    }
    if started.optimum:
        content["optimum"] = started.optimum
    content["analysis"] = started.analysis
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
    content |= {name: column for name, column in columns.items() if column is not None}
    return EventBytes("steps", steps.step[-1], dumps(content))
