"""A fit from its spec: an iterator of events, and the result they add up to."""

from collections.abc import Collection, Iterable, Iterator

import torch

from service.descent import answer, loop
from service.descent.errors import NoStartError
from service.descent.events import Done, Event, Started, Steps
from service.descent.outcome import Descent, check_outcome, diverged_at
from service.descent.parts import Include
from service.descent.problem import Problem, prepare
from service.descent.recording import Lens, Record, Records, record_exact, record_loop
from service.descent.result import Fit, History, Rule
from service.descent.spec import FitSpec, Resolved, without_points
from service.descent.stopping import rules
from service.descent.validation import hold_out
from service.descent.walk import Walk


def events(spec: FitSpec) -> Iterator[Event]:
    """Started, Steps as they are made, Done: a pure function of the spec.

    Raises NotComputableError where a number of the answer would not be finite.
    """
    return descend(prepare(spec, spec.precision), spec)


def descend(problem: Problem, spec: FitSpec) -> Iterator[Event]:
    """The same on a problem that is prepared."""
    resolved = without_points(spec, Resolved, lr=problem.rate(spec.lr), scale=problem.coordinates.kind)
    started = answer.started(problem, resolved, spec.told)
    yield started
    walk = watch(problem, resolved)
    for records in walk:
        yield answer.steps(problem, records, spec.told)
    if walk.best is None or walk.last is None:
        raise NoStartError
    descent = ended(resolved, walk.last, walk.stopped_by)
    check_outcome(problem, descent)
    yield Done(ending=answer.ending(problem, started, best=walk.best, last=walk.last, descent=descent))


def ended(resolved: Resolved, last: Record, stopped_by: Rule | None) -> Descent:
    """What the descent did. One that ends early without a rule has diverged: its next loss was not finite."""
    diverged = None if stopped_by else diverged_at(last.step, resolved.steps)
    return Descent(
        lr=resolved.lr,
        steps=last.step if diverged is None else resolved.steps,
        loss=last.loss,
        diverged_at=diverged,
        stop=resolved.stop,
        stopped_by=stopped_by,
        validation=last.validation,
    )


def watch(problem: Problem, resolved: Resolved) -> Walk:
    """The steps that are told. Rules and held out points have every step looked at; else those to be told are."""
    stop, watched = resolved.stop, resolved.watched
    lens = Lens(
        steps=resolved.steps,
        every=1 if watched else resolved.record_every,
        gradients="gradients" in resolved.include or (stop is not None and stop.gradient is not None),
        held_out=hold_out(problem),
    )
    lowest = problem.outlook.lowest
    return Walk(trajectory(problem, resolved, lens), rules(stop, lowest=lowest), every=resolved.record_every if watched else 1)


def trajectory(problem: Problem, resolved: Resolved, lens: Lens) -> Iterator[Records]:
    """The steps looked at, by the solver asked for."""
    if resolved.solver == "exact":
        return record_exact(problem.closed_form(resolved.lr), lens)
    dtype = loop.DTYPES[resolved.precision]
    training = problem.given.split.training
    given = problem.coordinates.design(training.t), training.y, problem.start
    x, y, start = (torch.tensor(array, dtype=dtype) for array in given)
    return record_loop(loop.descend(x, y, start, lr=resolved.lr, steps=resolved.steps), lens)


def collect(happened: Iterable[Event]) -> Fit:
    """The result of a whole fit: its events, added up."""
    told = list(happened)
    started, done = told[0], told[-1]
    assert isinstance(started, Started)
    assert isinstance(done, Done)
    steps = Steps.joined([event for event in told if isinstance(event, Steps)])
    return Fit(
        **vars(done.ending),
        losses=steps.loss,
        validation_losses=steps.validation_loss,
        record_every=started.resolved.record_every,
        history=history(steps, started.resolved.include),
        data=started.data if "data" in started.resolved.include else None,
    )


def history(steps: Steps, include: Collection[Include]) -> History | None:
    """The columns asked for, if there are any but the losses."""
    if not {"params", "gradients", "predictions"}.intersection(include):
        return None
    return History(
        step=steps.step,
        params=steps.params if "params" in include else None,
        gradients=steps.gradients if "gradients" in include else None,
        predictions=steps.predictions if "predictions" in include else None,
    )
