"""The facts of a descent whose losses have a closed form."""

from math import expm1, isfinite, log, log10

from service.descent.answers.explanation import Facts, Reach, Suggestion, Suits
from service.descent.judging.swing import Swing
from service.descent.quadratic.excess import Outlook
from service.descent.quadratic.modes import HUGE
from service.descent.quadratic.problem import QuadraticProblem
from service.descent.questions.options import Scale
from service.descent.readonly import readonly
from service.descent.watching.outcome import Descent

LN10 = log(10)


@readonly(kw_only=True)
class Judged:
    """A descent that has been judged. `outlook` has the prospects of the steps that were made.

    `left` is the excess at the end, or inf if the loss overflowed. `exact_loss` is what the loss
    would be in exact arithmetic, or None unless rounding decided.
    """

    problem: QuadraticProblem
    descent: Descent
    outlook: Outlook
    left: float
    exact_loss: float | None
    reach: Reach
    rate: Suits | None
    swing: Swing
    suggestion: Suggestion | None


def facts(run: Judged) -> Facts:
    """Return the numbers of the sentences about a descent."""
    problem, outlook, descent, excess = run.problem, run.outlook, run.descent, run.outlook.excess
    needed = flat = without_decay = None
    left = run.left
    if descent.diverged_at is not None or problem.sample.spec.chosen_solver == "loop":
        left = float(problem.excess_at(descent.params, descent.loss))
    if run.reach == "unfinished":
        needed = excess.steps_to(descent.lr, outlook.target)
    if run.reach == "out_of_reach" and outlook.resolved:
        flat = flat_directions(problem, outlook)
    if problem.sample.decay:
        without_decay = problem.sample.factor.rss / problem.sample.factor.n
    scale, rescaled = other_coordinates(run)
    return Facts(
        steps=descent.steps,
        start_loss=shown(outlook, problem.start_loss),
        loss=shown(outlook, descent.loss),
        lowest=shown(outlook, outlook.lowest),
        weight_decay=problem.sample.decay or None,
        lowest_without_decay=without_decay,
        exact_loss=run.exact_loss,
        precision=problem.sample.precision,
        degree=problem.sample.degree,
        r2=r2_of(outlook, descent.loss),
        progress=progress(outlook, left),
        fewest_steps=problem.fewest.here,
        steps_needed=needed,
        rescaled_scale=scale,
        rescaled_steps=rescaled,
        flat_directions=flat,
        directions=len(problem.start),
        peak_loss=run.swing.peak_loss,
        peak_step=run.swing.peak_step,
        passed_step=run.swing.passed_step,
        closer_percent=closer_percent(outlook, descent.lr),
        growth_decades=growth_decades(outlook, descent.lr),
        diverged_at=descent.diverged_at,
        validation_loss=descent.validation,
    )


def shown(outlook: Outlook, loss: float) -> float:
    """Return the loss, or 0 if it is zero but for rounding and no different from the lowest."""
    if loss <= min(outlook.floor, outlook.target):
        return 0.0
    return loss


def r2_of(outlook: Outlook, loss: float) -> float | None:
    """Return the coefficient of determination, or None if y is constant or it is not finite."""
    if not outlook.variance:
        return None
    return finite_or_none(1 - loss / outlook.variance)


def progress(outlook: Outlook, left: float) -> float | None:
    """Return the fraction of the possible decrease that is achieved if this excess is left, or
    None if the descent starts at the optimum or the fraction is not finite.
    """
    if outlook.starts_near:
        return None
    return finite_or_none(1 - max(left, 0.0) / outlook.excess.start)


def finite_or_none(value: float) -> float | None:
    """Return the value, or None if it is not finite."""
    if isfinite(value):
        return value
    return None


def other_coordinates(run: Judged) -> tuple[Scale | None, int | None]:
    """Return the other coordinates to name, and the fewest steps there, or None twice if they do
    not help. Without a suggestion they are those that `auto` chooses for the requested steps.
    """
    fewest, kind = run.problem.fewest, run.problem.coordinates.kind
    standardized, asked = fewest.standardized, run.problem.outlook.steps
    scale: Scale = "orthonormal"
    if run.suggestion and "scale" in run.suggestion:
        scale = run.suggestion["scale"]
    elif kind == "none" and standardized is not None and standardized <= asked:
        scale = "standardize"
    steps = standardized
    if scale == "orthonormal":
        steps = fewest.orthonormal
    if kind == scale or steps is None or (fewest.here is not None and steps >= fewest.here):
        return None, None
    return scale, steps


def flat_directions(problem: QuadraticProblem, outlook: Outlook) -> int:
    """Return how many directions keep more than their part of the target at the best rate, because
    they are too flat: steps along them do not cross the valley.
    """
    momentum, best = outlook.excess.momentum, outlook.lr_best or 0.0
    allowed = outlook.target / len(problem.start) * problem.sample.factor.n
    across, flat = momentum.no_bounce, 0
    modes = zip(problem.modes.eigenvalues, problem.residual.tolist(), strict=True)
    for eigenvalue, residual in modes:
        pace = best * eigenvalue
        if residual * residual > allowed and pace <= across:
            left = residual * momentum.left_falling(pace, outlook.steps)
            flat += left * left > allowed
    return flat


def closer_percent(outlook: Outlook, lr: float) -> float | None:
    """Return by how many percent a step of plain descent shortens the distance in the steepest
    direction, or None if it does not jump across the valley or does not come closer.
    """
    excess = outlook.excess
    if excess.momentum.keeps or not 1 < excess.pace(lr) < 2:
        return None
    return -100 * expm1(excess.momentum.change(lr * excess.eigenvalues[0]))


def growth_decades(outlook: Outlook, lr: float) -> float | None:
    """Return the decimal logarithm of the factor by which a step multiplies the loss in the
    steepest direction, in the long run, or None if the rate is not above the limit.
    """
    excess = outlook.excess
    if excess.pace(lr) <= 2:
        return None
    change = excess.momentum.change(lr * excess.eigenvalues[0])
    if change < HUGE:
        return 2 * (change / LN10)
    # the factor itself is too large for a double
    return 2 * (log10(lr) + log10(excess.eigenvalues[0]))
