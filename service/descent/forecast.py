"""The analysis of a descent without making its steps."""

import numpy as np

from service.descent.answers.results import Forecast
from service.descent.errors import NoStartError
from service.descent.fit import analysis_at_start, optimum
from service.descent.judging.verdict import Descent, check_outcome, diverged_at, judge_exact
from service.descent.quadratic.problem import QuadraticProblem
from service.descent.questions.analysis import AnalysisSpec
from service.descent.task import prepare
from service.descent.watching.recording import HeldOut, last_finite


def forecast(spec: AnalysisSpec) -> Forecast:
    """Return the optimum, the analysis and, if the rate is given and its losses have a closed form,
    the verdict.

    Raises NotComputableError if a number of the answer does not exist in its precision.
    """
    task = prepare(spec)
    lr = verdict = None
    if spec.chosen_lr is not None:
        lr = task.rate(spec.chosen_lr)
    least_squares, analysis = optimum(task), analysis_at_start(task, lr)
    if lr is not None and task.exact_problem is not None:
        descent = ahead(task.exact_problem, lr, task.held_out)
        verdict = judge_exact(task.exact_problem, descent)
    return Forecast(
        optimum=least_squares,
        analysis=analysis,
        verdict=verdict,
        resolved=spec.resolved(lr=lr, scale=task.curves.scale),
    )


def ahead(problem: QuadraticProblem, lr: float, held_out: HeldOut | None) -> Descent:
    """Return how the descent would end.

    Raises NotComputableError if a fit would.
    """
    steps = problem.sample.spec.steps
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
