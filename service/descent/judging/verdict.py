"""The verdict on a learning rate whose losses have a closed form."""

from dataclasses import replace
from math import inf, sqrt

from service.descent.answers.explanation import Reach, Suits, Verdict
from service.descent.judging.facts import Judged, facts
from service.descent.judging.known import Known
from service.descent.judging.messages import described
from service.descent.judging.situations import ASIDES, SITUATIONS
from service.descent.judging.suggestion import ended_as_wanted, suggestion
from service.descent.judging.swing import swing
from service.descent.quadratic.excess import ONE_PERCENT, Outlook
from service.descent.quadratic.problem import QuadraticProblem
from service.descent.watching.outcome import Descent

AT_LIMIT = 1e-3
"""The distance of the pace from 2, its limit, within which a rate can be at the edge."""
EDGE_CHANGE = 0.01
"""The change of the logarithm of the loss in the steepest direction up to which that direction has
neither grown nor shrunk.
"""
APART = {"float64": 5e-10, "float32": 5e-10 * 2**29}
"""The relative difference between the roots of two losses, that of the loop and that of exact
arithmetic, above which rounding decided. The eps of float32 is 2^29 times that of float64.
"""


def judge_exact(problem: QuadraticProblem, descent: Descent) -> Verdict:
    """Return the verdict: whether the rate suits the steps, and whether they reach the optimum."""
    outlook, rate = _prospects(problem, descent.steps), None
    exact_loss = _exact_loss(problem, descent)
    left = _left(problem, descent, rounded=exact_loss is not None)
    reach = _reach(outlook, left)
    if descent.steps:
        rate = _rate(outlook, left, reach, descent.lr, rounded=exact_loss is not None)
    advice = suggestion(problem, descent, rate, reach, left)
    if exact_loss is not None and rate not in {"diverging", "too_small"}:
        advice = None  # smaller updates are lost to rounding as well
    run = Judged(
        problem=problem,
        descent=descent,
        outlook=outlook,
        left=left,
        exact_loss=exact_loss,
        reach=reach,
        rate=rate,
        swing=swing(problem, outlook, descent.lr, descent.steps),
        suggestion=advice,
    )
    known = _known(run)
    return Verdict(
        rate=rate,
        reach=reach,
        overshoots=known.overshoots,
        stalled=known.stalled,
        message=described(known, known.facts, SITUATIONS, ASIDES),
        facts=known.facts,
        suggestion=run.suggestion,
    )


def _left(problem: QuadraticProblem, descent: Descent, *, rounded: bool) -> float:
    """Return the excess at the end, or inf if the loss overflowed. It is known to its last digit
    unless rounding decided; then it is the difference of two losses.
    """
    if descent.diverged_at is not None:
        return inf
    if rounded:
        return max(float(problem.excess_at(descent.params, descent.loss)), 0.0)
    return problem.outlook.excess.after(descent.lr, descent.steps)


def judge_rate(problem: QuadraticProblem, lr: float, steps: int) -> tuple[Suits, Reach]:
    """Return whether the rate suits these steps in exact arithmetic, and whether they arrive."""
    outlook = _prospects(problem, steps)
    left = outlook.excess.after(lr, outlook.steps)
    reach = _reach(outlook, left)
    return _rate(outlook, left, reach, lr, rounded=False), reach


def _prospects(problem: QuadraticProblem, steps: int) -> Outlook:
    """Return the prospects of the steps that were made, or of one if none was."""
    if steps == problem.outlook.steps:
        return problem.outlook
    return replace(problem.outlook, steps=max(steps, 1))


def _exact_loss(problem: QuadraticProblem, descent: Descent) -> float | None:
    """Return the loss in exact arithmetic if the loop ended elsewhere, or None if it is the same up
    to the rounding that is usual. It is elsewhere if it did not fall at all and should have.
    """
    if problem.sample.spec.chosen_solver != "loop":
        return None
    outlook = problem.outlook
    exact = problem.loss_after(descent.lr, descent.steps)
    if exact == inf or (descent.diverged_at is not None and outlook.excess.pace(descent.lr) > 2):
        return None
    if descent.diverged_at is not None:
        return exact
    apart, start = APART[problem.sample.precision], problem.start_loss
    usual = apart * sqrt(exact) + sqrt(outlook.floor)
    stays = exact < (1 - ONE_PERCENT) * start <= (1 - ONE_PERCENT) * descent.loss
    if abs(sqrt(descent.loss) - sqrt(exact)) <= usual and not stays:
        return None
    return exact


def _reach(outlook: Outlook, left: float) -> Reach:
    if left == inf:
        return "diverged"
    if left <= outlook.target:
        return "converged"
    if outlook.resolved and outlook.converges:
        return "unfinished"
    return "out_of_reach"


def _rate(outlook: Outlook, left: float, reach: Reach, lr: float, *, rounded: bool) -> Suits:
    """Return the first description of the rate that matches."""
    start, best = outlook.excess.start, outlook.left_at_best
    if reach == "diverged" or (rounded and left > 2 * start + outlook.target):
        return "diverging"
    if at_limit := _at_limit(outlook, lr):
        return at_limit
    if not outlook.excess.held and reach == "converged":
        return "good"
    if left - best <= ONE_PERCENT * (start - best) and reach != "unfinished":
        return "good"
    if lr > (outlook.lr_best or inf):
        return "bouncing"
    return "too_small"


def _at_limit(outlook: Outlook, lr: float) -> Suits | None:
    """Return whether a rate at its limit or above is at the edge or diverging, by what the steps
    did in the steepest direction. Return None below the limit.
    """
    excess = outlook.excess
    pace = excess.pace(lr)
    if pace < 2 - AT_LIMIT or lr == outlook.lr_best:
        return None
    change = 2 * outlook.steps * excess.momentum.change(lr * excess.eigenvalues[0])
    if abs(change) < EDGE_CHANGE:
        return "edge"
    if pace > 2:
        return "diverging"
    return None


def _known(run: Judged) -> Known:
    """Return what decides which sentences are true."""
    outlook, excess, descent = run.outlook, run.outlook.excess, run.descent
    missing = None
    if outlook.variance and run.left < inf:
        missing = (descent.loss - outlook.lowest) / outlook.variance
    wanted = ended_as_wanted(run.problem, descent, run.rate)
    return Known(
        facts=facts(run),
        rate=run.rate,
        reach=run.reach,
        stalled=not wanted and _stalled(run),
        overshoots=descent.lr > (excess.no_bounce or inf),
        stopped=descent.stopped_by is not None,
        moves=bool(excess.held) or run.exact_loss is not None,
        starts_near=outlook.starts_near,
        undetermined=run.problem.sample.factor.rank < len(run.problem.start),
        momentum=bool(excess.momentum.keeps),
        decays=run.problem.sample.decay > 0,
        above_limit=excess.pace(descent.lr) > 2,
        rounded=run.exact_loss is not None,
        below_floor=outlook.target < run.left <= outlook.floor,
        resolved=outlook.resolved,
        rescaling=run.suggestion is not None and "scale" in run.suggestion,
        passes=run.swing.passes,
        crosses=run.swing.crosses,
        missing=missing,
    )


def _stalled(run: Judged) -> bool:
    """Return whether the second half of the steps changed the excess by at most one percent. If
    rounding decided, the whole descent is compared.
    """
    outlook, left = run.outlook, run.left
    if run.rate == "diverging" or not outlook.target < left < inf:
        return False
    half = outlook.excess.start
    if run.exact_loss is None:
        half = outlook.excess.after(run.descent.lr, outlook.steps // 2)
    return abs(half - left) <= ONE_PERCENT * left
