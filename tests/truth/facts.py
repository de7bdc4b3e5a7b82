"""Whether the numbers of an answer are true: the facts of its verdict, and the fields that a
program checks.
"""

from collections.abc import Callable
from math import isclose, sqrt

import mpmath as mp
import numpy as np
import torch

from tests.truth.exact import Mode, best_rate
from tests.truth.momentum import Square, power
from tests.truth.runs import Array, Run

HUGE = mp.mpf(1.7976931348623157e308)
NEGLIGIBLE = mp.mpf(10) ** -50
"""The fraction of an excess that is the rounding of the best rate."""
ROUNDED = 1e-9
"""The relative error that the ways to an answer may have."""


def steps(run: Run, value: int) -> bool:
    """The steps are those that were made, or those that were asked for if a loss overflowed."""
    asked = run.resolved["steps"] if run.diverged else run.steps
    return value == asked and run.steps == len(run.losses) - 1


def start_loss(run: Run, value: float) -> bool:
    """The first loss is that of the start."""
    q = run.quadratic
    true = q.loss(0) if q else run.losses[0]
    return all(run.same_loss(value, each, ROUNDED) for each in (run.losses[0], true))


def loss(run: Run, value: float) -> bool:
    """The last loss is that of the curve in the answer."""
    return run.same_loss(value, run.losses[-1], ROUNDED)


