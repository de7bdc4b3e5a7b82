"""How a worker answers each kind of question: as the parts of a JSON object or as a picture, with pauses in which others may go on."""

from collections.abc import Generator, Iterable, Iterator

from service.descent.events import Event
from service.descent.fit import collect, descend, events
from service.descent.forecast import forecast
from service.descent.result import Fit
from service.descent.spec import AnalysisSpec, FitSpec, PictureSpec, Question, StreamSpec, SweepSpec
from service.descent.sweep import sweep
from service.descent.task import prepare
from service.plots.picture import picture
from service.workers.frames import Told
from service.workers.objects import Parts, present, resolved
from service.workers.telling import tell


def answer(question: Question) -> Generator[Told | None, None, Parts | bytes]:
    """The answer to a question; a picture is bytes already. A stream yields its events on the way.

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


def _fit(spec: FitSpec) -> Generator[None, None, Parts]:
    task = prepare(spec, spec.precision)
    yield
    happened = []
    for event in descend(task, spec):
        happened.append(event)
        yield
    return _whole(collect(happened))


def _stream(spec: StreamSpec) -> Generator[Told, None, Parts]:
    """The whole fit, but for the losses that were told."""
    happened: list[Event] = []
    yield from tell(spec, _kept(events(spec), happened))
    parts = _whole(collect(happened))
    del parts["losses"]
    return parts


def _kept(happened: Iterable[Event], kept: list[Event]) -> Iterator[Event]:
    """The same, each put aside as it passes."""
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


def _picture(spec: PictureSpec) -> Generator[None, None, bytes]:
    yield
    return picture(collect(events(spec)), spec.form)


def _forecast(spec: AnalysisSpec) -> Generator[None, None, Parts]:
    yield
    known = forecast(spec)
    return present(known) | {"resolved": resolved(known.resolved)}


def _sweep(spec: SweepSpec) -> Generator[None, None, Parts]:
    yield
    swept = sweep(spec)
    parts: Parts = {"runs": [present(run) for run in swept.runs], "resolved": resolved(swept.resolved)}
    ends = {"best": swept.best, "exact": swept.exact}
    return parts | {name: present(end) for name, end in ends.items() if end}
