"""The verdict on a learning rate whose losses have a closed form, and the suggestion of a better
one.
"""

from math import expm1, inf, log, log10

from service.descent.answers.explanation import Reach, Suggestion, Suits, Verdict
from service.descent.judging.messages import MessageNumbers, message
from service.descent.quadratic.decay import PlainDecay
from service.descent.quadratic.horizon import ONE_PERCENT, Outlook
from service.descent.quadratic.modes import HUGE
from service.descent.quadratic.outcome import Descent
from service.descent.quadratic.problem import QuadraticProblem, has
from service.descent.quadratic.rates import EDGE
from service.descent.questions.options import Stop

LN10 = log(10)
BARELY = 1 - 1e-9
"""The fraction of a loss below which another one counts as lower. Smaller differences are rounding.
"""


def judge_exact(problem: QuadraticProblem, descent: Descent) -> Verdict:
    """Return the verdict on two axes: whether the rate suits the steps, and whether the steps come
    near the optimum.
    """
    outlook = problem.outlook.of(max(descent.steps, 1))
    decay = outlook.excess.at(descent.lr)
    left = decay.after(descent.steps) if descent.diverged_at is None else inf
    reach = _reach(outlook, left, descent)
    rate = _rate(outlook, left, reach, descent.lr)
    overshoots = descent.lr > (outlook.excess.no_bounce or inf)
    needed = decay.steps_to(outlook.target) if reach == "unfinished" else None
    wanted = _ended_as_wanted(problem, descent, rate)
    names = _sentences(problem, descent, rate, reach, needed)
    return Verdict(
        rate=rate,
        reach=reach,
        overshoots=overshoots,
        stalled=not wanted and _stalled(outlook, left, decay),
        message=message(names, _numbers(problem, descent, needed)),
        suggestion=None
        if wanted or reach == "converged"
        else _suggestion(problem, rate, left, descent),
    )


def _reach(outlook: Outlook, left: float, descent: Descent) -> Reach:
    if descent.diverged_at is not None:
        return "diverged"
    if left <= outlook.target:
        return "converged"
    return "unfinished" if outlook.converges else "out_of_reach"


def _rate(outlook: Outlook, left: float, reach: Reach, lr: float) -> Suits:
    """Return the first description of the rate that matches."""
    pace, best = outlook.excess.pace(lr), outlook.left_at_best
    if pace > 2 * (1 + EDGE) or reach == "diverged":
        return "diverging"
    if pace >= 2 * (1 - EDGE):
        return "edge"
    if left - best <= ONE_PERCENT * (outlook.excess.start - best) and reach != "unfinished":
        return "good"
    return "bouncing" if lr > (outlook.lr_best or inf) else "too_small"


def _stalled(outlook: Outlook, left: float, decay: PlainDecay) -> bool:
    if not outlook.target < left < inf:
        return False
    fell = decay.after(outlook.steps // 2) - left
    return 0 <= fell <= ONE_PERCENT * left


def _sentences(
    problem: QuadraticProblem, descent: Descent, rate: Suits, reach: Reach, needed: int | None
) -> list[str]:
    """Return the names of all sentences in the message."""
    names = _of_the_rate(problem, descent, rate, reach, needed)
    if reach == "converged" and not problem.determined:
        names.append("undetermined")
    if descent.validation is not None and reach != "diverged":
        names.append("held_out")
    return names


def _of_the_rate(
    problem: QuadraticProblem, descent: Descent, rate: Suits, reach: Reach, needed: int | None
) -> list[str]:
    if rate == "diverging":
        return ["diverging", "diverged" if reach == "diverged" else "growing"]
    if reach == "converged":
        return _arrived(problem, descent, rate)
    if rate == "edge":
        return ["edge"]
    if descent.stopped_by:
        return ["stopped"]
    nearly = rate == "good" and descent.loss <= 2 * problem.outlook.lowest
    return [
        "nearly" if nearly else rate,
        *(_way_on(needed) if reach == "unfinished" else _way_out(problem)),
    ]


def _arrived(problem: QuadraticProblem, descent: Descent, rate: Suits) -> list[str]:
    """Return the names of the sentences for a descent within one percent of the optimum."""
    excess = problem.outlook.excess
    if problem.outlook.lr_best is None:
        return ["there"]
    if excess.start <= problem.outlook.target or rate != "good":
        return ["near"]
    return ["converged", "overshoots"] if descent.lr > (excess.no_bounce or inf) else ["converged"]


def _way_on(needed: int | None) -> list[str]:
    """Return the name of the sentence for a descent whose steps are enough at another rate."""
    return ["never" if needed is None else "needed"]


def _way_out(problem: QuadraticProblem) -> list[str]:
    """Return the name of the sentence for a descent whose steps are not enough at any rate, if
    other coordinates help.
    """
    if not problem.given.scalable:
        return []
    excess, target = problem.outlook.excess, problem.outlook.target
    if excess.on_one_slope(target) is None and not problem.standardizing_helps:
        return []
    never = problem.steps_at_fastest is None
    if problem.standardizing_helps:
        return ["never_but_standardized" if never else "standardize"]
    return ["too_flat" if never else "orthonormal"]


def _numbers(problem: QuadraticProblem, descent: Descent, needed: int | None) -> MessageNumbers:
    outlook = problem.outlook
    pace = outlook.excess.pace(descent.lr)
    return MessageNumbers(
        steps=descent.steps,
        start=outlook.lowest + outlook.excess.start,
        loss=descent.loss,
        lowest=outlook.lowest,
        needed=needed,
        fastest=problem.steps_at_fastest,
        rescaled=problem.steps_standardized
        if problem.standardizing_helps
        else outlook.excess.on_one_slope(outlook.target),
        closer=-100 * expm1(_change(outlook, descent.lr)) if pace <= 2 else 0.0,
        growth=_growth(outlook, descent.lr) if pace > 2 else 0.0,
        diverged_at=descent.diverged_at,
        validation=descent.validation,
    )


def _change(outlook: Outlook, lr: float) -> float:
    """Return the change per step of the logarithm of the remaining distance in the steepest
    direction.
    """
    return outlook.excess.change(lr * outlook.excess.eigenvalues[0]) if outlook.excess.held else 0.0


def _growth(outlook: Outlook, lr: float) -> float:
    """Return the decimal logarithm of the factor by which a step multiplies the loss in the
    steepest direction. The factor itself may be too large for a double.
    """
    change = _change(outlook, lr)
    return 2 * (
        change / LN10 if change < HUGE else log10(lr) + log10(outlook.excess.eigenvalues[0])
    )


def _suggestion(
    problem: QuadraticProblem, rate: Suits, left: float, descent: Descent
) -> Suggestion | None:
    """Return the cheapest change that ends lower: another rate, otherwise other coordinates. Remove
    stop rules that would be in the way.
    """
    stop, lr_best = descent.stop, problem.outlook.lr_best
    ends_lower = rate != "good" and problem.outlook.left_at_best < BARELY * left
    better: Suggestion | None = (
        {"lr": lr_best}
        if ends_lower and lr_best and has(problem.given.precision, lr_best)
        else problem.rescaling(left)
    )
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
    return bool(descent.stopped_by and problem.given.spec.validation) and rate not in {
        "diverging",
        "edge",
    }
