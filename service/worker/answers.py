"""The answers of a worker to each kind of question: JSON objects, events or pictures.

The computation pauses at points where other questions can advance.
"""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import cache, singledispatch
from itertools import tee

from orjson import dumps

from service.descent.answers.events import Event, Started
from service.descent.answers.results import Outcome
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
from service.worker.coalescing import gathered, unsent

Parts = dict[str, object]
"""A JSON object. A dataclass in it is written with all its fields."""


@readonly
class Answered:
    """An answer, with its outcome and its number of steps. A picture is already bytes."""

    content: Parts | bytes
    steps: int = 0
    outcome: Outcome | None = None


Answering = Iterator[EventBytes | Answered | None]
"""The computation of an answer, which comes last. A stream yields its events before."""


@singledispatch
def answer(question: Question) -> Answering:
    """Return the computation of the answer to a question, by its type.

    The computation raises NotComputableError.
    """
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
    yield Answered(present(fit), fit.steps, fit.outcome)


@answer.register
def _stream(spec: StreamSpec) -> Answering:
    """Yield the events, and then the whole fit without its losses, which the events contain."""
    happened, again = tee(events(spec))
    yield from encoded_events(spec, happened)
    fit = collect(again)
    content = present(fit)
    del content["losses"]
    yield Answered(content, fit.steps, fit.outcome)


def encoded_events(spec: StreamSpec, happened: Iterator[Event]) -> Iterator[EventBytes]:
    """Yield the start, and the steps after `after`. The start waits for the first step, so that a
    fit that makes no step sends no events.
    """
    started = next(happened)
    assert isinstance(started, Started)
    most = max(1, min(EVENT_STEPS, EVENT_NUMBERS // spec.columns))
    after = -1 if spec.after is None else spec.after
    for number, steps in enumerate(gathered(unsent(happened, after, most), most)):
        if number == 0 and spec.after is None:
            content = {"type": "started"} | present(started)
            yield EventBytes("started", -1, dumps(content))
        first, last = steps.step[0], steps.step[-1]
        content = {"type": "steps", "first": first, "last": last}
        content |= {
            name: column for name, column in vars(steps).items() if column and name != "step"
        }
        yield EventBytes("steps", last, dumps(content))


@answer.register
def _picture(spec: PictureSpec) -> Answering:
    yield None
    fit = collect(events(spec))
    yield Answered(picture(fit, spec.form), fit.steps, fit.outcome)


@answer.register
def _analysis(spec: AnalysisSpec) -> Answering:
    yield None
    yield Answered(present(forecast(spec)))


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
    not_made = [run.diverged_at or spec.steps + 1 for run in swept.runs]
    yield Answered(content, sum(step - 1 for step in not_made))


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
