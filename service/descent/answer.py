"""The answer of a fit. Its numbers are finite, and in the caller's units except for gradients."""

from collections.abc import Collection

import numpy as np

from service.descent.answers.events import Started, Steps
from service.descent.answers.results import Best, DataPoints, Ending, Optimum
from service.descent.judging import conclusion
from service.descent.judging.conclusion import Conclusion
from service.descent.loop import batches
from service.descent.quadratic.optimum import least_squares_optimum
from service.descent.quadratic.outcome import Descent
from service.descent.questions.fit import Resolved
from service.descent.questions.options import Include
from service.descent.task import Task
from service.descent.watching.recording import Record, Records


def started(task: Task, resolved: Resolved, include: Collection[Include]) -> Started:
    """Return the event that is sent before the first step."""
    return Started(
        resolved=resolved,
        optimum=least_squares(task),
        analysis=conclusion.before(task, resolved.lr),
        data=data(task) if "data" in include else None,
    )


def least_squares(task: Task) -> Optimum | None:
    """Return the optimum of the points that the descent sees, or None for networks."""
    if task.problem is None:
        return None
    given = task.problem.given
    return least_squares_optimum(given.factor, given.scaled_to_caller, given.spec.names)


def data(task: Task) -> DataPoints:
    """Return all points and the positions of those that are held out."""
    points = task.sample.points
    return DataPoints(points.t.tolist(), points.y.tolist(), task.sample.split.positions)


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


def ending(
    task: Task, started: Started, *, best: Record, last: Record, descent: Descent, said: Conclusion
) -> Ending:
    """Return the part of the answer that is known after the last step."""
    curves, at, predictions_at = task.curves, started.resolved.at, None
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
        analysis=said.analysis,
        verdict=said.verdict,
        resolved=started.resolved,
    )


def epochs_made(task: Task, steps_made: int) -> float | None:
    """Return how many times these steps go through the points, or None for full batches."""
    spec = task.sample.spec
    if spec.batch_size is None:
        return None
    return batches.epochs(
        spec.batches, spec.batch_size, len(task.sample.split.training.t), steps_made
    )
