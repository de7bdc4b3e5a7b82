"""The analysis and the verdict of an observed descent: its curvature, its turns, its losses."""

from dataclasses import replace
from math import inf

import torch

from service.descent.answers.explanation import (
    Analysis,
    Mode,
    Reach,
    StartAndEnd,
    StepsToOnePercent,
    Suits,
    Verdict,
)
from service.descent.arrays import Array
from service.descent.judging.messages import MessageNumbers, message
from service.descent.points.dataset import Dataset
from service.descent.quadratic.analysis import described_modes
from service.descent.quadratic.excess import ONE_PERCENT
from service.descent.quadratic.problem import QuadraticProblem
from service.descent.questions.cost import SHARPNESS_POINTS
from service.descent.task import Task
from service.descent.watching.observation import LAST_STEPS, Seen
from service.descent.watching.outcome import Descent
from service.descent.watching.sharpness import sharpness

DIVERGING_ABOVE = 1e6
"""A multiple of the first loss. A descent that ends above it is diverging."""
RISEN_ABOVE = 1.01
"""A multiple of the first loss. If a descent ends above it, the rate is too large to go down."""
NEGLIGIBLE_LOSS = 1e-9
"""The fraction of the first loss that counts as zero."""
CLEARLY_LOWER = 0.99
"""The limit of batches is mentioned only if it is below this fraction of the limit of all points.
"""
SAME_WAY = 0.9
"""The cosine above which successive steps go in the same direction."""


def analyse_start(task: Task) -> Analysis:
    """Return the analysis before the first step."""
    problem, start = task.quadratic_problem, curvature(task, task.start)
    modes: list[Mode] = []
    condition = limit = no_bounce = fastest = None
    if problem:
        excess, modes = problem.outlook.excess, described_modes(problem, None)
        condition = excess.condition
        if task.sample.spec.optimizer.kind == "sgd":
            limit, no_bounce, fastest = excess.limit, excess.no_bounce, excess.fastest
    return Analysis(
        basis="observed",
        modes=modes,
        condition=condition,
        lr_limit=limit,
        lr_no_bounce=no_bounce,
        lr_fastest=fastest,
        lr_best=None,
        half_lives=[None] * len(modes),
        steps_to_one_percent=StepsToOnePercent(None, None, None, None),
        predicted_overflow=None,
        sharpness=StartAndEnd(start, None),
        lr_limit_local=StartAndEnd(local_limit(start), None),
        gradient_cosine=None,
        lr_limit_mean_square=task.lr_limit_mean_square,
    )


def curvature(task: Task, params: Array) -> float | None:
    """Return the largest curvature of the loss at params (p,), or None if it is not a number.

    For a quadratic loss it is the same everywhere. Otherwise it is computed at params, on at most
    SHARPNESS_POINTS evenly chosen points. The weight decay of sgd adds to every curvature.
    """
    if task.quadratic_problem:
        return task.quadratic_problem.modes.eigenvalues[0]
    training = task.sample.split.training
    every = -(-len(training.t) // SHARPNESS_POINTS)
    loss = task.loss_of(Dataset(training.t[::every], training.y[::every]))
    found = sharpness(loss, torch.tensor(params, dtype=loss.x.dtype))
    if found is None:
        return None
    return found + task.sample.spec.decay


def local_limit(sharpness: float | None) -> float | None:
    """Return 2 / sharpness, or None if that is not a positive finite number."""
    if sharpness and 0 < 2 / sharpness < inf:
        return 2 / sharpness
    return None


def analyse_end(task: Task, started: Analysis, params: Array, seen: Seen) -> Analysis:
    """Return the analysis at the end, at the last params (p,). `started` is that of the start."""
    assert started.sharpness
    assert started.lr_limit_local
    end = curvature(task, params)
    return replace(
        started,
        sharpness=replace(started.sharpness, end=end),
        lr_limit_local=replace(started.lr_limit_local, end=local_limit(end)),
        gradient_cosine=seen.median_cosine,
    )


def judge(task: Task, descent: Descent, seen: Seen) -> Verdict:
    """Return the verdict on what was observed. No better rate is known, so none is suggested."""
    problem, numbers = task.quadratic_problem, _numbers(task, descent, seen)
    arrived = (
        problem is not None
        and problem.excess_at(descent.params, seen.last) <= problem.outlook.target
    )
    settled = descent.steps >= LAST_STEPS and 0 <= seen.half - seen.last <= max(
        ONE_PERCENT * seen.last, NEGLIGIBLE_LOSS * seen.first
    )
    rate = _rate(descent, seen, arrived=arrived)
    finished = arrived or (problem is None and settled and rate == "good")
    reach: Reach = "unfinished"
    if descent.diverged_at is not None:
        reach = "diverged"
    elif finished:
        reach = "converged"
    names = [_sentence(problem, descent, seen, rate, settled=settled, arrived=arrived)]
    if descent.validation is not None and descent.diverged_at is None:
        names.append("held_out")
    limit, batch_limit = numbers.limit, numbers.mean_square
    if limit and batch_limit and batch_limit < CLEARLY_LOWER * limit:
        names.append("noise")
    return Verdict(
        rate=rate,
        reach=reach,
        overshoots=(seen.median_cosine or 0.0) < 0,
        stalled=settled and not finished and descent.outcome == "completed" and rate == "good",
        message=message(names, numbers),
        suggestion=None,
    )


def _rate(descent: Descent, seen: Seen, *, arrived: bool) -> Suits:
    """Return the first description of the rate that matches."""
    if descent.diverged_at is not None or seen.last > DIVERGING_ABOVE * seen.first:
        return "diverging"
    if arrived or seen.last <= NEGLIGIBLE_LOSS * seen.first:
        return "good"
    if seen.last > RISEN_ABOVE * seen.first or seen.turned_back:
        return "bouncing"
    turn = seen.median_cosine or 0.0
    still_falling = seen.half - seen.last > ONE_PERCENT * seen.last
    hardly_fallen = seen.last > (1 - ONE_PERCENT) * seen.first
    if (still_falling and turn > SAME_WAY) or (hardly_fallen and turn > 0):
        return "too_small"
    return "good"


def _sentence(
    problem: QuadraticProblem | None,
    descent: Descent,
    seen: Seen,
    rate: Suits,
    *,
    settled: bool,
    arrived: bool,
) -> str:
    """Return the name of the sentence about the rate."""
    if rate == "diverging":
        return "seen_growing" if descent.diverged_at is None else "seen_diverged"
    if descent.stopped_by:
        return "seen_stopped"
    if rate != "good":
        return "seen_rising" if seen.last > RISEN_ABOVE * seen.first else f"seen_{rate}"
    if problem and arrived:
        return "near" if problem.outlook.starts_near else "converged"
    if not settled:
        return "seen_moving"
    return "seen_stalled" if problem else "seen_settled"


def _numbers(task: Task, descent: Descent, seen: Seen) -> MessageNumbers:
    """Return the numbers in the sentences."""
    problem = task.quadratic_problem
    return MessageNumbers(
        steps=descent.steps,
        start=seen.first,
        loss=descent.loss,
        lowest=task.problem.outlook.lowest if task.problem else 0.0,
        diverged_at=descent.diverged_at,
        validation=descent.validation,
        batch=task.sample.spec.batch_size,
        limit=local_limit(problem.modes.eigenvalues[0]) if problem else None,
        mean_square=task.lr_limit_mean_square,
    )
