"""A fit from its spec: an iterator of events, and the result they add up to."""

from collections.abc import Iterable, Iterator

import torch

from service.descent import answer, loop
from service.descent.errors import NotComputableError
from service.descent.events import Done, Event, Started, Steps
from service.descent.exact import closed_form
from service.descent.problem import Problem, prepare
from service.descent.recording import Records, record_exact, record_loop
from service.descent.result import Columns, Fit, History
from service.descent.spec import FitSpec

DTYPES = {"float64": torch.float64, "float32": torch.float32}


def run(spec: FitSpec) -> Iterator[Event]:
    """Started, Steps as they are made, Done: a pure function of the spec.

    Raises NotComputableError where a number of the answer would not be finite.
    """
    problem = prepare(spec)
    started = answer.started(problem)
    yield started
    best = last = None
    for records in trajectory(problem):
        yield answer.steps(problem, records)
        lowest, last = records.record(records.loss.index(min(records.loss))), records.record(-1)
        best = lowest if best is None or lowest.loss < best.loss else best
    if best is None or last is None:
        raise NotComputableError("The loss before the first step is not finite: bring `init`, t or y closer to 0.")
    yield Done(ending=answer.ending(problem, started, best=best, last=last))


def trajectory(problem: Problem) -> Iterator[Records]:
    """The recorded steps by the solver asked for."""
    spec = problem.spec
    if spec.solver == "exact":
        closed = closed_form(problem.factor, problem.coordinates.triangle(problem.factor), problem.start, lr=spec.lr)
        return record_exact(closed, steps=spec.steps, every=spec.record_every, gradients="gradients" in spec.include)
    dtype = DTYPES[spec.precision]
    given = problem.coordinates.design(problem.points.t), problem.points.y, problem.start
    x, y, start = (torch.tensor(array, dtype=dtype) for array in given)
    descent = loop.descend(x, y, start, lr=spec.lr, steps=spec.steps)
    return record_loop(descent, steps=spec.steps, every=spec.record_every, gradients="gradients" in spec.include)


def collect(events: Iterable[Event]) -> Fit:
    """The result of a whole fit: its events, added up."""
    told = list(events)
    started, done = told[0], told[-1]
    assert isinstance(started, Started)
    assert isinstance(done, Done)
    steps = [event for event in told if isinstance(event, Steps)]
    return Fit(
        **vars(done.ending),
        losses=[loss for part in steps for loss in part.loss],
        record_every=started.resolved.record_every,
        history=history(steps),
        data=started.data,
    )


def history(steps: list[Steps]) -> History | None:
    """The columns of all steps, if there are any but the losses."""
    first = steps[0]
    if first.params is None and first.gradients is None and first.predictions is None:
        return None
    return History(
        step=[number for part in steps for number in part.step],
        params=joined([part.params for part in steps]),
        gradients=joined([part.gradients for part in steps]),
        predictions=[curve for part in steps for curve in part.predictions or ()] if first.predictions is not None else None,
    )


def joined(parts: list[Columns | None]) -> Columns | None:
    """Columns end to end."""
    there = [part for part in parts if part is not None]
    return {name: [value for part in there for value in part[name]] for name in there[0]} if there else None
