"""A fit as an iterator of events, and the result that they add up to."""

from collections.abc import Collection, Iterable, Iterator

from service.descent import answer
from service.descent.answers.events import Done, Event, Started, Steps
from service.descent.answers.results import Fit, History, Rule
from service.descent.errors import NoStartError
from service.descent.judging.conclusion import conclude
from service.descent.quadratic.outcome import Descent, check_outcome, diverged_at
from service.descent.questions.fit import FitSpec, Resolved
from service.descent.questions.options import Include
from service.descent.task import Task, prepare
from service.descent.watching.observation import Observer
from service.descent.watching.recording import Lens, Record, Records, record_exact, record_loop
from service.descent.watching.stopping import rules
from service.descent.watching.thinning import Walk


def events(spec: FitSpec) -> Iterator[Event]:
    """Yield `Started`, then `Steps` as they are made, then `Done`. The events depend on the spec
    only.

    Raises NotComputableError if a number of the answer would not be finite.
    """
    return descend(prepare(spec, spec.precision), spec)


def descend(task: Task, spec: FitSpec) -> Iterator[Event]:
    """Yield the events of a fit whose task is already prepared."""
    resolved = spec.resolved(lr=task.rate(spec.chosen_lr), scale=task.curves.scale)
    started, observer = answer.started(task, resolved, spec.reported), Observer()
    yield started
    walk = walked(task, resolved, observer)
    for records in walk:
        observer.note(records)
        yield answer.steps(task, records, spec.reported)
    if walk.best is None or walk.last is None:
        raise NoStartError
    descent = ended(resolved, walk.last, walk.stopped_by)
    check_outcome(task.exact_problem, descent)
    said = conclude(task, started.analysis, descent, walk.last, observer)
    yield Done(
        ending=answer.ending(
            task, started, best=walk.best, last=walk.last, descent=descent, said=said
        )
    )


def ended(resolved: Resolved, last: Record, stopped_by: Rule | None) -> Descent:
    """Return how the descent ended. If it ended early without a stop rule, it diverged: the loss of
    the next step was not finite.
    """
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


def walked(task: Task, resolved: Resolved, observer: Observer) -> Walk:
    """Return the walk over the reported steps. With stop rules or held-out points, every step is
    examined; otherwise only the reported steps are.
    """
    stop, watched = resolved.stop, resolved.watched
    lens = Lens(
        steps=resolved.steps,
        every=1 if watched else resolved.record_every,
        gradients="gradients" in resolved.include
        or (stop is not None and stop.gradient is not None),
        held_out=task.held_out,
        whole=task.whole,
    )
    lowest = task.problem.outlook.lowest if task.problem else 0.0
    return Walk(
        trajectory(task, resolved, lens, observer),
        rules(stop, lowest=lowest),
        every=resolved.record_every if watched else 1,
    )


def trajectory(task: Task, resolved: Resolved, lens: Lens, observer: Observer) -> Iterator[Records]:
    """Return the examined steps, computed by the requested solver."""
    if resolved.solver == "exact":
        assert task.exact_problem
        return record_exact(task.exact_problem.closed_form(resolved.lr), lens)
    descent = task.descend(resolved.lr)
    return record_loop(descent if task.exact_problem else observer.over(descent), lens)


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
