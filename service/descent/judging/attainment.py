"""The attainment of a descent: whether it converged, the R^2 of its curve, and its progress."""

from dataclasses import replace
from math import isfinite

from service.descent.answers.explanation import Verdict
from service.descent.answers.results import Optimum
from service.descent.methods.losses.mse import Mse
from service.descent.task import Task
from service.descent.watching.outcome import Descent
from service.descent.watching.recording import Record


def converged(task: Task, descent: Descent, verdict: Verdict) -> bool:
    """Return whether the last loss is within the target of the lowest. If the lowest loss is not
    known, or if the descent diverged, the verdict decides.
    """
    problem = task.quadratic_problem
    if problem is None or descent.diverged_at is not None:
        return verdict.reach == "converged"
    outlook = problem.outlook
    return descent.loss - outlook.lowest <= outlook.target


def r2(task: Task, last: Record, optimum: Optimum | None) -> float | None:
    """Return 1 - mean squared error / variance of y, of the last curve on the training points.
    Return None if y does not vary, or if the result is too large for a double.
    """
    training, mean_square = task.sample.split.training, last.loss
    if not task.sample.spec.loss.in_closed_form:
        evaluation = replace(task.loss_of(training), criterion=Mse().criterion)
        mean_square = evaluation.loss(last.params[None])[0].item()
    if task.problem is None:
        variance = training.y.var().item()
        varies = bool(training.y.min() < training.y.max())
    else:
        factor = task.problem.sample.factor
        variance = factor.variation / factor.n
        varies = optimum is not None and optimum.r2 is not None
    if not varies:
        return None
    return _finite(1 - mean_square / variance)


def progress(task: Task, loss: float) -> float | None:
    """Return the part of the excess over the lowest loss that the descent removed: 1 at the lowest
    loss, negative if the loss rose. Return None if the lowest loss is not known, if the start is
    within the target, or if the result is too large for a double.
    """
    problem = task.quadratic_problem
    if problem is None or problem.outlook.starts_near:
        return None
    left = max(loss - problem.outlook.lowest, 0.0)
    return _finite(1 - left / problem.outlook.excess.start)


def _finite(value: float) -> float | None:
    """Return the value, or None if it is too large for a double."""
    if isfinite(value):
        return value
    return None
