"""The answers of a worker to each kind of question: JSON objects, events or pictures.

The computation pauses at points where other questions can advance.
"""

from collections.abc import Generator, Iterator
from dataclasses import fields, is_dataclass
from functools import cache, singledispatch
from itertools import tee

from orjson import dumps

from service.descent.answers.events import Event, Started, Steps
from service.descent.answers.results import Outcome, Run
from service.descent.fit import collect, descend, events
from service.descent.forecast import forecast
from service.descent.questions.analysis import AnalysisSpec
from service.descent.questions.fit import FitSpec, PictureSpec, StreamSpec
from service.descent.questions.setting import Question
from service.descent.questions.sweep import SweepSpec
from service.descent.readonly import readonly
from service.descent.sweep import sweep
from service.descent.task import prepare
from service.plots.picture import picture
from service.pool.frames import EventBytes
from service.pool.scheduling import EVENT_NUMBERS, EVENT_STEPS
from service.worker.coalescing import gathered, parts, steps_after

Parts = dict[str, object]
"""A JSON object. A dataclass in it is written with all its fields."""


@readonly
class Answered:
    """An answer, with its outcome and its number of steps. A picture is already bytes."""

    content: Parts | bytes
    steps: int = 0
    outcome: Outcome | None = None


Answering = Generator[EventBytes | None, None, Answered]
"""The computation of an answer. A stream yields its events on the way."""


@singledispatch
def answer(question: Question) -> Answering:
    """Return the computation of the answer to a question, by its type. Raises DescentError."""
    raise NotImplementedError


@answer.register
def _fit(spec: FitSpec) -> Answering:
    task = prepare(spec, spec.precision)
    yield None
    happened = []
    for event in descend(task, spec):
        happened.append(event)
        yield None
    fit = collect(happened)
    return Answered(present(fit), fit.steps, fit.outcome)


@answer.register
def _stream(spec: StreamSpec) -> Answering:
    """Yield the events, and return the whole fit without its losses, which the events contain."""
    happened, again = tee(events(spec))
    yield from encoded_events(spec, happened)
    fit = collect(again)
    content = present(fit)
    del content["losses"]
    return Answered(content, fit.steps, fit.outcome)


def encoded_events(spec: StreamSpec, happened: Iterator[Event]) -> Iterator[EventBytes]:
    """Yield the start, and the steps after `after`. The start waits for the first step, so that a
    fit that makes no step sends no events.
    """
    started = next(happened)
    assert isinstance(started, Started)
    most = max(1, min(EVENT_STEPS, EVENT_NUMBERS // spec.columns))
    unsent = steps_after(happened, spec.after)
    for number, steps in enumerate(gathered(parts(unsent, most), most)):
        if number == 0 and spec.after is None:
            yield _started_event(started)
        yield _steps_event(steps)


def _started_event(started: Started) -> EventBytes:
    assert started.data is not None
    content: Parts = {
        "type": "started",
        "resolved": present(started.resolved),
        "data": present(started.data),
    }
    if started.optimum:
        content["optimum"] = started.optimum
    content["analysis"] = started.analysis
    return EventBytes("started", -1, dumps(content))


def _steps_event(steps: Steps) -> EventBytes:
    content: Parts = {
        "type": "steps",
        "first": steps.step[0],
        "last": steps.step[-1],
        "loss": steps.loss,
    }
    for name in ("validation_loss", "batch_loss", "params", "gradients", "predictions"):
        column = getattr(steps, name)
        if column is not None:
            content[name] = column
    return EventBytes("steps", steps.step[-1], dumps(content))


@answer.register
def _picture(spec: PictureSpec) -> Answering:
    yield None
    fit = collect(events(spec))
    return Answered(picture(fit, spec.form), fit.steps, fit.outcome)


@answer.register
def _analysis(spec: AnalysisSpec) -> Answering:
    yield None
    return Answered(present(forecast(spec)))


@answer.register
def _sweep(spec: SweepSpec) -> Answering:
    yield None
    swept = sweep(spec)
    content: Parts = {
        "runs": [present(run) for run in swept.runs],
        "resolved": present(swept.resolved),
    }
    ends = {"best": swept.best, "exact": swept.exact}
    content |= {name: present(end) for name, end in ends.items() if end}
    return Answered(content, sum(_steps_made(run, spec.steps) for run in swept.runs))


def _steps_made(run: Run, steps: int) -> int:
    """Return how many steps of a run have a finite loss."""
    if run.diverged_at is None:
        return steps
    return run.diverged_at - 1


def present(value: object) -> Parts:
    """Return a dataclass as a JSON object, in which the optional fields that do not apply are left
    out, also in its fields that have optional fields themselves.
    """
    left_out = optional(type(value))  # type: ignore[arg-type]  # a class can be hashed
    content: Parts = {}
    for name, part in vars(value).items():
        if part is not None:
            sparse = optional(type(part))  # type: ignore[arg-type]
            content[name] = present(part) if sparse else part
        elif name not in left_out:
            content[name] = None
    return content


@cache
def optional(kind: type) -> frozenset[str]:
    """Return the names of the fields that are None by default."""
    if not is_dataclass(kind):
        return frozenset()
    return frozenset(each.name for each in fields(kind) if each.default is None)