def losses(run: Run) -> bool:
    """The losses made are those of the oracle at the first step, the last, and two in between."""
    q, last = run.exact, run.steps
    sampled = {0, last // 3, last - last // 5, last}
    if not q:
        return True
    return all(run.same_loss(run.losses[k], q.loss(k), ROUNDED + 2 * k * q.slack) for k in sampled)


def lowest(run: Run, value: float) -> bool:
    """The lowest loss is that of the best curve."""
    if run.lowest is None:
        return False
    if run.quadratic:
        return run.same_loss(value, run.quadratic.end, ROUNDED)
    return run.same_loss(value, run.lowest, 1e-6)


def weight_decay(run: Run, value: float) -> bool:
    """The weight decay is that of the request."""
    return bool(value == run.resolved["optimizer"]["weight_decay"])


def lowest_without_decay(run: Run, value: float) -> bool:
    """Without decay, the lowest loss is that of least squares."""
    assert run.quadratic
    return run.same_loss(value, run.quadratic.least_squares, ROUNDED)


def r2(run: Run, value: float) -> bool:
    """R^2 is that of the curve in the answer."""
    missing = float(np.mean(np.square(run.residuals))) / run.variance
    if run.quadratic:
        missing = run.losses[-1] / run.variance
    return isclose(1 - value, missing, rel_tol=1e-7, abs_tol=1e-9 + run.floor / run.variance)


def progress(run: Run, value: float) -> bool:
    """The progress is the part of the possible decrease that was achieved."""
    left, begun = run.left_after(run.steps), run.begun
    if left is None or not begun:
        return False
    resolution = 1e-6 + float((run.floor + 1e-12 * (run.lowest or 0)) / begun)
    return isclose(1 - value, float(left / begun), rel_tol=1e-6, abs_tol=resolution)


def fewest_steps(run: Run, value: int) -> bool:
    """One step less does not reach the target at any rate, and these steps do at one."""
    q = run.known
    return fewest_of(run, q.here, value)


def fewest_of(run: Run, modes: list[Mode], value: int) -> bool:
    """Return whether no constant rate takes fewer steps on these directions."""
    q = run.known
    slack = 1 + q.slack + 1e-9

    def left(count: int) -> mp.mpf:
        if not count:
            return mp.fsum(mode.held for mode in modes)
        rate = best_rate(modes, count)
        held = mp.fsum(mode.held * (1 - rate * mode.value) ** (2 * count) for mode in modes)
        return held if held > NEGLIGIBLE * q.excess_at_start else mp.mpf(0)

    fuzz = max(1, int(value * q.slack))
    enough = left(value) <= q.target * slack or left(value + fuzz) <= q.target
    fewer = value == 0 or left(value - 1) > q.target / slack or left(value - fuzz) > q.target
    return bool(enough and fewer)


def steps_needed(run: Run, value: int) -> bool:
    """From this step on the excess is within the target, and before it is not."""
    q = run.known
    slack = 1 + 1e-6 + q.slack * 2 * value
    if q.excess(value) > q.target * slack:
        return False
    if value and q.excess(value - 1) <= q.target / slack:
        return False
    return not leaves_again(run, value)


def leaves_again(run: Run, since: int) -> bool:
    """Return whether the excess is above the target after some later step."""
    q = run.known
    if not q.momentum.keeps:
        return bool(q.lr >= q.limit) and bool(q.excess(since + 10**6) > q.target)
    paces = [q.lr * mode.value for mode in q.here]
    if max(map(q.momentum.radius, paces)) > 1:
        return True
    maps = np.array([q.momentum.update(pace) for pace in paces], dtype=float)
    held = np.array([float(mode.held) for mode in q.here])
    state = np.array([fractions(q.momentum.update(pace), since) for pace in paces])
    for _ in range(2000):
        state = np.einsum("mij,mj->mi", maps, state)
        if float((held * state[:, 0] ** 2).sum()) > float(q.target) * (1 + 1e-6):
            return True
    return False


def fractions(square: Square, count: int) -> list[float]:
    """Return what is left of the way, and the velocity, after this many steps from rest."""
    (a, _), (c, _) = power(square, count)
    return [float(a), float(c)]


def rescaled_steps(run: Run, value: int) -> bool:
    """In the other coordinates, no constant rate takes fewer steps from the same curve."""
    q = run.known
    modes = q.elsewhere(run.facts["rescaled_scale"])
    return fewest_of(run, modes, value)


def rescaled_scale(run: Run, value: str) -> bool:
    """The other coordinates are not those of the descent."""
    return bool(value != run.resolved["scale"])


def flat_directions(run: Run, value: int) -> bool:
    """So many directions, which the best rate does not cross, keep more than their share of the
    target.
    """
    q = run.known
    p, steps = q.degree + 1, max(run.steps, 1)
    if q.momentum.keeps:
        rate = mp.mpf(run.answer["analysis"]["lr_best"])
    else:
        rate = best_rate(q.here, steps)
    flat = [mode for mode in q.here if not q.crosses(mode, rate)]
    kept = [mode.held * q.momentum.left(rate * mode.value, steps) ** 2 for mode in flat]
    return any(
        value == sum(part > q.target / p * factor for part in kept) for factor in (1, 1.001, 0.999)
    )


def directions(run: Run, value: int) -> bool:
    """There is a direction for each coefficient."""
    return value == run.known.degree + 1


def peak_loss(run: Run, value: float) -> bool:
    """The peak is the highest loss made."""
    return run.same_loss(value, max(run.losses), ROUNDED)


def peak_step(run: Run, value: int) -> bool:
    """The loss is highest at the step of the peak."""
    return run.losses[value] >= max(run.losses) * (1 - ROUNDED)


def passed_step(run: Run, value: int) -> bool:
    """The excess is within the target after this step, and above it after a later one."""
    q = run.known
    slack = 1 + 1e-6
    return bool(
        q.excess(value) <= q.target * slack
        and all(q.excess(k) >= q.target / slack for k in range(value))
        and any(q.excess(k) > q.target / slack for k in range(value, run.steps + 1))
    )


def closer_percent(run: Run, value: float) -> bool:
    """In the steepest direction a step comes closer by so many percent in the long run."""
    q = run.known
    factor = q.momentum.radius(q.lr * q.steepest)
    return isclose(value, float(100 * (1 - factor)), rel_tol=1e-6, abs_tol=1e-10)


def growth_decades(run: Run, value: float) -> bool:
    """In the steepest direction a step multiplies the loss by so much in the long run."""
    q = run.known
    factor = q.momentum.radius(q.lr * q.steepest)
    return isclose(value, float(2 * mp.log10(factor)), rel_tol=1e-6, abs_tol=1e-12)


def diverged_at(run: Run, value: int) -> bool:
    """The loss of this step is the first that is not finite."""
    if value != len(run.losses) or value != run.answer.get("diverged_at"):
        return False
    q = run.exact
    return not q or bool(q.loss(value) * len(q.y) > HUGE / 100)


def validation_loss(run: Run, value: float) -> bool:
    """The loss on the held-out points is that of the last curve."""
    q = run.exact
    if not isclose(value, run.answer["validation_losses"][-1], rel_tol=ROUNDED) and value:
        return False
    if not q:
        return True
    # the held-out points amplify the rounding of the curve as much as they lie outside
    return run.same_loss(value, q.held_out_loss(run.steps), ROUNDED + q.slack, sqrt(run.outside))


def first_rate(run: Run, value: float) -> bool:
    """The first rate is that of torch's scheduler."""
    return isclose(value, scheduled(run)[0], rel_tol=ROUNDED, abs_tol=0)


def last_rate(run: Run, value: float) -> bool:
    """The last rate is that of torch's scheduler."""
    rates = scheduled(run)
    return isclose(value, rates[run.steps - 1], rel_tol=1e-6, abs_tol=1e-15 * rates[0])


def scheduled(run: Run) -> list[float]:
    """Return the rate of every step by torch."""
    resolved = run.resolved
    lr, count, kind = resolved["lr"], resolved["steps"], resolved["schedule"]["kind"]
    if kind == "list":
        return list(resolved["schedule"]["lrs"])
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=lr)
    schedule: torch.optim.lr_scheduler.LRScheduler
    given = {name: value for name, value in resolved["schedule"].items() if name != "kind"}
    if kind == "step":
        schedule = torch.optim.lr_scheduler.StepLR(optimizer, **given)
    elif kind == "cosine":
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, count, **given)
    elif kind == "one_cycle":
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, lr, total_steps=count, cycle_momentum=False, **given
        )
    else:
        return [lr] * count
    rates = []
    for _ in range(count):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return rates


