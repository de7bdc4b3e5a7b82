"""The analysis of an observed descent, which is its curvature, and the verdict on its rate."""

from dataclasses import replace
from math import inf

import torch

from service.descent.answers.explanation import (
    Analysis,
    Facts,
    Mode,
    Reach,
    StartAndEnd,
    StepsToOnePercent,
    Suits,
    Verdict,
)
from service.descent.arrays import Array
from service.descent.judging.evidence import Evidence, evidence_of
from service.descent.judging.messages import message
from service.descent.judging.verdict import judge_exact
from service.descent.points.dataset import Dataset
from service.descent.quadratic.analysis import described_modes
from service.descent.questions.cost import SHARPNESS_POINTS
from service.descent.task import Task
from service.descent.watching.observation import Seen
from service.descent.watching.outcome import Descent
from service.descent.watching.sharpness import sharpness

CLEARLY_LOWER = 0.99
"""The limit of batches is mentioned only if it is below this fraction of the limit of all points.
"""
NOT_FAR_BELOW = 0.3
"""The limit of batches is mentioned only if the rate is above this fraction of it."""


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
        steps_to_one_percent=StepsToOnePercent(None, None, None, None, None),
        predicted_overflow=None,
        sharpness=StartAndEnd(start, None),
        lr_limit_local=StartAndEnd(local_limit(start), None),
        gradient_cosine=None,
        lr_limit_mean_square=task.lr_limit_mean_square,
    )


def curvature(task: Task, params: Array) -> float | None:
    """Return the largest curvature of the loss at params (p,), or None if it is not a number.

    For a quadratic loss it is the same everywhere. Otherwise it is computed at params, on at most
    SHARPNESS_POINTS evenly chosen points.
    """
    if task.quadratic_problem:
        return task.quadratic_problem.modes.eigenvalues[0]
    training = task.sample.split.training
    every = -(-len(training.t) // SHARPNESS_POINTS)
    loss = task.loss_of(Dataset(training.t[::every], training.y[::every]))
    return sharpness(loss, torch.tensor(params, dtype=loss.x.dtype))


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
        gradient_cosine=seen.way.median_cosine,
    )


def judge(task: Task, descent: Descent, seen: Seen) -> Verdict:
    """Return the verdict on what was observed. No better rate is known, so none is suggested."""
    evidence, full = evidence_of(task, descent, seen), _with_all_points(task, descent)
    facts = _facts(task, evidence)
    rate, names = _judged(evidence, full, facts)
    reach: Reach = "unfinished"
    if descent.diverged_at is not None:
        rate, reach, names = "diverging", "diverged", ["seen_diverged"]
    elif evidence.arrived or (evidence.at_rest and rate == "good"):
        reach = "converged"
    if descent.stopped_by and rate != "diverging":
        names = ["seen_stopped"]
    if descent.validation is not None and reach != "diverged":
        names.append("held_out")
    if _noisy(descent.lr, facts):
        names.append("noise")
    away = reach == "unfinished" and not evidence.nearly
    return Verdict(
        rate=rate,
        reach=reach,
        overshoots=(seen.way.median_cosine or 0.0) < 0 and not evidence.vanished,
        stalled=evidence.settled and away and descent.outcome == "completed",
        message=message(names, facts),
        facts=facts,
        suggestion=None,
    )


def _with_all_points(task: Task, descent: Descent) -> Verdict | None:
    """Return the exact verdict on the same rate if each step saw all points, for a descent with
    batches; otherwise None.
    """
    problem, steps = task.with_all_points, max(descent.steps, 1)
    if problem is None:
        return None
    left = problem.outlook.excess.after(descent.lr, steps)
    if left == inf:
        return judge_exact(problem, Descent(descent.lr, steps, descent.loss, diverged_at=steps))
    return judge_exact(problem, Descent(descent.lr, steps, problem.outlook.lowest + left))


