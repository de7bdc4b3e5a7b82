"""The analysis and the verdict of a descent: computed if its losses have a closed form, observed
otherwise.
"""

from service.descent.answers.explanation import Analysis, Verdict
from service.descent.frozen import readonly
from service.descent.judging import observed
from service.descent.judging.verdict import judge_exact
from service.descent.quadratic.analysis import analyse
from service.descent.quadratic.outcome import Descent
from service.descent.task import Task
from service.descent.watching.observation import Observer
from service.descent.watching.recording import Record


def before(task: Task, lr: float | None) -> Analysis:
    """Return the analysis before the first step."""
    if task.exact_problem is None:
        return observed.analyse_start(task)
    return analyse(task.exact_problem, lr)


@readonly
class Conclusion:
    """The analysis at the end, and the verdict."""

    analysis: Analysis
    verdict: Verdict


def conclude(
    task: Task, started: Analysis, descent: Descent, last: Record, observer: Observer
) -> Conclusion:
    """Return the conclusion on a descent with the analysis `started` before its first step and the
    last record `last`.
    """
    if task.exact_problem is not None:
        return Conclusion(started, judge_exact(task.exact_problem, descent))
    seen = observer.seen()
    analysis = observed.analyse_end(task, started, last.params, seen)
    return Conclusion(analysis, observed.judge(task, descent, seen))
