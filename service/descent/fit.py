"""A fit as an iterator of events, the last of which is its result. The numbers of an answer are
finite, and in the caller's units except for gradients.
"""

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace

from service.descent.answers.events import Event, Started, Steps
from service.descent.answers.explanation import Analysis, Verdict
from service.descent.answers.results import (
    Best,
    DataPoints,
    DegreeFit,
    Fit,
    History,
    Intervals,
    Optimum,
    Ridge,
    data_used,
)
from service.descent.arrays import Array
from service.descent.errors import NoStartError
from service.descent.judging import observed
from service.descent.judging.verdict import judge_exact
from service.descent.loop.batches import epochs
from service.descent.methods.stamps import write_stamp
from service.descent.points.dataset import read_places
from service.descent.points.degrees import compared_degrees
from service.descent.points.factor import least_squares_optima
from service.descent.points.portable import portable
from service.descent.points.uncertainty import prediction_intervals
from service.descent.quadratic.analysis import analyse
from service.descent.quadratic.filter import spectral_filter
from service.descent.quadratic.problem import QuadraticProblem
from service.descent.quadratic.ridge import RidgeModes, ridge_minimum
from service.descent.questions.factors import PortableFactor
from service.descent.questions.fit import FitSpec, Resolved
from service.descent.questions.options import Include
from service.descent.task import Task, prepare, prepare_alike
from service.descent.watching.observation import Observer, Seen, observe
from service.descent.watching.outcome import Descent, ended
from service.descent.watching.recording import (
    Records,
    Selection,
    record_exact,
    record_loop,
    record_stack,
)
from service.descent.watching.stopping import ReportedRecords, rules


def events(spec: FitSpec) -> Iterator[Event]:
    """Yield `Started`, then `Steps` as they are made, then the `Fit`. All depend on the spec only.

    Raises NotComputableError if a number of the answer would not be finite.
    """
    task = prepare(spec, spec.precision)
    begun = start(task, spec, optimum(task))
    yield begun
    yield from descend(task, spec, begun, selection(task, begun.resolved))


def fits(specs: Sequence[FitSpec]) -> list[Fit]:
    """Return the fit of each of several specs that are alike, computed as one stack. Each fit is
    the same as that of its spec alone.

    Raises NotComputableError if a number of one of the answers would not be finite.
    """
    tasks = prepare_alike(specs)
    problems = [task.known_problem for task in tasks]
    begun = [*map(start, tasks, specs, optima(problems))]
    selections = [selection(task, each.resolved) for task, each in zip(tasks, begun, strict=True)]
    rates = [each.resolved.lr for each in begun]
    trajectories = record_stack(problems, rates, selections)
    return [*map(collect, map(descend, tasks, specs, begun, selections, trajectories))]


def start(task: Task, spec: FitSpec, lowest: Optimum | None) -> Started:
    """Return what is known before the first step, given the optimum."""
    resolved = spec.resolved(lr=task.rate(spec.chosen_lr), scale=task.curves.scale)
    points, data = task.sample.points, None
    if "data" in spec.reported:
        weights = None if points.weights is None else points.weights.tolist()
        held_out = task.sample.split.positions
        data = DataPoints(sent_times(task), points.y.tolist(), held_out, weights)
    return Started(
        resolved=resolved,
        data=data,
        data_used=data_used(spec.data),
        optimum=lowest,
        ridge=ridge(task),
        analysis=analysis_at_start(task, resolved.lr),
    )


def sent_times(task: Task) -> list[float] | list[str]:
    """Return the t of all points in the form in which they were sent. Stamps are in UTC."""
    t: list[float] = task.sample.points.t.tolist()
    if task.sample.spec.stamped:
        return [write_stamp(int(each)) for each in t]
    return t


def descend(
    task: Task,
    spec: FitSpec,
    begun: Started,
    selected: Selection,
    recorded: Records | None = None,
) -> Iterator[Event]:
    """Yield the steps of a fit that is prepared, and then its result. Its records may be given."""
    watch, made = Observer(), []
    reported = reported_records(task, begun.resolved, selected, watch, recorded)
    for records in reported:
        made.append(steps(task, records, spec.reported))
        yield made[-1]
    yield result(task, begun, reported, Steps.joined(made), watch)


def optimum(task: Task) -> Optimum | None:
    """Return the optimum of the points that the descent sees, or None for networks."""
    if task.problem is None:
        return None
    sample = task.problem.sample
    if robust := task.robust_optimum:
        return robust.described(sample.scaled_to_caller, sample.spec.model.names)
    (lowest,) = optima([task.problem])
    return lowest


def optima(problems: Sequence[QuadraticProblem]) -> list[Optimum]:
    """Return the least-squares optimum of each problem. They have the same model."""
    samples = [problem.sample for problem in problems]
    return least_squares_optima(
        [sample.factor for sample in samples],
        [sample.scaled_to_caller for sample in samples],
        samples[0].spec.model.names,
    )


def ridge(task: Task) -> Ridge | None:
    """Return the minimum of a descent with weight decay, or None if there is no decay or if the
    minimum is not known.
    """
    problem = task.problem
    if problem is None or not isinstance(problem.modes, RidgeModes):
        return None
    return ridge_minimum(problem.modes, problem.coordinates.to_caller, task.sample.spec.model.names)


def analysis_at_start(task: Task, lr: float | None) -> Analysis:
    """Return the analysis before the first step."""
    if task.exact_problem is None:
        return observed.analyse_start(task)
    return analyse(task.exact_problem, lr)


def selection(task: Task, resolved: Resolved) -> Selection:
    """Return the steps to examine. With stop rules or held-out points, these are all steps;
    otherwise only the reported ones.
    """
    stop = resolved.stop
    return Selection(
        steps=resolved.steps,
        every=1 if resolved.watched else resolved.record_every,
        gradients="gradients" in resolved.include
        or (stop is not None and stop.gradient is not None),
        held_out=task.held_out,
        whole=task.whole,
    )


