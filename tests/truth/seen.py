"""What sentences about an observed descent say in words, as conditions like those of `words`."""

from itertools import pairwise

import mpmath as mp
import numpy as np

from tests.truth.facts import scheduled
from tests.truth.runs import Run, again
from tests.truth.steps import gradient, resolved_steps, slope, turns
from tests.truth.words import (
    arrived,
    at_most,
    larger_than_best,
    least_left,
    not_arrived,
    smaller_than_best,
)


def not_known_to_arrive(run: Run) -> bool:
    """The descent ends above the target, if there is one."""
    return run.target is None or not_arrived(run)


def good(run: Run) -> bool:
    """The descent ends within the target; if there is none, the loss is next to nothing."""
    return next_to_nothing(run) if run.target is None else arrived(run)


def leads_elsewhere(run: Run) -> bool:
    """The descent has weight decay, and does not arrive."""
    return bool(run.resolved["optimizer"]["weight_decay"] > 0) and not_arrived(run)


def falls(run: Run) -> bool:
    """The last loss is below the first."""
    return run.losses[-1] < run.losses[0]


def rises(run: Run) -> bool:
    """The last loss is above the first."""
    return run.losses[-1] > run.losses[0]


def same_way(run: Run) -> bool:
    """Most of the last steps go on in the direction of the one before."""
    made = turns(run)
    return not resolved_steps(run) or bool(sum(made > 0) > len(made) / 2)


def turn_back(run: Run) -> bool:
    """Most of the last steps go back in the direction of the one before."""
    made = turns(run)
    return not resolved_steps(run) or bool(sum(made < 0) > len(made) / 2)


def slope_turns(run: Run) -> bool:
    """After most of the last steps, the slope points back."""
    first = max(run.steps - 10, 0)
    slopes = [gradient(run, step) for step in range(first, run.steps + 1)]
    backwards = [float(a @ b) < 0 for a, b in pairwise(slopes)]
    return sum(backwards) > len(backwards) / 2


def hardly_changed(run: Run) -> bool:
    """All steps together changed the excess by at most one percent."""
    left, begun = run.left, run.begun
    if left is None or begun is None:
        left, begun = mp.mpf(run.losses[-1]), mp.mpf(run.losses[0])
    return at_most(abs(begun - left), begun / 100, 1e-2)


def too_small(run: Run) -> bool:
    """A larger rate ends lower; if that is not known, the loss never rose and still has a slope."""
    if run.with_all_points:
        return smaller_than_best(run)
    lowest = run.lowest or 0.0
    only_fell = max(run.losses) - lowest <= 1.011 * (run.losses[0] - lowest)
    return only_fell and slope(run, run.steps) > 1e-7 * slope(run, 0)


def bounces(run: Run) -> bool:
    """A smaller rate ends lower; if that is not known, steps turn back or the loss rose."""
    if run.foreseen:
        return larger_than_best(run)
    lowest = run.lowest or 0.0
    rose = max(run.losses) - lowest > 1.009 * (run.losses[0] - lowest)
    if run.with_all_points:
        return rose or larger_than_best(run) or noise_keeps_away(run)
    return rose or turn_back(run) or slope_turns(run)


def noise_keeps_away(run: Run) -> bool:
    """All points arrive, and the same batches end lower at one of three smaller rates."""
    if not all_points_arrive(run):
        return False
    smaller = (again(run, {"lr": part * run.resolved["lr"]}) for part in (0.9, 0.7, 0.5))
    return any(each is not None and each.losses[-1] < run.losses[-1] for each in smaller)


def ran_out(run: Run) -> bool:
    """The last rate is less than a millionth of the largest."""
    rates = scheduled(run)[: run.steps]
    return rates[-1] < 1.001e-6 * max(rates)


def rose_before(run: Run) -> bool:
    """The loss was far above the first and then fell."""
    peak = max(run.losses)
    return peak > run.losses[0] and run.losses.index(peak) < run.steps and peak > run.losses[-1]


def all_points_arrive(run: Run) -> bool:
    """With all points in each step, the descent arrives."""
    return at_most(run.known.excess(run.steps), run.known.target + run.floor)


def all_points_good(run: Run) -> bool:
    """With all points in each step, the rate achieves 99 % of what the best rate achieves."""
    q, best = run.known, least_left(run)
    return at_most(q.excess(run.steps) - best, (q.excess_at_start - best) / 100 + run.floor)


def moves(run: Run) -> bool:
    """The second half changed more than one percent of what is left, or there are few steps."""
    if run.steps < 10:
        return True
    half, last = run.losses[run.steps // 2], run.losses[-1]
    return not 0 <= half - last <= 0.0099 * (last - (run.lowest or 0.0))


def settled(run: Run) -> bool:
    """The second half took at most one percent of what is left, or of the loss."""
    half, last = run.losses[run.steps // 2], run.losses[-1]
    return -1e-9 * last <= half - last <= 0.0101 * last + run.floor


def nearly(run: Run) -> bool:
    """The excess is small beside that of the start or the lowest loss, and the variance of y."""
    left, begun, target = run.left, run.begun, run.target
    if left is None or begun is None or target is None:
        return False
    return at_most(left, max(begun / 100, 5 * target) + run.resolution)


def frozen(run: Run) -> bool:
    """The second half changed the loss by rounding only."""
    half, last = run.losses[run.steps // 2], run.losses[-1]
    return abs(half - last) <= 1e3 * float(np.finfo(run.resolved["precision"]).eps) * half


def no_slope(run: Run) -> bool:
    """The gradient is less than a millionth of the first."""
    return slope(run, run.steps) <= 1.01e-6 * slope(run, 0) + 1e-12 * run.losses[0]


def next_to_nothing(run: Run) -> bool:
    """The last loss is less than a billionth of the first."""
    return run.losses[-1] <= 1.001e-9 * run.losses[0]


def batches_limit(run: Run) -> bool:
    """The limit of batches is below that of all points."""
    return bool(run.facts["lr_limit_mean_square"] < run.facts["lr_limit"])