def _judged(evidence: Evidence, full: Verdict | None, facts: Facts) -> tuple[Suits, list[str]]:
    """Return the first description of the rate that matches, and the names of its sentences.

    `full` is the verdict on a descent with batches if each step saw all points.
    """
    if evidence.grown:
        return "diverging", ["seen_growing"]
    if evidence.risen:
        return "bouncing", ["seen_rising"]
    if evidence.rose:
        return "bouncing", ["seen_peak", *_best_fit(evidence)]
    if evidence.arrived:
        return "good", [_arrival(evidence)]
    if full:
        rate, compared = _compared(full, facts)
        return rate, [compared, _state(evidence)]
    return _judged_by_steps(evidence)


def _judged_by_steps(evidence: Evidence) -> tuple[Suits, list[str]]:
    """Return the same for a descent that neither rose nor arrived, by the turns of its steps."""
    if evidence.seen.way.turned_back:
        return "bouncing", ["seen_bouncing"]
    if evidence.ran_out:
        rate: Suits = "too_small" if evidence.only_fell else "good"
        return rate, ["seen_ran_out", *_possible(evidence)]
    if evidence.crawls:
        return "too_small", ["seen_too_small"]
    if evidence.hardly_fell:
        return "too_small", ["seen_hardly_fell"]
    return "good", [_state(evidence)]


def _compared(full: Verdict, facts: Facts) -> tuple[Suits, str]:
    """Return the rate of a descent with batches, and the name of the sentence that compares it with
    the verdict if each step saw all points. A rate with which they then arrive is good.
    """
    if full.reach == "converged" and full.rate != "diverging":
        return "good", "seen_all_converged"
    if full.rate == "too_small" and facts.steps_needed is None:
        return "too_small", "seen_all_never"
    assert full.rate
    return full.rate, f"seen_all_{full.rate}"


def _arrival(evidence: Evidence) -> str:
    """Return the name of the sentence for a descent that has arrived."""
    if evidence.goal:
        return "near" if evidence.progress is None else "converged"
    if evidence.next_to_nothing:
        return "seen_next_to_nothing"
    return "seen_vanished" if evidence.vanished else "seen_settled"


def _state(evidence: Evidence) -> str:
    """Return the name of the sentence for a descent that has not arrived."""
    if evidence.nearly:
        return "seen_nearly"
    if evidence.at_rest:
        return "seen_settled"
    if evidence.settled:
        return "seen_stalled"
    return "seen_moving"


def _best_fit(evidence: Evidence) -> list[str]:
    """Return the name of the sentence about the best fit, if the descent is there."""
    return ["seen_best_fit"] * bool(evidence.goal and evidence.arrived)


def _possible(evidence: Evidence) -> list[str]:
    """Return the name of the sentence about the lowest loss, if it is known and can be reached."""
    return ["seen_possible"] * bool(evidence.goal and not evidence.decays)


def _noisy(lr: float, facts: Facts) -> bool:
    """Return whether the rate is not far below the limit of batches, and that is clearly lower."""
    limit, batch_limit = facts.lr_limit, facts.lr_limit_mean_square
    if limit is None or batch_limit is None:
        return False
    return batch_limit < CLEARLY_LOWER * limit and lr > NOT_FAR_BELOW * batch_limit


def _facts(task: Task, evidence: Evidence) -> Facts:
    """Return the numbers in the sentences."""
    descent, seen, spec = evidence.descent, evidence.seen, task.sample.spec
    problem, full, needed = task.quadratic_problem, task.with_all_points, None
    if full:
        needed = full.outlook.excess.steps_to(descent.lr, full.outlook.target)
    facts = Facts(
        steps=descent.steps,
        start_loss=seen.first,
        loss=descent.loss,
        lowest=evidence.goal.lowest if evidence.goal else None,
        progress=evidence.progress,
        steps_needed=needed,
        peak_loss=seen.way.peak_loss,
        peak_step=seen.way.peak_step,
        diverged_at=descent.diverged_at,
        validation_loss=descent.validation,
        batch_size=spec.batch_size,
        lr_limit=local_limit(problem.modes.eigenvalues[0]) if problem else None,
        lr_limit_mean_square=task.lr_limit_mean_square,
    )
    if spec.schedule.kind == "constant":
        return facts
    return replace(
        facts,
        first_rate=evidence.first_rate,
        largest_rate=evidence.largest_rate,
        last_rate=evidence.last_rate,
    )