def reported_records(
    task: Task, resolved: Resolved, selected: Selection, watch: Observer, recorded: Records | None
) -> ReportedRecords:
    """Return the records to report, of the given ones if there are any. The steps of the loop are
    watched.
    """
    trajectory: Iterable[Records]
    if recorded is not None:
        trajectory = [recorded]
    elif resolved.solver == "exact":
        trajectory = record_exact(task.known_problem.closed_form([resolved.lr]), selected)
    else:
        descent = watch.steps(task.descend(resolved.lr), whole=selected.whole is None)
        trajectory = record_loop(descent, selected)
    every = resolved.record_every if resolved.watched else 1
    return ReportedRecords(trajectory, rules(resolved.stop, task.quadratic_problem), every=every)


def steps(task: Task, records: Records, include: Collection[Include]) -> Steps:
    """Return recorded steps with the columns that the response includes."""
    curves, t = task.curves, task.sample.points.t
    return Steps(
        step=records.step,
        loss=records.loss,
        validation_loss=records.validation,
        batch_loss=records.batch,
        params=curves.param_columns(records.params) if "params" in include else {},
        gradients=curves.gradients(records.gradients) if "gradients" in include else {},
        predictions=curves.predictions(records.params, t) if "predictions" in include else [],
    )


def result(
    task: Task, started: Started, reported: ReportedRecords, steps: Steps, watch: Observer
) -> Fit:
    """Return the whole answer, given all recorded steps and what was watched."""
    best, last, resolved, curves = reported.best, reported.last, started.resolved, task.curves
    if best is None or last is None:
        raise NoStartError
    descent = ended(
        task.exact_problem, last, resolved.lr, resolved.steps, resolved.stop, reported.stopped_by
    )
    analysis, seen = started.analysis, None
    if task.exact_problem is None:
        (way,) = watch.ways()
        seen = observe(steps.step, steps.loss, way)
        analysis = observed.analyse_end(task, analysis, last.params, seen)
    elif "filter" in resolved.include:
        passed = spectral_filter(task.exact_problem, resolved.lr, last.step, last.loss)
        analysis = replace(analysis, filter=passed)
    judged = verdict(task, descent, seen)
    return Fit(
        params=curves.params(last.params),
        scaled=curves.scaled(last.params),
        predictions_at=predictions_at(task, last.params, resolved.at),
        intervals=intervals(task, resolved),
        loss=last.loss,
        converged=judged.reach == "converged",
        r2=judged.facts.r2,
        progress=judged.facts.progress,
        outcome=descent.outcome,
        diverged_at=descent.diverged_at,
        stopped_by=descent.stopped_by,
        steps=last.step,
        epochs=epochs(resolved, len(task.sample.split.training.t), last.step),
        best=Best(best.step, best.loss, curves.params(best.params)),
        optimum=started.optimum,
        ridge=started.ridge,
        degrees=degrees(task, resolved),
        analysis=analysis,
        verdict=judged,
        resolved=resolved,
        lr_default=task.sample.spec.lr_default,
        validation_losses=steps.validation_loss or None,
        batch_losses=steps.batch_loss or None,
        record_every=resolved.record_every,
        history=history(steps, resolved.include),
        data=started.data if "data" in resolved.include else None,
        factor=factor(task, resolved.include),
        data_used=started.data_used,
        losses=steps.loss,
    )


def factor(task: Task, include: Collection[str]) -> PortableFactor | None:
    """Return the points that the descent sees in compressed form, or None if it is not requested
    or the model is not a polynomial.

    Raises NotComputableError if a number of it is too large.
    """
    if "factor" not in include or task.problem is None:
        return None
    sample = task.problem.sample
    if sample.merged is not None:
        return sample.merged
    return portable(sample.factor, sample.split.training, sample.spec.data)


def predictions_at(
    task: Task, params: Array, at: Sequence[float] | Sequence[str] | None
) -> list[float] | None:
    """Return the curve of params (p,) at these t, or None if there are none."""
    if at is None:
        return None
    return task.curves.predictions(params[None], read_places(at))[0]


def intervals(task: Task, resolved: Resolved) -> Intervals | None:
    """Return the uncertainty of the least-squares curve at `at`, or None if it is not requested or
    not known.
    """
    if "intervals" not in resolved.include or not resolved.at or task.problem is None:
        return None
    return prediction_intervals(task.problem.sample.factor, read_places(resolved.at))


def degrees(task: Task, resolved: Resolved) -> list[DegreeFit] | None:
    """Return the least-squares fit of each degree, or None if it is not requested or the model is
    not a polynomial.
    """
    if "degrees" not in resolved.include or task.problem is None:
        return None
    return compared_degrees(task.problem.sample.factor)


def verdict(task: Task, descent: Descent, seen: Seen | None) -> Verdict:
    """Return the verdict on one rate: computed if there is a closed form, observed otherwise."""
    if task.exact_problem:
        return judge_exact(task.exact_problem, descent)
    assert seen
    return observed.judge(task, descent, seen)


def history(steps: Steps, include: Collection[Include]) -> History | None:
    """Return the requested columns, or None if no column other than the losses is requested."""
    if not {"params", "gradients", "predictions"}.intersection(include):
        return None
    return History(
        step=steps.step,
        params=steps.params if "params" in include else None,
        gradients=steps.gradients or None,
        predictions=steps.predictions or None,
    )


def collect(happened: Iterable[Event]) -> Fit:
    """Return the last of the events of a fit: its result."""
    fit = deque(happened, maxlen=1).pop()
    assert isinstance(fit, Fit)
    return fit
