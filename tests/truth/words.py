"""What sentences say in words, each as a condition that holds or does not.

A comparison allows for the rounding of doubles: near a border, both sides are true.
"""

import mpmath as mp
import numpy as np

from tests.truth.exact import Quadratic, best_rate
from tests.truth.facts import leaves_again
from tests.truth.runs import Array, Run

SLACK = 1e-6
"""The relative difference that a comparison allows."""


def at_most(left: mp.mpf, right: mp.mpf, slack: float = SLACK) -> bool:
    """Return whether left <= right, but for rounding."""
    return bool(left <= right + slack * abs(right))


def too_large(run: Run) -> bool:
    """The rate is above the limit, also that of all points for batches, or the loss rose."""
    q = run.with_all_points
    above = q is not None and q.lr > q.limit * (1 - 1e-9)
    return above or run.diverged or run.losses[-1] > run.losses[0]


def steepest_grows(run: Run) -> bool:
    """In the steepest direction, a step multiplies the distance by more than 1."""
    return bool(run.known.growth > 1 - 1e-12)


def swings(run: Run) -> bool:
    """In some direction the descent crosses the valley again and again."""
    return bool(run.known.oscillates(slack=1e-9))


def crossed(run: Run) -> bool:
    """In the steps made, the descent crossed the valley in some direction."""
    q = run.known
    maps = np.array([q.momentum.update(q.lr * mode.value) for mode in q.here if mode.way])
    state = np.tile([1.0, 0.0], (len(maps), 1))
    for _ in range(run.steps):
        state = np.einsum("mij,mj->mi", maps.astype(float), state)
        if (state[:, 0] < 1e-9).any():
            return True
    return False


def jumps(run: Run) -> bool:
    """In the steepest direction, a step of plain descent lands on the other side."""
    q = run.known
    return not q.momentum.keeps and bool(q.lr * q.steepest > 1 - 1e-9)


def overflows(run: Run) -> bool:
    """A loss is not finite."""
    return run.diverged


def unchanged(run: Run) -> bool:
    """The last loss is the first, in three digits."""
    return abs(run.losses[-1] - run.losses[0]) <= 0.0101 * run.losses[0] + run.floor


def arrived(run: Run) -> bool:
    """The descent ends within the target of the lowest value."""
    left, target = run.left, run.target
    if left is None or target is None:
        return False
    return at_most(left, target + run.resolution)


def not_arrived(run: Run) -> bool:
    """The descent ends above the target."""
    left, target = run.left, run.target
    return left is not None and target is not None and at_most(target - run.resolution, left)


def starts_near(run: Run) -> bool:
    """The start is within the loss of the best fit, or a millionth of the variance."""
    begun, target = run.begun, run.target
    return begun is not None and target is not None and at_most(begun, 100 * target + run.floor)


def nothing_moves(run: Run) -> bool:
    """No step changes the loss."""
    first = run.losses[0]
    return max(abs(each - first) for each in run.losses) <= 1e-9 * first + run.floor


def start_is_best(run: Run) -> bool:
    """The start is at the lowest value."""
    begun = run.begun
    return begun is not None and bool(begun <= run.floor + 1e-9 * run.losses[0])


def leaves(run: Run) -> bool:
    """After a later step, the excess is above the target."""
    return leaves_again(run, run.steps)


def at_the_edge(run: Run) -> bool:
    """All steps change the distance in the steepest direction by less than one percent."""
    change = 2 * run.steps * mp.log(run.known.growth)
    return bool(abs(change) <= 0.0101)


def stopped(run: Run) -> bool:
    """A rule of the caller ended the descent."""
    return run.answer.get("stopped_by") is not None


def no_step(run: Run) -> bool:
    """No step was made."""
    return run.steps == 0


def below_floor(run: Run) -> bool:
    """The excess is above the target and below what the precision resolves from this start."""
    left = run.left
    return not_arrived(run) and left is not None and at_most(left, 2 * mp.mpf(run.floor))


def not_resolved(run: Run) -> bool:
    """What the precision cannot resolve from this start is more than the target."""
    return run.target is not None and at_most(run.target, 2 * mp.mpf(run.floor))


def bad_fit(run: Run) -> bool:
    """The curve misses more than 5 % of the variance that the best curve explains."""
    missing = run.missing
    return missing is not None and at_most(mp.mpf("0.05"), missing)


def nearly_there(run: Run) -> bool:
    """At least 99 % of the possible progress is made, and R^2 is within 0.02 of the best."""
    left, begun, missing = run.left, run.begun, run.missing
    if left is None or begun is None:
        return False
    close = missing is None or at_most(missing, mp.mpf("0.02"))
    return close and at_most(left, begun / 100)


def good_rate(run: Run) -> bool:
    """The rate achieves 99 % of the fall that the best rate achieves, or stays at the optimum.

    A descent with batches is compared as if each step saw all points, and arriving is good enough.
    """
    if not run.known.excess_at_start:
        return arrived(run)
    left, best, begun = run.left, least_left(run), run.begun
    arrives = False
    if run.foreseen is None:
        left = run.known.excess(run.steps)
        arrives = at_most(left, run.known.target + run.floor)
    assert left is not None
    assert begun is not None
    return arrives or at_most(left - best, (begun - best) / 100 + run.resolution)


