"""What is known of a descent without making it."""

import numpy as np

from service.descent.analysis import analyse
from service.descent.answer import least_squares
from service.descent.errors import NoStartError
from service.descent.outcome import Descent, check_outcome, diverged_at
from service.descent.problem import Problem, prepare
from service.descent.recording import last_finite
from service.descent.result import Forecast
from service.descent.spec import AnalysisSpec, ResolvedAnalysis, without_points
from service.descent.validation import hold_out
from service.descent.verdict import judge


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
    """Where the steps would end.

    Raises NotComputableError where a fit would.
    """
    steps, held_out = problem.given.spec.steps, hold_out(problem)
    made = problem.closed_form(lr)
    last = last_finite(made, held_out, finite=np.array([-1]), infinite=np.array([steps + 1])).item()
    if last < 0:
        raise NoStartError
    step = np.array([[float(last)]])
    descent = Descent(
        lr=lr,
        steps=steps,
        loss=made.loss(step).item(),
        diverged_at=diverged_at(last, steps),
        validation=held_out.loss(made.params(step)).item() if held_out else None,
    )
    check_outcome(problem, descent)
    return descent
