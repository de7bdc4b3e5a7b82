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
from service.descent.judging.facts import finite_or_none
from service.descent.judging.messages import described
from service.descent.judging.seen import SEEN, SEEN_ASIDES, Observed
from service.descent.judging.verdict import judge_rate
from service.descent.methods.losses.mse import Mse
from service.descent.quadratic.analysis import described_modes
from service.descent.questions.cost import SHARPNESS_POINTS
from service.descent.task import Task
from service.descent.watching.observation import Seen
from service.descent.watching.outcome import Descent
from service.descent.watching.sharpness import sharpness


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
    SHARPNESS_POINTS evenly chosen points. The weight decay of sgd adds to every curvature.
    """
    if task.quadratic_problem:
        return task.quadratic_problem.modes.eigenvalues[0]
    training = task.sample.split.training
    every = -(-len(training.t) // SHARPNESS_POINTS)
    loss = task.loss_of(training.at(slice(None, None, every)))
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
        gradient_cosine=seen.way.median_cosine,
    )


def judge(task: Task, descent: Descent, seen: Seen) -> Verdict:
    """Return the verdict on what was observed. No better rate is known, so none is suggested."""
    evidence = evidence_of(task, descent, seen)
    full_rate, full_reach = _with_all_points(task, descent)
    rate = _rate(evidence, full_rate, full_reach)
    facts = _facts(task, evidence)
    reach = _reach(evidence, rate)
    run = Observed(evidence, _spoken(task, facts), rate, reach, full_rate, full_reach)
    away = reach == "unfinished" and not evidence.nearly
    return Verdict(
        rate=rate,
        reach=reach,
        overshoots=(seen.way.median_cosine or 0.0) < 0 and not evidence.vanished,
        stalled=evidence.settled and away and descent.outcome == "completed",
        message=described(run, run.facts, SEEN, SEEN_ASIDES),
        facts=facts,
        suggestion=None,
    )


def _spoken(task: Task, facts: Facts) -> Facts:
    """Return the facts of the sentences. R^2 belongs to the mean squared error, so it does not
    stand next to another loss.
    """
    if task.sample.spec.loss.in_closed_form:
        return facts
    return replace(facts, r2=None)


def _with_all_points(task: Task, descent: Descent) -> tuple[Suits | None, Reach | None]:
    """Return whether the rate suits these steps, and whether they arrive, if each sees all points.
    Return None twice for a descent without batches.
    """
    if task.with_all_points is None:
        return None, None
    return judge_rate(task.with_all_points, descent.lr, descent.steps)


def _rate(evidence: Evidence, full_rate: Suits | None, full_reach: Reach | None) -> Suits:
    """Return whether the rate suits the steps. The full rate and reach are those of a descent with
    batches if each step saw all points. If that arrives, only the noise of the batches can keep the
    descent from being nearly there, and it grows with the rate.
    """
    if evidence.descent.diverged_at is not None or evidence.grown:
        return "diverging"
    if evidence.risen or evidence.rose:
        return "bouncing"
    if evidence.arrived:
        return "good"
    rate = full_rate or _rate_of_steps(evidence)
    arrives = full_reach == "converged" and rate != "diverging"
    close = evidence.nearly or (arrives and evidence.decays)
    if close and (arrives or rate == "too_small"):
        return "good"
    if not close and rate != "diverging" and (arrives or evidence.left_start):
        return "bouncing"
    return rate


def _rate_of_steps(evidence: Evidence) -> Suits:
    """Return the same for a descent that neither rose nor arrived, by the turns of its steps."""
    crawls = evidence.crawls or evidence.hardly_fell
    if evidence.ran_out:
        crawls = evidence.only_fell
    if evidence.seen.way.turned_back:
        return "bouncing"
    return "too_small" if crawls else "good"


def _reach(evidence: Evidence, rate: Suits) -> Reach:
    if evidence.descent.diverged_at is not None:
        return "diverged"
    if evidence.arrived or (evidence.at_rest and rate == "good"):
        return "converged"
    return "unfinished"


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
        lowest=_lowest(task, evidence),
        weight_decay=spec.exact_decay or None,
        degree=spec.polynomial.degree if spec.polynomial else None,
        r2=_r2(task, descent),
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


def _lowest(task: Task, evidence: Evidence) -> float | None:
    """Return the lowest loss or, with the weight decay of sgd, that at its minimum. Return None if
    it is not known.
    """
    if evidence.to_minimum is not None and task.problem:
        return task.problem.outlook.lowest
    return evidence.goal.lowest if evidence.goal else None


def _r2(task: Task, descent: Descent) -> float | None:
    """Return the coefficient of determination of the last curve on the training points. Return None
    if y does not vary, or so little that its variance is 0, or if it is too large for a double.
    """
    training, mean_square = task.sample.split.training, descent.loss
    variance = training.variance
    if training.y.min() == training.y.max() or not variance:
        return None
    if not task.sample.spec.loss.in_closed_form:
        evaluation = replace(task.loss_of(training), criterion=Mse().criterion)
        mean_square = evaluation.loss(descent.params[None])[0].item()
    return finite_or_none(1 - mean_square / variance)
