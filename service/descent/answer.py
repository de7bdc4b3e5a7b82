"""What leaves a fit: finite, and in the caller's units, but for gradients."""

from collections.abc import Collection

import numpy as np

from service.descent.analysis import analyse
from service.descent.arrays import Array
from service.descent.errors import finite
from service.descent.events import Started, Steps
from service.descent.optimum import optimum
from service.descent.outcome import Descent
from service.descent.parts import Include, Params, Scaled
from service.descent.polynomial import design
from service.descent.problem import Problem
from service.descent.recording import Record, Records
from service.descent.result import Best, Columns, DataPoints, Ending, Optimum
from service.descent.spec import Resolved
from service.descent.verdict import judge


def started(problem: Problem, resolved: Resolved, told: Collection[Include]) -> Started:
    """What is told before the first step."""
    return Started(
        resolved=resolved,
        optimum=least_squares(problem),
        analysis=analyse(problem, resolved.lr),
        data=data(problem) if "data" in told else None,
    )


def least_squares(problem: Problem) -> Optimum:
    """The optimum of the points that the descent sees."""
    return optimum(problem.given.factor, problem.coordinates.scaled_to_caller, problem.given.spec.names)


def data(problem: Problem) -> DataPoints:
    """All points, and which of them were held out."""
    points = problem.given.points
    return DataPoints(points.t.tolist(), points.y.tolist(), problem.given.split.positions)


def steps(problem: Problem, records: Records, told: Collection[Include]) -> Steps:
    """Recorded steps with the columns that are told."""
    coordinates = problem.coordinates
    return Steps(
        step=records.step,
        loss=records.loss,
        validation_loss=records.validation,
        params=columns(problem, coordinates.to_caller @ records.params.T) if "params" in told else None,
        gradients=columns(problem, records.gradients.T) if "gradients" in told and records.gradients is not None else None,
        predictions=predictions(problem, records.params, problem.given.points.t) if "predictions" in told else None,
    )


def ending(problem: Problem, told: Started, *, best: Record, last: Record, descent: Descent) -> Ending:
    """What is told after the last step."""
    frame, at = problem.frame, told.resolved.at
    return Ending(
        params=params(problem, problem.coordinates.to_caller @ last.params),
        scaled=Scaled(frame.center, frame.scale, params(problem, problem.coordinates.to_scaled @ last.params)),
        predictions_at=None if at is None else predictions(problem, last.params[None], np.array(at))[0],
        loss=last.loss,
        outcome=descent.outcome,
        diverged_at=descent.diverged_at,
        stopped_by=descent.stopped_by,
        steps=last.step,
        best=Best(best.step, best.loss, params(problem, problem.coordinates.to_caller @ best.params)),
        optimum=told.optimum,
        analysis=told.analysis,
        verdict=judge(problem, descent),
        resolved=told.resolved,
    )


def predictions(problem: Problem, params: Array, t: Array) -> list[list[float]]:
    """The curves of params (r, p) at t (n,), evaluated in x."""
    x = design(problem.frame.x(t), len(problem.start) - 1)
    curves = x @ (problem.coordinates.to_scaled @ params.T)
    return [finite(curve, "predictions", "rescale t and y, or bring `at` closer to t") for curve in curves.T.tolist()]


def columns(problem: Problem, table: Array) -> Columns:
    """A row of the table (p, r) for each coefficient."""
    rows = zip(problem.given.spec.names, table.tolist(), strict=True)
    return {name: finite(row, "coefficients or gradients") for name, row in rows}


def params(problem: Problem, values: Array) -> Params:
    """Coefficients (p,) by name."""
    return dict(zip(problem.given.spec.names, finite(values.tolist(), "coefficients"), strict=True))
