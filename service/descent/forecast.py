"""What is known of a descent without making it."""

import numpy as np

from service.descent.analysis import analyse
from service.descent.answer import least_squares
from service.descent.exact import closed_form
from service.descent.problem import Problem, prepare
from service.descent.recording import last_finite
from service.descent.result import Forecast
from service.descent.spec import AnalysisSpec, ResolvedAnalysis, without_points
from service.descent.verdict import Descent, judge


def forecast(spec: AnalysisSpec) -> Forecast:
    """The optimum, the analysis and, of a rate, the verdict on its steps.

    Raises NotComputableError.
    """
    problem = prepare(spec)
    lr = None if spec.lr is None else problem.rate(spec.lr)
    return Forecast(
        optimum=least_squares(problem),
        analysis=analyse(problem, lr),
        verdict=None if lr is None else judge(problem, ahead(problem, lr)),
        resolved=without_points(spec, ResolvedAnalysis, lr=lr, scale=problem.coordinates.kind),
    )


def ahead(problem: Problem, lr: float) -> Descent:
    """Where the steps would end."""
    steps = problem.given.spec.steps
    descent = closed_form(problem.modes, problem.start, problem.residual, lr=lr)
    last = last_finite(descent, None, finite=np.array([0]), infinite=np.array([steps + 1])).item()
    loss = descent.loss(np.array([[float(last)]])).item()
    return Descent(lr=lr, steps=steps, loss=loss, diverged_at=last + 1 if last < steps else None)
