"""The analysis of a descent without making its steps."""

from service.descent.answers.results import Forecast, data_used
from service.descent.fit import analysis_at_start, factor, optimum, ridge
from service.descent.judging.verdict import judge_exact
from service.descent.questions.analysis import AnalysisSpec
from service.descent.task import prepare
from service.descent.watching.outcome import ended
from service.descent.watching.recording import last_records, validated


def forecast(spec: AnalysisSpec) -> Forecast:
    """Return the optimum, the analysis and, if the rate is given and its losses have a closed form,
    the verdict.

    Raises NotComputableError if a number of the answer does not exist in its precision.
    """
    task = prepare(spec)
    problem, lr, verdict, arrives = task.exact_problem, None, None, None
    if spec.chosen_lr is not None:
        lr = task.rate(spec.chosen_lr)
    lowest, analysis = optimum(task), analysis_at_start(task, lr)
    if lr is not None and problem is not None:
        descent, held_out = problem.closed_form([lr]), task.held_out
        (last,) = validated(last_records(descent, 1, spec.steps, held_out), held_out)
        verdict = judge_exact(problem, ended(problem, last, lr, spec.steps))
        arrives = verdict.reach == "converged"
    return Forecast(
        optimum=lowest,
        ridge=ridge(task),
        analysis=analysis,
        verdict=verdict,
        converged=arrives,
        factor=factor(task, spec.include),
        resolved=spec.resolved(lr=lr, scale=task.curves.scale),
        data_used=data_used(spec.data),
    )
