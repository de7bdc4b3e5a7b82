"""What leaves a fit: in the caller's units, and finite."""

import numpy as np

from service.descent.arrays import Array
from service.descent.errors import finite
from service.descent.events import Started, Steps
from service.descent.optimum import optimum
from service.descent.polynomial import design
from service.descent.problem import Problem
from service.descent.recording import Record, Records
from service.descent.result import Best, Columns, DataPoints, Ending, Params
from service.descent.spec import Scaled


def started(problem: Problem) -> Started:
    """What is told before the first step."""
    spec, points = problem.spec, problem.points
    return Started(
        resolved=spec.resolved(),
        optimum=optimum(problem.factor, problem.coordinates.scaled_to_caller, spec.names),
        data=DataPoints(points.t.tolist(), points.y.tolist()) if "data" in spec.include else None,
    )


def steps(problem: Problem, records: Records) -> Steps:
    """Recorded steps with the columns that were asked for."""
    include, coordinates = problem.spec.include, problem.coordinates
    return Steps(
        step=records.step,
        loss=records.loss,
        params=columns(problem, coordinates.to_caller @ records.params.T) if "params" in include else None,
        gradients=None if records.gradients is None else columns(problem, records.gradients.T),
        predictions=predictions(problem, records.params, problem.points.t) if "predictions" in include else None,
    )


def ending(problem: Problem, told: Started, *, best: Record, last: Record) -> Ending:
    """What is told after the last step. A trajectory that ends early has diverged: its next loss was not finite."""
    spec, frame = problem.spec, problem.frame
    diverged = last.step < spec.steps
    return Ending(
        params=params(problem, problem.coordinates.to_caller @ last.params),
        scaled=Scaled(frame.center, frame.scale, params(problem, problem.coordinates.to_scaled @ last.params)),
        predictions_at=None if spec.at is None else predictions(problem, last.params[None], np.array(spec.at))[0],
        loss=last.loss,
        outcome="diverged" if diverged else "completed",
        diverged_at=last.step + 1 if diverged else None,
        steps=last.step,
        best=Best(best.step, best.loss, params(problem, problem.coordinates.to_caller @ best.params)),
        optimum=told.optimum,
        resolved=told.resolved,
    )


def predictions(problem: Problem, params: Array, t: Array) -> list[list[float]]:
    """The curves of params (r, p) at t (n,), evaluated in x."""
    x = design(problem.frame.x(t), problem.spec.model.degree)
    curves = x @ (problem.coordinates.to_scaled @ params.T)
    return [finite(curve, "predictions", "rescale t and y, or bring `at` closer to t") for curve in curves.T.tolist()]


def columns(problem: Problem, table: Array) -> Columns:
    """A row of the table (p, r) for each coefficient."""
    rows = zip(problem.spec.names, table.tolist(), strict=True)
    return {name: finite(row, "coefficients or gradients") for name, row in rows}


def params(problem: Problem, values: Array) -> Params:
    """Coefficients (p,) by name."""
    return dict(zip(problem.spec.names, finite(values.tolist(), "coefficients"), strict=True))
