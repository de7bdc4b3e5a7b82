"""What is said of a descent that was watched: its curvature, its turns, its verdict."""

from dataclasses import replace
from math import inf
from statistics import median

import torch

from service.descent.analysis import modes
from service.descent.arrays import Array
from service.descent.dataset import Dataset
from service.descent.explanation import Analysis, Ends, Reach, StepsToOnePercent, Suits, Verdict
from service.descent.messages import Numbers, message
from service.descent.methods import Sgd
from service.descent.noise import lr_limit_mean_square
from service.descent.observation import Seen
from service.descent.outcome import Descent
from service.descent.outlook import ONE_PERCENT
from service.descent.problem import Problem
from service.descent.sharpness import sharpness
from service.descent.task import Task

FAR = 1e6
"""Times the first loss: a descent that ends so high diverges."""
RISEN = 1.01
"""Times the first loss: a descent that ends above jumps too far to go down."""
SHARPNESS_POINTS = 1000
"""Of more, evenly chosen, the curvature is found: it is a mean over the points, and would cost as much as hundreds of steps."""
CLEARLY = 0.99
"""A limit of batches that is nearer than this to that of all points is not worth a sentence."""
SAME_WAY = 0.9
"""The cosine above which successive steps go the same way."""


def before(task: Task) -> Analysis:
    """What is known before the first step."""
    problem = task.problem if task.sample.spec.quadratic else None
    excess = problem.outlook.excess if problem and task.sample.spec.optimizer.kind == "sgd" else None
    return Analysis(
        basis="observed",
        modes=modes(problem, None) if problem else [],
        condition=problem.outlook.excess.condition if problem else None,
        lr_limit=excess.limit if excess else None,
        lr_no_bounce=excess.no_bounce if excess else None,
        lr_fastest=excess.fastest if excess else None,
        lr_best=None,
        half_lives=[None for _ in problem.modes.eigenvalues] if problem else [],
        steps_to_one_percent=StepsToOnePercent(None, None, None, None),
        predicted_overflow=None,
        sharpness=Ends(curvature(task, task.start), None),
        lr_limit_local=Ends(local_limit(curvature(task, task.start)), None),
        gradient_cosine=None,
        lr_limit_mean_square=mean_square(task, problem),
    )


def mean_square(task: Task, problem: Problem | None) -> float | None:
    """The limit of the mean square, where there is a formula for it."""
    spec = task.sample.spec
    if problem is None or spec.batch_size is None or spec.batches != "independent":
        return None
    plain = spec.optimizer == Sgd() and spec.schedule.kind == "constant"
    return lr_limit_mean_square(problem, spec.batch_size) if plain else None


def curvature(task: Task, params: Array) -> float | None:
    """The largest at params (p,): the same everywhere, or found there, of so many points."""
    if task.problem and task.sample.spec.quadratic:
        return task.problem.modes.eigenvalues[0]
    training = task.sample.split.training
    every = -(-len(training.t) // SHARPNESS_POINTS)
    loss = task.loss_of(Dataset(training.t[::every], training.y[::every]))
    return sharpness(loss, torch.tensor(params, dtype=loss.x.dtype))


def local_limit(sharpness: float | None) -> float | None:
    """2 / sharpness, where the loss curves up."""
    return 2 / sharpness if sharpness and 0 < 2 / sharpness < inf else None


def after(task: Task, told: Analysis, params: Array, seen: Seen) -> Analysis:
    """What is known at the end, at the last params (p,)."""
    assert told.sharpness
    assert told.lr_limit_local
    end = curvature(task, params)
    return replace(
        told,
        sharpness=replace(told.sharpness, end=end),
        lr_limit_local=replace(told.lr_limit_local, end=local_limit(end)),
        gradient_cosine=median(seen.cosines) if seen.cosines else None,
    )


def judge(task: Task, descent: Descent, seen: Seen) -> Verdict:
    """The verdict on what was seen; it suggests nothing, as nobody knows what would do better."""
    problem = task.problem if task.sample.spec.quadratic else None
    settled = 0 <= seen.half - seen.last <= ONE_PERCENT * seen.last
    rate, reach = _rate(descent, seen, settled=settled), _reach(descent, seen, problem, settled=settled)
    noisy = mean_square(task, problem)
    calm = 2 / problem.modes.eigenvalues[0] if problem and problem.modes.eigenvalues[0] else None
    names = _sentences(descent, rate, first=seen.first, settled=settled, known=problem is not None, reach=reach)
    if descent.validation is not None and reach != "diverged":
        names.append("held_out")
    if noisy and calm and noisy < CLEARLY * calm:
        names.append("noise")
    return Verdict(
        rate=rate,
        reach=reach,
        overshoots=bool(seen.cosines) and median(seen.cosines) < 0,
        stalled=settled and reach == "unfinished" and descent.stopped_by is None,
        message=message(names, _numbers(task, descent, seen, calm, noisy)),
        suggestion=None,
    )


def _rate(descent: Descent, seen: Seen, *, settled: bool) -> Suits:
    """The first that matches."""
    if descent.diverged_at is not None or seen.last > FAR * seen.first:
        return "diverging"
    if seen.last > RISEN * seen.first or seen.turned_back:
        return "bouncing"
    return "too_small" if not settled and seen.cosines and median(seen.cosines) > SAME_WAY else "good"


def _reach(descent: Descent, seen: Seen, problem: Problem | None, *, settled: bool) -> Reach:
    if descent.diverged_at is not None:
        return "diverged"
    arrived = settled if problem is None else seen.last - problem.outlook.lowest <= problem.outlook.target
    return "converged" if arrived else "unfinished"


def _sentences(descent: Descent, rate: Suits, *, first: float, settled: bool, known: bool, reach: Reach) -> list[str]:
    """The names of what to say of the rate."""
    if rate == "diverging":
        return ["seen_growing" if descent.diverged_at is None else "seen_diverged"]
    if descent.stopped_by:
        return ["seen_stopped"]
    if rate != "good":
        return ["seen_rising" if descent.loss > RISEN * first else f"seen_{rate}"]
    if known and reach == "converged":
        return ["converged"]
    if not settled:
        return ["seen_moving"]
    return ["seen_stalled" if known else "seen_settled"]


def _numbers(task: Task, descent: Descent, seen: Seen, calm: float | None, noisy: float | None) -> Numbers:
    """The limits are those of all points at once, and of the batches."""
    return Numbers(
        steps=descent.steps,
        start=seen.first,
        loss=descent.loss,
        lowest=task.problem.outlook.lowest if task.problem else 0.0,
        needed=None,
        fastest=None,
        rescaled=None,
        closer=0.0,
        growth=0.0,
        diverged_at=descent.diverged_at,
        validation=descent.validation,
        batch=task.sample.spec.batch_size,
        limit=calm,
        mean_square=noisy,
    )
