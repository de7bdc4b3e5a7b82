"""The answers of a worker to each kind of question: JSON objects, events or pictures.

The computation pauses at points where other questions can advance.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass, replace
from functools import cache, singledispatch
from itertools import tee
from math import inf
from time import perf_counter
from types import UnionType
from typing import get_args, get_type_hints

from orjson import dumps

from service.descent.answers.events import Event, Started, Steps
from service.descent.answers.results import Fit, Outcome
from service.descent.fit import collect, descend, events
from service.descent.forecast import forecast
from service.descent.questions.analysis import AnalysisSpec
from service.descent.questions.excerpt import Asked, Excerpt
from service.descent.questions.fit import FitSpec, PictureSpec, StreamSpec
from service.descent.questions.series import SeriesQuestion, SeriesStream
from service.descent.questions.sweep import SweepSpec
from service.descent.readonly import readonly
from service.descent.series import settings, solve
from service.descent.sweep import sweep
from service.descent.task import prepare
from service.plots.picture import picture
from service.pool.frames import EventBytes
from service.pool.scheduling import COALESCE_SECONDS, EVENT_NUMBERS, EVENT_STEPS
from service.worker import npy
from service.worker.files import table_of

Parts = dict[str, object]
"""A JSON object. A dataclass in it is written with all its fields."""


@readonly
class Answered:
    """An answer, with its outcome and its number of steps. A picture is already bytes."""

    content: Parts | bytes
    steps: int = 0
    outcome: Outcome | None = None
    fields: frozenset[str] | None = None
    """The top-level members to send, or None for all."""


Answering = Iterator[EventBytes | Answered | None]
"""The computation of an answer, which comes last. A stream yields its events before."""


@singledispatch
def answer(question: Asked) -> Answering:
    """Return the computation of the answer to a question, by its type.

    The computation raises NotComputableError.
    """
    raise NotImplementedError


@answer.register
def _excerpt(excerpt: Excerpt) -> Answering:
    for part in answer(excerpt.question):
        yield replace(part, fields=excerpt.fields) if isinstance(part, Answered) else part


@answer.register
def _fit(spec: FitSpec) -> Answering:
    task = prepare(spec, spec.precision)
    yield None
    for event in descend(task, spec):
        if isinstance(event, Fit):
            yield Answered(present(event), event.steps, event.outcome)
        else:
            yield None


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
            yield EventBytes("started", -1, dumps({"type": "started"} | present(started)))
        first, last = steps.step[0], steps.step[-1]
        content: Parts = {"type": "steps", "first": first, "last": last}
        content |= {
            name: column for name, column in vars(steps).items() if column and name != "step"
        }
        yield EventBytes("steps", last, dumps(content))


def unsent(happened: Iterable[Event], after: int, most: int) -> Iterator[Steps]:
    """Yield the steps after `after`, in parts of at most `most` steps."""
    for event in happened:
        if isinstance(event, Steps):
            for first in range(bisect_right(event.step, after), len(event.step), most):
                yield event.part(slice(first, first + most))


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


@answer.register
def _picture(spec: PictureSpec) -> Answering:
    fit = collect(events(spec))
    yield Answered(picture(fit, spec.form), fit.steps, fit.outcome)


@answer.register
def _analysis(spec: AnalysisSpec) -> Answering:
    yield Answered(present(forecast(spec)))


@answer.register
def _sweep(spec: SweepSpec) -> Answering:
    swept = sweep(spec)
    content: Parts = {
        "runs": [present(run) for run in swept.runs],
        "resolved": present(swept.resolved),
    }
    ends = {"best": swept.best, "exact": swept.exact}
    content |= {name: present(end) for name, end in ends.items() if end}
    firsts_not_made = [run.diverged_at or spec.steps + 1 for run in swept.runs]
    yield Answered(content, sum(step - 1 for step in firsts_not_made))


@answer.register
def _series(question: SeriesQuestion) -> Answering:
    table, choices = table_of(question), question.choices
    series = solve(choices, table, range(len(table)))
    steps = len(table) * choices.steps
    if question.form == "json":
        yield Answered(present(series) | present(settings(choices)), steps)
    elif question.form == "npy":
        yield Answered(npy.write(series), steps)
    else:
        # Most workers never write Arrow, which takes 0.2 s and 40 MB to import.
        from service.worker import arrow  # noqa: PLC0415

        yield Answered(arrow.write(series, dumps(present(settings(choices)))), steps)


@answer.register
def _series_stream(question: SeriesStream) -> Answering:
    """Yield blocks of rows, and then the counts. A block that the client has is solved again,
    because its problems are counted.
    """
    table, choices = table_of(question), question.choices
    most = max(1, EVENT_NUMBERS // choices.numbers_of_each)
    after = -1 if question.after is None else question.after
    failed = 0
    for first in range(0, len(table), most):
        rows = range(first, min(first + most, len(table)))
        series = solve(choices, table, rows)
        failed += len(series.problems)
        if rows[-1] <= after:
            yield None
            continue
        content: Parts = {"type": "rows", "first": rows[0], "last": rows[-1]}
        yield EventBytes("rows", rows[-1], dumps(content | present(series)))
    counts: Parts = {"series": len(table), "failed": failed}
    yield Answered(counts | present(settings(choices)), len(table) * choices.steps)


def present(value: object) -> Parts:
    """Return a dataclass as a JSON object, in which the optional fields that do not apply are left
    out, also in its parts.
    """
    kind, content = type(value), vars(value).copy()
    for name in optional(kind):  # type: ignore[arg-type]  # a class can be hashed
        if content[name] is None:
            del content[name]
    for name in incomplete_parts(kind):  # type: ignore[arg-type]
        part = content.get(name)
        if part is not None:
            content[name] = present(part)
    return content


@cache
def incomplete_parts(kind: type) -> list[str]:
    """Return the names of the parts of this class of which a field can be left out."""
    names = []
    for name, hint in get_type_hints(kind).items():
        kinds = get_args(hint) if isinstance(hint, UnionType) else (hint,)
        if any(map(incomplete, kinds)):
            names.append(name)
    return names


@cache
def incomplete(kind: type) -> bool:
    """Return whether a field of this class, or of one of its parts, can be left out."""
    return is_dataclass(kind) and bool(optional(kind) or incomplete_parts(kind))


@cache
def optional(kind: type) -> frozenset[str]:
    """Return the names of the fields that are None by default."""
    if not is_dataclass(kind):
        return frozenset()
    return frozenset(each.name for each in fields(kind) if each.default is None)
