"""The answers of a worker to each kind of question: the parts of a JSON object, or a picture. The
computation pauses at points where other questions can advance.
"""

from collections.abc import Generator, Iterable, Iterator

from service.descent.answers.events import Event
from service.descent.answers.results import Fit, Outcome, Run
from service.descent.fit import collect, descend, events
from service.descent.forecast import forecast
from service.descent.frozen import readonly
from service.descent.questions.specs import (
    AnalysisSpec,
    FitSpec,
    PictureSpec,
    Question,
    StreamSpec,
    SweepSpec,
)
from service.descent.sweep import sweep
from service.descent.task import prepare
from service.plots.picture import picture
from service.pool.frames import EventBytes
from service.worker.coalescing import encoded_events
from service.worker.documents import Parts, present, resolved


@readonly
class Answered:
    """An answer, with its outcome and its number of steps. A picture is already bytes."""

    content: Parts | bytes
    steps: int = 0
    outcome: Outcome | None = None


def answer(question: Question) -> Generator[EventBytes | None, None, Answered]:
    """Return the computation of the answer to a question. A stream yields its events on the way.

    Raises DescentError.
    """
    if isinstance(question, PictureSpec):
        return _picture(question)
    if isinstance(question, StreamSpec):
        return _stream(question)
    if isinstance(question, FitSpec):
        return _fit(question)
    if isinstance(question, SweepSpec):
        return _sweep(question)
    assert isinstance(question, AnalysisSpec)
    return _forecast(question)


def _fit(spec: FitSpec) -> Generator[None, None, Answered]:
    task = prepare(spec, spec.precision)
    yield
    happened = []
    for event in descend(task, spec):
        happened.append(event)
        yield
    fit = collect(happened)
    return Answered(_whole(fit), fit.steps, fit.outcome)


def _stream(spec: StreamSpec) -> Generator[EventBytes, None, Answered]:
    """Yield the events, and return the whole fit without its losses, which the events contain."""
    happened: list[Event] = []
    yield from encoded_events(spec, _kept(events(spec), happened))
    fit = collect(happened)
    parts = _whole(fit)
    del parts["losses"]
    return Answered(parts, fit.steps, fit.outcome)


def _kept(happened: Iterable[Event], kept: list[Event]) -> Iterator[Event]:
    """Yield the same events and append each to `kept`."""
    for event in happened:
        kept.append(event)
        yield event


def _whole(fit: Fit) -> Parts:
    parts = present(fit) | {"resolved": resolved(fit.resolved)}
    if fit.history:
        parts["history"] = present(fit.history)
    if fit.data:
        parts["data"] = present(fit.data)
    return parts


def _picture(spec: PictureSpec) -> Generator[None, None, Answered]:
    yield
    fit = collect(events(spec))
    return Answered(picture(fit, spec.form), fit.steps, fit.outcome)


def _forecast(spec: AnalysisSpec) -> Generator[None, None, Answered]:
    yield
    known = forecast(spec)
    return Answered(present(known) | {"resolved": resolved(known.resolved)})


def _sweep(spec: SweepSpec) -> Generator[None, None, Answered]:
    yield
    swept = sweep(spec)
    parts: Parts = {
        "runs": [present(run) for run in swept.runs],
        "resolved": resolved(swept.resolved),
    }
    ends = {"best": swept.best, "exact": swept.exact}
    parts |= {name: present(end) for name, end in ends.items() if end}
    return Answered(parts, sum(_steps_made(run, spec.steps) for run in swept.runs))


def _steps_made(run: Run, steps: int) -> int:
    """Return how many steps of a run have a finite loss."""
    if run.diverged_at is None:
        return steps
    return run.diverged_at - 1
