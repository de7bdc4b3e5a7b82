"""What a learning rate did, and what would do better."""

from math import expm1, inf, log, log10

from service.descent.answers.explanation import Reach, Suggestion, Suits, Verdict
from service.descent.judging.messages import Numbers, message
from service.descent.quadratic.decay import Decay
from service.descent.quadratic.horizon import ONE_PERCENT, Outlook
from service.descent.quadratic.modes import HUGE
from service.descent.quadratic.outcome import Descent
from service.descent.quadratic.problem import Problem, has
from service.descent.quadratic.rates import EDGE
from service.descent.questions.options import Stop

LN10 = log(10)
BARELY = 1 - 1e-9
"""What is lower by less is rounding."""


def judge(problem: Problem, descent: Descent) -> Verdict:
    """The verdict on two axes: whether the rate suits the steps, and whether they come near the
    optimum.
    """
    outlook = problem.outlook.of(max(descent.steps, 1))
    decay = outlook.excess.at(descent.lr)
    left = decay.after(descent.steps) if descent.diverged_at is None else inf
    reach = _reach(outlook, left, descent)
    rate = _rate(outlook, left, reach, descent.lr)
    overshoots = descent.lr > (outlook.excess.no_bounce or inf)
    needed = decay.steps_to(outlook.target) if reach == "unfinished" else None
    content = _content(problem, descent, rate)
    names = _sentences(problem, descent, rate, reach, needed)
    return Verdict(
        rate=rate,
        reach=reach,
        overshoots=overshoots,
        stalled=not content and _stalled(outlook, left, decay),
        message=message(names, _numbers(problem, descent, needed)),
        suggestion=None
        if content or reach == "converged"
        else _suggestion(problem, rate, left, descent),
    )


def _reach(outlook: Outlook, left: float, descent: Descent) -> Reach:
    if descent.diverged_at is not None:
        return "diverged"
    if left <= outlook.target:
        return "converged"
    return "unfinished" if outlook.converges else "out_of_reach"


def _rate(outlook: Outlook, left: float, reach: Reach, lr: float) -> Suits:
    """The first that matches."""
    pace, best = outlook.excess.pace(lr), outlook.left_at_best
    if pace > 2 * (1 + EDGE) or reach == "diverged":
        return "diverging"
    if pace >= 2 * (1 - EDGE):
        return "edge"
    if left - best <= ONE_PERCENT * (outlook.excess.start - best) and reach != "unfinished":
        return "good"
    return "bouncing" if lr > (outlook.lr_best or inf) else "too_small"


def _stalled(outlook: Outlook, left: float, decay: Decay) -> bool:
    if not outlook.target < left < inf:
        return False
    fell = decay.after(outlook.steps // 2) - left
    return 0 <= fell <= ONE_PERCENT * left


def _sentences(
    problem: Problem, descent: Descent, rate: Suits, reach: Reach, needed: int | None
) -> list[str]:
    """The names of what to say."""
    names = _of_the_rate(problem, descent, rate, reach, needed)
    if reach == "converged" and not problem.determined:
        names.append("undetermined")
    if descent.validation is not None and reach != "diverged":
        names.append("held_out")
    return names


def _of_the_rate(
    problem: Problem, descent: Descent, rate: Suits, reach: Reach, needed: int | None
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


def _arrived(problem: Problem, descent: Descent, rate: Suits) -> list[str]:
    """What is said within one percent of the optimum."""
    excess = problem.outlook.excess
    if problem.outlook.lr_best is None:
        return ["there"]
    if excess.start <= problem.outlook.target or rate != "good":
        return ["near"]
    return ["converged", "overshoots"] if descent.lr > (excess.no_bounce or inf) else ["converged"]


def _way_on(needed: int | None) -> list[str]:
    """What is said where another rate arrives in so many steps."""
    return ["never" if needed is None else "needed"]


def _way_out(problem: Problem) -> list[str]:
    """What is said where no rate arrives in so many steps."""
    if not problem.given.scalable:
        return []
    excess, target = problem.outlook.excess, problem.outlook.target
    if excess.on_one_slope(target) is None and not problem.standardizing_helps:
        return []
    never = problem.steps_at_fastest is None
    if problem.standardizing_helps:
        return ["never_but_standardized" if never else "standardize"]
    return ["too_flat" if never else "orthonormal"]


def _numbers(problem: Problem, descent: Descent, needed: int | None) -> Numbers:
    outlook = problem.outlook
    pace = outlook.excess.pace(descent.lr)
    return Numbers(
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
    """By how much a step changes the logarithm of what is left in the steepest direction."""
    return outlook.excess.change(lr * outlook.excess.eigenvalues[0]) if outlook.excess.held else 0.0


def _growth(outlook: Outlook, lr: float) -> float:
    """Decimal logarithm of what a step multiplies the loss in the steepest direction by: it may not
    fit a double.
    """
    change = _change(outlook, lr)
    return 2 * (
        change / LN10 if change < HUGE else log10(lr) + log10(outlook.excess.eigenvalues[0])
    )


def _suggestion(problem: Problem, rate: Suits, left: float, descent: Descent) -> Suggestion | None:
    """The cheapest change that ends lower: another rate, else other coordinates."""
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


def _content(problem: Problem, descent: Descent, rate: Suits) -> bool:
    """Whether the descent ended where its caller wanted it to; what a rate too large does to the
    points held out is not that.
    """
    if descent.stopped_by in {"gap", "gradient"}:
        return True
    return bool(descent.stopped_by and problem.given.spec.validation) and rate not in {
        "diverging",
        "edge",
    }
