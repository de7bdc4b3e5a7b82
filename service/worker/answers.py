"""The answers of a worker to each kind of question: JSON objects, events or pictures."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
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
from service.descent.answers.series import Series
from service.descent.answers.stored import built
from service.descent.fit import collect, events, fits
from service.descent.forecast import forecast
from service.descent.questions.analysis import AnalysisSpec
from service.descent.questions.asked import AnyQuestion, StoredAnswer
from service.descent.questions.file import FactorSpec, UnreadPoints
from service.descent.questions.fit import FitSpec, PictureSpec, StreamSpec
from service.descent.questions.series import SeriesCount, SeriesQuestion, SeriesStream
from service.descent.questions.setting import Question
from service.descent.questions.sweep import SweepSpec
from service.descent.readonly import readonly
from service.descent.reduction import reduced
from service.descent.series import Solver, settings
from service.descent.sweep import sweep
from service.plots.picture import picture
from service.pool.frames import EventBytes
from service.pool.scheduling import COALESCE_SECONDS, EVENT_NUMBERS, EVENT_STEPS
from service.worker import npy
from service.worker.files import question_of_file, table_of

Parts = dict[str, object]
"""A JSON object. A dataclass in it is written with all its fields."""


@readonly
class Answered:
    """An answer, with its outcome and its number of steps. A picture is already bytes."""

    content: Parts | bytes
    steps: int = 0
    outcome: Outcome | None = None
    numbers: int = 0
    """The number of numbers in the content, as far as it grows with the question."""


Answering = Iterator[EventBytes | Answered | None]
"""The computation of an answer, which comes last. A stream yields its events before, and other
questions yield None between their parts.
"""


def answering(question: AnyQuestion | StoredAnswer) -> Answering:
    """Return the computation of the answer to a question, whose points may be a file.

    The computation raises NotComputableError, and RuleError if the file breaks a rule.
    """
    if isinstance(question, Question) and isinstance(question.data, UnreadPoints):
        question = question_of_file(question, question.data)
        yield None
    yield from answer(question)


@singledispatch
def answer(question: AnyQuestion | StoredAnswer) -> Answering:
    """Return the computation of the answer to a question, by its type.

    The computation raises NotComputableError.
    """
    raise NotImplementedError


def answer_alike(specs: Sequence[FitSpec]) -> list[Answered]:
    """Return the answers to fits that are alike, which are computed together.

    Raises NotComputableError if one of them has no answer.
    """
    return [*map(_whole, specs, fits(specs))]


def _whole(spec: FitSpec, fit: Fit) -> Answered:
    return Answered(present(fit), fit.steps, fit.outcome, spec.largest_answer)


@answer.register
def _fit(spec: FitSpec) -> Answering:
    for event in events(spec):
        yield _whole(spec, event) if isinstance(event, Fit) else None


@answer.register
def _stream(spec: StreamSpec) -> Answering:
    """Yield the events, and then the whole fit without its losses, which the events contain."""
    happened, again = tee(events(spec))
    yield from encoded_events(spec, happened)
    fit = collect(again)
    content = present(fit)
    del content["losses"]
    yield Answered(content, fit.steps, fit.outcome, spec.largest_answer)


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
    parts = {"best": swept.best, "exact": swept.exact, "data_used": swept.data_used}
    content |= {name: present(part) for name, part in parts.items() if part}
    firsts_not_made = [run.diverged_at or spec.steps + 1 for run in swept.runs]
    steps = sum(step - 1 for step in firsts_not_made)
    yield Answered(content, steps, numbers=spec.largest_answer)


@answer.register
def _series(question: SeriesQuestion) -> Answering:
    table = table_of(question)
    solver = Solver(question.choices, table, question.max_seconds)
    for series in solver.parts(range(len(table))):
        yield None
        if series:
            yield _columns(question, series)


def _columns(question: SeriesQuestion, series: Series) -> Answered:
    """Return the columns in the form of the question."""
    choices, count = question.choices, len(series.ids)
    steps = count * choices.steps
    if question.form == "json":
        numbers = count * choices.numbers_of_each
        return Answered(present(series) | present(settings(choices)), steps, numbers=numbers)
    if question.form == "npy":
        return Answered(npy.write(series), steps)
    # Most workers never write Arrow, which takes 0.2 s and 40 MB to import.
    from service.worker import arrow  # noqa: PLC0415

    return Answered(arrow.write(series, dumps(present(settings(choices)))), steps)


@answer.register
def _series_count(question: SeriesCount) -> Answering:
    table = table_of(question)
    counted = replace(question, points=table)
    yield Answered({"series": len(table), "seconds": counted.seconds})


@answer.register
def _series_stream(question: SeriesStream) -> Answering:
    """Yield blocks of rows, and then the counts. A block that the client has is solved again,
    because its problems are counted.
    """
    table, choices = table_of(question), question.choices
    asked = question.rows or range(len(table))
    most = max(1, EVENT_NUMBERS // choices.numbers_of_each)
    after = -1 if question.after is None else question.after
    failed, solver = 0, Solver(choices, table, question.max_seconds)
    for start in range(0, len(asked), most):
        rows = asked[start : start + most]
        for series in solver.parts(rows):
            yield None
            if not series:
                continue
            failed += len(series.problems)
            if rows[-1] > after:
                content: Parts = {"type": "rows", "first": rows[0], "last": rows[-1]}
                yield EventBytes("rows", rows[-1], dumps(content | present(series)))
    counts: Parts = {"series": len(asked), "failed": failed}
    yield Answered(counts | present(settings(choices)), len(asked) * choices.steps)


@answer.register
def _factor(spec: FactorSpec) -> Answering:
    yield Answered(present(reduced(spec)))


@answer.register
def _stored(question: StoredAnswer) -> Answering:
    yield Answered(built(question))


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
