"""A fit as an iterator of events, and the result that they add up to. The numbers of an answer are
finite, and in the caller's units except for gradients.
"""

from collections.abc import Collection, Iterable, Iterator

import numpy as np

from service.descent.answers.events import Done, Event, Started, Steps
from service.descent.answers.explanation import Analysis, Verdict
from service.descent.answers.results import Best, DataPoints, Ending, Fit, History, Optimum, Rule
from service.descent.errors import NoStartError
from service.descent.judging import observed
from service.descent.judging.verdict import Descent, check_outcome, diverged_at, judge_exact
from service.descent.loop import batches
from service.descent.points.factor import least_squares_optimum
from service.descent.quadratic.analysis import analyse
from service.descent.questions.fit import FitSpec, Resolved
from service.descent.questions.options import Include
from service.descent.task import Task, prepare
from service.descent.watching.observation import Observer
from service.descent.watching.recording import Record, Records, Selection, record_exact, record_loop
from service.descent.watching.stopping import ReportedRecords, rules


def events(spec: FitSpec) -> Iterator[Event]:
    """Yield `Started`, then `Steps` as they are made, then `Done`. The events depend on the spec
    only.

    Raises NotComputableError if a number of the answer would not be finite.
    """
    return descend(prepare(spec, spec.precision), spec)


def descend(task: Task, spec: FitSpec) -> Iterator[Event]:
    """Yield the events of a fit whose task is already prepared."""
    resolved = spec.resolved(lr=task.rate(spec.chosen_lr), scale=task.curves.scale)
    problem = task.exact_problem
    observer = None if problem else Observer()
    started = Started(
        resolved=resolved,
        optimum=optimum(task),
        analysis=analysis_at_start(task, resolved.lr),
        data=data(task) if "data" in spec.reported else None,
    )
    yield started
    reported = reported_records(task, resolved, observer)
    for records in reported:
        if observer:
            observer.note(records)
        yield steps(task, records, spec.reported)
    if reported.last is None:
        raise NoStartError
    descent = ended(resolved, reported.last, reported.stopped_by)
    check_outcome(problem, descent)
    analysis = started.analysis
    if problem:
        verdict = judge_exact(problem, descent)
    else:
        assert observer
        seen = observer.seen()
        analysis = observed.analyse_end(task, analysis, reported.last.params, seen)
        verdict = observed.judge(task, descent, seen)
    yield Done(ending=ending(task, started, reported, descent, analysis, verdict))


def optimum(task: Task) -> Optimum | None:
    """Return the optimum of the points that the descent sees, or None for networks."""
    if task.problem is None:
        return None
    sample = task.problem.sample
    return least_squares_optimum(sample.factor, sample.scaled_to_caller, sample.spec.model.names)


def analysis_at_start(task: Task, lr: float | None) -> Analysis:
    """Return the analysis before the first step."""
    if task.exact_problem is None:
        return observed.analyse_start(task)
    return analyse(task.exact_problem, lr)


def data(task: Task) -> DataPoints:
    """Return all points and the positions of those that are held out."""
    points = task.sample.points
    return DataPoints(points.t.tolist(), points.y.tolist(), task.sample.split.positions)


def reported_records(task: Task, resolved: Resolved, observer: Observer | None) -> ReportedRecords:
    """Return the records to report. With stop rules or held-out points, every step is examined;
    otherwise only the reported steps are.
    """
    stop, examined_every, reported_every = resolved.stop, resolved.record_every, 1
    if resolved.watched:
        examined_every, reported_every = 1, resolved.record_every
    selection = Selection(
        steps=resolved.steps,
        every=examined_every,
        gradients="gradients" in resolved.include
        or (stop is not None and stop.gradient is not None),
        held_out=task.held_out,
        whole=task.whole,
    )
    lowest = task.problem.outlook.lowest if task.problem else 0.0
    return ReportedRecords(
        trajectory(task, resolved, selection, observer),
        rules(stop, lowest=lowest),
        every=reported_every,
    )


def trajectory(
    task: Task, resolved: Resolved, selection: Selection, observer: Observer | None
) -> Iterator[Records]:
    """Return the examined steps, computed by the requested solver."""
    if resolved.solver == "exact":
        assert task.exact_problem
        return record_exact(task.exact_problem.closed_form(resolved.lr), selection)
    descent = task.descend(resolved.lr)
    return record_loop(observer.over(descent) if observer else descent, selection)


def steps(task: Task, records: Records, include: Collection[Include]) -> Steps:
    """Return recorded steps with the columns that the response includes."""
    curves, params, gradients, predictions = task.curves, None, None, None
    if "params" in include:
        params = curves.param_columns(records.params)
    if "gradients" in include and records.gradients is not None:
        gradients = curves.gradients(records.gradients)
    if "predictions" in include:
        predictions = curves.predictions(records.params, task.sample.points.t)
    return Steps(
        step=records.step,
        loss=records.loss,
        validation_loss=records.validation,
        batch_loss=records.batch,
        params=params,
        gradients=gradients,
        predictions=predictions,
    )


def ended(resolved: Resolved, last: Record, stopped_by: Rule | None) -> Descent:
    """Return how the descent ended. An early end without a stop rule is a divergence."""
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


def ending(
    task: Task,
    started: Started,
    reported: ReportedRecords,
    descent: Descent,
    analysis: Analysis,
    verdict: Verdict,
) -> Ending:
    """Return the part of the answer that is known after the last step."""
    best, last, curves = reported.best, reported.last, task.curves
    assert best
    assert last
    at, predictions_at = started.resolved.at, None
    if at is not None:
        predictions_at = curves.predictions(last.params[None], np.array(at))[0]
    return Ending(
        params=curves.params(last.params),
        scaled=curves.scaled(last.params),
        predictions_at=predictions_at,
        loss=last.loss,
        outcome=descent.outcome,
        diverged_at=descent.diverged_at,
        stopped_by=descent.stopped_by,
        steps=last.step,
        epochs=epochs_made(task, last.step),
        best=Best(best.step, best.loss, curves.params(best.params)),
        optimum=started.optimum,
        analysis=analysis,
        verdict=verdict,
        resolved=started.resolved,
    )


def epochs_made(task: Task, steps: int) -> float | None:
    """Return how many times these steps go through the points, or None for full batches."""
    spec = task.sample.spec
    if spec.batch_size is None:
        return None
    n = len(task.sample.split.training.t)
    return batches.epochs(spec.batches, spec.batch_size, n, steps)


def collect(happened: Iterable[Event]) -> Fit:
    """Return the result of a whole fit, assembled from its events."""
    all_events = list(happened)
    started, done = all_events[0], all_events[-1]
    assert isinstance(started, Started)
    assert isinstance(done, Done)
    steps = Steps.joined([event for event in all_events if isinstance(event, Steps)])
    return Fit(
        **vars(done.ending),
        losses=steps.loss,
        validation_losses=steps.validation_loss,
        batch_losses=steps.batch_loss,
        record_every=started.resolved.record_every,
        history=history(steps, started.resolved.include),
        data=started.data if "data" in started.resolved.include else None,
    )


def history(steps: Steps, include: Collection[Include]) -> History | None:
    """Return the requested columns, or None if no column other than the losses is requested."""
    if not {"params", "gradients", "predictions"}.intersection(include):
        return None
    return History(
        step=steps.step,
        params=steps.params if "params" in include else None,
        gradients=steps.gradients if "gradients" in include else None,
        predictions=steps.predictions if "predictions" in include else None,
    )
