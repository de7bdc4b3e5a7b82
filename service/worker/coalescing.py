"""The events of a fit as they leave a worker: those that come fast together, long ones in parts."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from math import inf
from time import perf_counter

from orjson import dumps

from service.descent.answers.events import Event, Started, Steps
from service.descent.questions import cost
from service.descent.questions.specs import StreamSpec
from service.pool.frames import Told
from service.worker.documents import Parts, present, resolved

MAX_STEPS = 1000
MAX_NUMBERS = 4_000
"""Of one event, about 80 kB: no reader need have more in hand at once."""
PAUSE_SECONDS = 0.02
"""Between two events; steps that are slower are told one by one, as they happen."""


def tell(spec: StreamSpec, happened: Iterator[Event]) -> Iterator[Told]:
    """The start, and the steps beyond `after`. The start waits for the first of them: a fit that
    has none tells nothing.
    """
    started = next(happened)
    assert isinstance(started, Started)
    most = max(1, min(MAX_STEPS, MAX_NUMBERS // cost.columns(spec)))
    for number, steps in enumerate(gathered(parts(untold(happened, spec.after), most), most)):
        if number == 0 and spec.after is None:
            yield _started(started)
        yield _steps(steps)


def untold(happened: Iterable[Event], after: int | None) -> Iterator[Steps]:
    """The steps beyond `after`."""
    for event in happened:
        if isinstance(event, Steps):
            told = 0 if after is None else bisect_right(event.step, after)
            if told < len(event.step):
                yield event.part(slice(told, None)) if told else event


def parts(blocks: Iterable[Steps], most: int) -> Iterator[Steps]:
    """At most so many steps in one."""
    for block in blocks:
        if len(block.step) <= most:
            yield block
            continue
        for first in range(0, len(block.step), most):
            yield block.part(slice(first, first + most))


def gathered(blocks: Iterable[Steps], most: int) -> Iterator[Steps]:
    """The first at once, then together what comes within the pause, or as many as may be in one."""
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


def _started(started: Started) -> Told:
    assert started.data is not None
    content = {
        "type": "started",
        "resolved": resolved(started.resolved),
        "data": present(started.data),
        **({"optimum": started.optimum} if started.optimum else {}),
        "analysis": started.analysis,
    }
    return Told("started", -1, dumps(content))


def _steps(steps: Steps) -> Told:
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
    return Told("steps", steps.step[-1], dumps(content | told))
