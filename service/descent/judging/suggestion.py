"""The suggestion of a better request. What is suggested was computed to be better."""

from dataclasses import replace
from math import inf

import numpy as np

from service.descent.answers.explanation import Reach, Suggestion, Suits
from service.descent.arrays import EPS, Array
from service.descent.methods.bounds import MAX_STEPS
from service.descent.points.dataset import Dataset
from service.descent.quadratic.problem import QuadraticProblem, compressed, has, problem_in
from service.descent.questions.options import Stop
from service.descent.questions.records import MAX_NUMBERS, MAX_RECORDS, RecordedQuestion
from service.descent.questions.setting import Question
from service.descent.watching.outcome import Descent

BARELY = 1 - 1e-9
"""The fraction of a loss below which another one counts as lower. Smaller differences are rounding.
"""
CLEARLY = 0.99
"""The fraction of a validation loss below which another one is worth a suggestion."""
TIMES = 10
"""The largest multiple of the requested steps that is suggested."""
MOST_SECONDS = 5.0
"""The highest predicted cost of suggested steps: half of what a service allows by default."""
FRACTIONS = np.geomspace(1e-4, 0.999, 40)
"""Fractions of the limit at which the validation loss is computed."""
LENGTHS = np.geomspace(0.001, TIMES, 40)
"""Multiples of the requested steps after which the validation loss is computed."""
REFINEMENTS, DIVISIONS = 3, 17
"""The number of grids, each of which is around the lowest of the one before, and their size."""


def suggestion(
    problem: QuadraticProblem, descent: Descent, rate: Suits | None, reach: Reach, left: float
) -> Suggestion | None:
    """Return the cheapest change that ends lower, and without stop rules that would be in its way.
    `left` is the excess at the end.

    If points are held out, their loss decides.
    """
    if ended_as_wanted(problem, descent, rate):
        return None
    stop, held_out = descent.stop, problem.sample.split.held_out
    if held_out is None and reach == "converged" and rate != "diverging":
        return None
    if held_out is None:
        harmless = stop is None or stop == Stop(gap=stop.gap)
        better = _better(problem, descent, rate, left)
    else:
        harmless = stop is None
        better = _better_on(held_out, problem, descent)
    if descent.stopped_by and better == {"lr": descent.lr}:
        return {"stop": None}
    if better and not harmless:
        return {**better, "stop": None}
    return better


def ended_as_wanted(problem: QuadraticProblem, descent: Descent, rate: Suits | None) -> bool:
    """Return whether the descent ended as its caller wanted. If a rate that is too large makes the
    loss on the held-out points stop the descent, it did not.
    """
    if descent.stopped_by in {"gap", "gradient"}:
        return True
    watched = descent.stopped_by is not None and problem.sample.spec.validation is not None
    return watched and rate not in {"diverging", "edge"}


def _better(
    problem: QuadraticProblem, descent: Descent, rate: Suits | None, left: float
) -> Suggestion | None:
    """Return other coordinates if no rate helps in these, otherwise the first that ends lower: the
    best rate, more steps, other coordinates.
    """
    outlook = problem.outlook
    if outlook.target < left <= outlook.floor:
        return _resolved(problem, left)
    ill_conditioned = (outlook.excess.condition or 1.0) > 1 / EPS
    if descent.diverged_at is not None and ill_conditioned:
        rescaled = problem.rescaling(left)
        if rescaled:
            return rescaled
    ends_lower = rate != "good" and outlook.left_at_best < BARELY * left
    if ends_lower and has(problem.sample.precision, problem.best):
        return {"lr": problem.best}
    if rate == "good":
        longer = _longer(problem, descent.lr)
        if longer:
            return longer
    return problem.rescaling(left)


def _longer(problem: QuadraticProblem, lr: float) -> Suggestion | None:
    """Return the number of steps after which this rate arrives, or None if that is too large. The
    requested number is enough if only a rule ended the descent earlier.
    """
    outlook, spec = problem.outlook, problem.sample.spec
    if outlook.excess.after(lr, TIMES * spec.steps) > outlook.target:
        return None
    needed = outlook.excess.steps_to(lr, outlook.target)
    if needed is None or needed > _most_steps(spec):
        return None
    if needed <= spec.steps:
        return {"stop": None}
    return {"steps": needed}


def _most_steps(spec: Question) -> int:
    """Return the largest number of steps to suggest: the requested one if many more would cost, or
    answer, too much.
    """
    longer = replace(spec, steps=min(TIMES * spec.steps, MAX_STEPS))
    if isinstance(spec, RecordedQuestion):
        longer = replace(spec, steps=longer.steps, record_every=spec.every)  # as it is resolved
    too_large = longer.records_in_answer > MAX_RECORDS or longer.numbers_in_answer > MAX_NUMBERS
    if too_large or longer.seconds > MOST_SECONDS:
        return spec.steps
    return longer.steps


def _resolved(problem: QuadraticProblem, left: float) -> Suggestion | None:
    """Return other coordinates in which the start is close enough for the precision, or None."""
    better = problem.rescaling(left)
    if better and problem_in(better["scale"], problem.sample).outlook.floor < left:
        return better
    return None


def _better_on(points: Dataset, problem: QuadraticProblem, descent: Descent) -> Suggestion | None:
    """Return the rate and the number of steps, or other coordinates, with the lowest loss on the
    held-out points. Return None if no loss that was computed is clearly lower.
    """
    assert descent.validation is not None
    better: Suggestion = {}
    lowest, asked = CLEARLY * descent.validation, problem.outlook.steps
    if problem.outlook.excess.held:
        loss, lr, steps = _lowest(points, problem, descent.lr)
        if loss < lowest:
            lowest, better = loss, {"lr": lr, "steps": steps}
    rescaled = problem.rescaling(inf)
    if rescaled:
        other = problem_in(rescaled["scale"], problem.sample)
        if _losses(points, other, np.array([other.best]), np.array([asked])).item() < lowest:
            return rescaled
    if better.get("lr") == descent.lr:
        del better["lr"]
    if better.get("steps") == asked:
        del better["steps"]
    return better or None


def _lowest(points: Dataset, problem: QuadraticProblem, lr: float) -> tuple[float, float, int]:
    """Return the lowest loss on these points at a rate below the limit, with the rate and the
    number of steps: that of a grid, refined around its lowest.
    """
    excess, sample, asked = problem.outlook.excess, problem.sample, problem.outlook.steps
    rates = np.unique([*(FRACTIONS * (excess.limit or 0.0)), lr])
    usable = [has(sample.precision, rate) and excess.pace(rate) < 2 for rate in rates.tolist()]
    rates = rates[usable]
    steps = np.unique(np.ceil(np.append(LENGTHS * asked, asked)).clip(1, _most_steps(sample.spec)))
    for _ in range(REFINEMENTS):
        losses = _losses(points, problem, rates, steps)
        row, column = divmod(int(losses.argmin()), len(steps))
        lowest = losses[row, column].item(), rates[row].item(), int(steps[column])
        rates, steps = _around(rates, row), np.unique(np.rint(_around(steps, column)))
    return lowest


def _losses(points: Dataset, problem: QuadraticProblem, rates: Array, steps: Array) -> Array:
    """Return the loss (rates, steps) on these points."""
    params = problem.closed_form(rates).params(steps[:, None])
    return compressed(problem, points).loss(params)


def _around(values: Array, index: int) -> Array:
    """Return this one of ascending values, and more values up to its neighbours."""
    low, high = values[max(index - 1, 0)], values[min(index + 1, len(values) - 1)]
    return np.unique([*np.linspace(low, high, DIVISIONS), values[index]])