def largest_rate(run: Run, value: float) -> bool:
    """The largest rate is that of torch's scheduler."""
    return isclose(value, max(scheduled(run)), rel_tol=1e-6)


def batch_size(run: Run, value: int) -> bool:
    """The batch is that of the request."""
    return bool(value == run.resolved["batch_size"])


def lr_limit(run: Run, value: float) -> bool:
    """The limit is that of plain descent on all points."""
    assert run.quadratic
    return isclose(value, float(run.quadratic.limit), rel_tol=ROUNDED)


def lr_limit_mean_square(run: Run, value: float) -> bool:
    """The mean square of a descent with batches falls just below the limit and grows above."""
    assert run.quadratic
    design = np.array(
        [[float(x) for x in row] for row in zip(*run.quadratic.columns, strict=True)]
    )[: len(run.quadratic.t)]
    m = run.resolved["batch_size"]
    return (
        second_moment(design, value * 0.999, m)
        < 1 + 1e-10
        < second_moment(design, value * 1.001, m)
    )


def second_moment(design: Array, lr: float, m: int) -> float:
    """Return the factor by which a step multiplies the mean square of the distance."""
    p, one = design.shape[1], 2 * np.einsum("ni,nj->nij", design, design)
    whole, same = one.mean(0), np.eye(design.shape[1])
    pairs = np.mean([np.kron(each, each) for each in one], axis=0) / m
    pairs += (1 - 1 / m) * np.kron(whole, whole)
    step = np.eye(p * p) - lr * (np.kron(whole, same) + np.kron(same, whole)) + lr**2 * pairs
    return float(np.abs(np.linalg.eigvals(step)).max())


def exact_loss(run: Run, value: float) -> bool:
    """In exact arithmetic the loss would be this."""
    q = run.known
    count = run.resolved["steps"] if run.diverged else run.steps
    grown = float(min(max(q.growth, 1) ** count, mp.mpf(10) ** 300))
    return run.same_loss(value, q.loss(count), 1e-6 + q.slack, grown)


def precision(run: Run, value: str) -> bool:
    """The precision is that of the descent."""
    return bool(value == run.resolved["precision"])


def degree(run: Run, value: int) -> bool:
    """The degree is that of the model."""
    return bool(value == run.resolved["model"]["degree"])


FACTS: dict[str, Callable[..., bool]] = {
    check.__name__: check
    for check in (
        steps,
        start_loss,
        loss,
        lowest,
        weight_decay,
        lowest_without_decay,
        r2,
        progress,
        fewest_steps,
        steps_needed,
        rescaled_steps,
        rescaled_scale,
        flat_directions,
        directions,
        peak_loss,
        peak_step,
        passed_step,
        closer_percent,
        growth_decades,
        diverged_at,
        validation_loss,
        first_rate,
        last_rate,
        largest_rate,
        batch_size,
        lr_limit,
        lr_limit_mean_square,
        exact_loss,
        precision,
        degree,
    )
}
