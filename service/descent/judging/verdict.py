"""The verdict on a learning rate whose losses have a closed form, and the suggestion of a better
one.
"""

from dataclasses import replace
from math import expm1, inf, log, log10

from service.descent.answers.explanation import Reach, Suggestion, Suits, Verdict
from service.descent.judging.messages import MessageNumbers, message
from service.descent.quadratic.excess import EDGE, ONE_PERCENT, Outlook
from service.descent.quadratic.modes import HUGE
from service.descent.quadratic.problem import QuadraticProblem, has
from service.descent.questions.options import Stop
from service.descent.watching.outcome import Descent

LN10 = log(10)
BARELY = 1 - 1e-9
"""The fraction of a loss below which another one counts as lower. Smaller differences are rounding.
"""


def judge_exact(problem: QuadraticProblem, descent: Descent) -> Verdict:
    """Return the verdict: whether the rate suits the steps, and whether they reach the optimum."""
    outlook, left = problem.outlook, inf
    if descent.steps != outlook.steps:
        outlook = replace(outlook, steps=max(descent.steps, 1))
    if descent.diverged_at is None:
        left = outlook.excess.after(descent.lr, descent.steps)
    reach = _reach(outlook, left, descent)
    rate = _rate(outlook, left, reach, descent.lr)
    overshoots = descent.lr > (outlook.excess.no_bounce or inf)
    needed = suggestion = None
    if reach == "unfinished":
        needed = outlook.excess.steps_to(descent.lr, outlook.target)
    wanted = _ended_as_wanted(problem, descent, rate)
    if not wanted and reach != "converged":
        suggestion = _suggestion(problem, rate, left, descent)
    names = _rate_sentences(problem, descent, rate, reach, needed)
    if names == ["converged"] and overshoots:
        names.append("overshoots")
    rank, decay = problem.sample.factor.rank, problem.sample.decay
    if reach == "converged" and rank < len(problem.start) and not decay:
        names.append("undetermined")
    if descent.validation is not None and reach != "diverged":
        names.append("held_out")
    return Verdict(
        rate=rate,
        reach=reach,
        overshoots=overshoots,
        stalled=not wanted and _stalled(outlook, left, descent.lr),
        message=message(names, _numbers(problem, descent, needed)),
        suggestion=suggestion,
    )


def _reach(outlook: Outlook, left: float, descent: Descent) -> Reach:
    if descent.diverged_at is not None:
        return "diverged"
    if left <= outlook.target:
        return "converged"
    if outlook.converges:
        return "unfinished"
    return "out_of_reach"


def _rate(outlook: Outlook, left: float, reach: Reach, lr: float) -> Suits:
    """Return the first description of the rate that matches."""
    pace, best = outlook.excess.pace(lr), outlook.left_at_best
    if pace > 2 * (1 + EDGE) or reach == "diverged":
        return "diverging"
    if pace >= 2 * (1 - EDGE):
        return "edge"
    if left - best <= ONE_PERCENT * (outlook.excess.start - best) and reach != "unfinished":
        return "good"
    if lr > (outlook.lr_best or inf):
        return "bouncing"
    return "too_small"


def _stalled(outlook: Outlook, left: float, lr: float) -> bool:
    if not outlook.target < left < inf:
        return False
    fell = outlook.excess.after(lr, outlook.steps // 2) - left
    return 0 <= fell <= ONE_PERCENT * left


def _rate_sentences(
    problem: QuadraticProblem, descent: Descent, rate: Suits, reach: Reach, needed: int | None
) -> list[str]:
    """Return the names of the sentences about the rate."""
    if reach == "diverged":
        return ["diverging", "diverged"]
    if rate == "diverging":
        return ["diverging", "growing"]
    if reach == "converged":
        return [_arrived(problem, rate)]
    if rate == "edge":
        return ["edge"]
    if descent.stopped_by:
        return ["stopped"]
    nearly = rate == "good" and descent.loss <= 2 * problem.outlook.lowest
    return ["nearly" if nearly else rate, *_obstacle(problem, reach, needed)]


def _arrived(problem: QuadraticProblem, rate: Suits) -> str:
    """Return the name of the sentence for a descent within one percent of the optimum."""
    outlook = problem.outlook
    if problem.sample.decay:
        return "ridge"
    if outlook.lr_best is None:
        return "there"
    if outlook.starts_near or rate != "good":
        return "near"
    return "converged"


def _obstacle(problem: QuadraticProblem, reach: Reach, needed: int | None) -> list[str]:
    """Return the name of the sentence that says why the descent does not reach the optimum: its
    rate or, if other coordinates help, one flat direction.
    """
    if reach == "unfinished":
        return ["never" if needed is None else "needed"]
    never = problem.needed.here is None
    if problem.standardizing_helps:
        return ["never_but_standardized" if never else "standardize"]
    if problem.needed.orthonormal is None:
        return []
    return ["too_flat" if never else "orthonormal"]


def _numbers(problem: QuadraticProblem, descent: Descent, needed: int | None) -> MessageNumbers:
    outlook, excess, lr = problem.outlook, problem.outlook.excess, descent.lr
    rescaled = problem.needed.orthonormal
    if problem.standardizing_helps:
        rescaled = problem.needed.standardized
    closer = growth = change = 0.0
    if excess.held:
        change = excess.momentum.change(lr * excess.eigenvalues[0])
    if excess.pace(lr) <= 2:
        closer = -100 * expm1(change)
    elif change < HUGE:
        growth = 2 * (change / LN10)
    else:
        # the factor itself is too large for a double
        growth = 2 * (log10(lr) + log10(excess.eigenvalues[0]))
    return MessageNumbers(
        steps=descent.steps,
        start=problem.start_loss,
        loss=descent.loss,
        lowest=outlook.lowest,
        needed=needed,
        fastest=problem.needed.here,
        rescaled=rescaled,
        closer=closer,
        growth=growth,
        diverged_at=descent.diverged_at,
        validation=descent.validation,
    )


def _suggestion(
    problem: QuadraticProblem, rate: Suits, left: float, descent: Descent
) -> Suggestion | None:
    """Return the cheapest change that ends lower: another rate, otherwise other coordinates. Remove
    stop rules that would be in the way.
    """
    stop, lr_best = descent.stop, problem.outlook.lr_best
    ends_lower = rate != "good" and problem.outlook.left_at_best < BARELY * left
    better: Suggestion | None
    if ends_lower and lr_best and has(problem.sample.precision, lr_best):
        better = {"lr": lr_best}
    else:
        better = problem.rescaling(left)
    if descent.stopped_by and better == {"lr": descent.lr}:
        return {"stop": None}
    if better and stop and stop != Stop(gap=stop.gap):
        return {**better, "stop": None}
    return better


def _ended_as_wanted(problem: QuadraticProblem, descent: Descent, rate: Suits) -> bool:
    """Return whether the descent ended as its caller wanted. If a rate that is too large makes the
    loss on the held-out points stop the descent, it did not.
    """
    if descent.stopped_by in {"gap", "gradient"}:
        return True
    watched = descent.stopped_by is not None and problem.sample.spec.validation is not None
    return watched and rate not in {"diverging", "edge"}
