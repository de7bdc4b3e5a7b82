"""How a worker answers each kind of question: as the parts of a JSON object or as a picture, with pauses in which others may go on."""

from collections.abc import Generator
from dataclasses import fields
from typing import get_args

from service.descent.fit import collect, descend, events
from service.descent.forecast import forecast
from service.descent.parts import Stop
from service.descent.problem import prepare
from service.descent.result import BestRun, DataPoints, Fit, Forecast, History, Run, Sweep
from service.descent.spec import AnalysisSpec, FitSpec, PictureSpec, Question, Resolved, ResolvedAnalysis, ResolvedSweep, SweepSpec
from service.descent.sweep import sweep
from service.plots.picture import picture

Parts = dict[str, object]
"""What stands in them as a dataclass is written with all its fields."""

Sparse = BestRun | DataPoints | Fit | Forecast | History | Resolved | ResolvedAnalysis | ResolvedSweep | Run | Stop | Sweep
"""What leaves out the fields that do not apply; all else tells them as null."""
OPTIONAL = {kind: [field.name for field in fields(kind) if field.default is None] for kind in get_args(Sparse)}


def answer(question: Question) -> Generator[None, None, Parts | bytes]:
    """The answer to a question; a picture is bytes already.

    Raises DescentError.
    """
    if isinstance(question, PictureSpec):
        return _picture(question)
    if isinstance(question, FitSpec):
        return _fit(question)
    if isinstance(question, SweepSpec):
        return _sweep(question)
    assert isinstance(question, AnalysisSpec)
    return _forecast(question)


def _fit(spec: FitSpec) -> Generator[None, None, Parts]:
    problem = prepare(spec, spec.precision)
    yield
    told = []
    for event in descend(problem, spec):
        told.append(event)
        yield
    fit = collect(told)
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
    parts: Parts = {"runs": [present(run) for run in swept.runs]}
    if swept.best:
        parts["best"] = present(swept.best)
    return parts | {"exact": present(swept.exact), "resolved": resolved(swept.resolved)}


def resolved(choices: Resolved | ResolvedAnalysis | ResolvedSweep) -> Parts:
    """A request as it was run."""
    parts = present(choices)
    if isinstance(choices, Resolved) and choices.stop:
        parts["stop"] = present(choices.stop)
    return parts


def present(value: Sparse) -> Parts:
    """The fields that there are: what does not apply is left out, not null."""
    parts: Parts = vars(value).copy()
    for name in OPTIONAL[type(value)]:
        if parts[name] is None:
            del parts[name]
    return parts