def larger_than_best(run: Run) -> bool:
    """A smaller rate ends lower."""
    return another_ends_lower(run, above=False)


def smaller_than_best(run: Run) -> bool:
    """A larger rate below the limit ends lower."""
    return another_ends_lower(run, above=True)


def another_ends_lower(run: Run, *, above: bool) -> bool:
    """Return whether a rate above, or below, that of the descent leaves less."""
    q = run.known
    if not q.momentum.keeps:
        best = best_rate(q.here, max(run.steps, 1))
        return at_most(q.lr, best, 1e-7) if above else at_most(best, q.lr, 1e-7)
    change = 1 + 10.0 ** np.arange(-6, 7, 0.02)
    rates = float(q.lr) * (change if above else 1 / change)
    return bool(left_after(q, rates[rates < float(q.limit)], run.steps).min() < q.excess(run.steps))


def least_left(run: Run) -> mp.mpf:
    """Return what the best rate leaves after these steps of all points."""
    q, steps = run.known, max(run.steps, 1)
    if not q.here:
        return mp.mpf(0)
    if not q.momentum.keeps:
        return q.excess(steps, best_rate(q.here, steps))
    parts = np.concatenate([np.geomspace(1e-6, 0.05, 500), np.linspace(0.05, 0.9999, 2000)])
    least = float(left_after(q, float(q.limit) * parts, steps).min())
    lr = run.answer["analysis"]["lr_best"]
    return min(mp.mpf(least), q.excess(steps, mp.mpf(lr))) if lr else mp.mpf(least)


def left_after(q: Quadratic, rates: Array, steps: int) -> Array:
    """Return what these rates leave after so many steps, in doubles."""
    paces = np.outer(rates, [float(mode.value) for mode in q.here])
    (a, b), (c, d) = q.momentum.update(paces)
    maps = np.stack([np.broadcast_to(each, paces.shape) for each in (a, b, c, d)], axis=-1)
    powers = np.linalg.matrix_power(maps.reshape(*paces.shape, 2, 2).astype(float), steps)
    held = np.array([float(mode.held) for mode in q.here])
    left: Array = (held * powers[..., 0, 0] ** 2).sum(axis=1)
    return np.append(left, np.inf)


def still_falling(run: Run) -> bool:
    """One more step ends lower, and the second half took at least one percent of what is left."""
    q, left, half = run.known, run.left, run.left_after(run.steps // 2)
    assert left is not None
    assert half is not None
    falls = at_most(left / 100, half - left + run.resolution, 1e-3)
    return falls and at_most(q.loss(run.steps + 1), q.loss(run.steps), 1e-12)


def hardly_falls(run: Run) -> bool:
    """The second half of the steps took at most one percent of what was left."""
    left, half = run.left, run.left_after(run.steps // 2)
    assert left is not None
    assert half is not None
    return at_most(half - left, left / 100 + run.resolution, 1e-3)


def rose_above_start(run: Run) -> bool:
    """A loss was above the first."""
    return max(run.losses) > run.losses[0]


def highest_now(run: Run) -> bool:
    """The last loss is the highest."""
    return run.losses[-1] >= max(run.losses)


def rounding_differs(run: Run) -> bool:
    """The loss made is not that of exact arithmetic."""
    q = run.known
    if run.diverged:
        return True
    true = q.loss(run.steps)
    return bool(abs(run.losses[-1] - true) > 1e-9 * true)


def rounding_grew(run: Run) -> bool:
    """The loss made is higher than that of exact arithmetic."""
    return run.diverged or bool(run.losses[-1] > run.known.loss(run.steps))


def undetermined(run: Run) -> bool:
    """There are directions that the points do not determine."""
    assert run.quadratic
    return run.quadratic.rank <= run.quadratic.degree


def weak_model(run: Run) -> bool:
    """Even the best curve explains less than half of the variance."""
    assert run.quadratic
    q = run.quadratic
    return at_most(q.variance / 2, q.end + q.target)


def explains_nothing(run: Run) -> bool:
    """Even the best curve explains less than a fiftieth of the variance."""
    assert run.quadratic
    return at_most(run.quadratic.variance * 49 / 50, run.quadratic.end)


def weak_fit(run: Run) -> bool:
    """The curve explains less than half of the variance."""
    return bool(1 - run.losses[-1] / run.variance < 0.5)


def unreachable(run: Run) -> bool:
    """No rate arrives in 9e15 steps."""
    q = run.known
    if q.momentum.keeps:
        return False
    steps = 2**53
    return bool(q.excess(steps, best_rate(q.here, steps)) > q.target * (1 - q.slack))


def never_needed(run: Run) -> bool:
    """At this rate the descent does not arrive within 9e15 steps."""
    q = run.known
    return bool(q.excess(2**53) > q.target * (1 - SLACK - q.slack))


def needs_more_steps(run: Run) -> bool:
    """The steps made are fewer than those that are needed."""
    return bool(run.facts["steps_needed"] > run.steps)


def with_momentum(run: Run) -> bool:
    """The descent has momentum."""
    return bool(run.known.momentum.keeps)


def with_decay(run: Run) -> bool:
    """The descent has weight decay."""
    return bool(run.known.decay)


def no_rate_arrives(run: Run) -> bool:
    """No rate arrives in these steps."""
    return at_most(run.known.target, least_left(run), SLACK + run.known.slack)
