"""The evidence on an observed descent: what its losses, its gradients and its rates show."""

import numpy as np

from service.descent.arrays import EPS
from service.descent.quadratic.excess import ONE_PERCENT
from service.descent.questions.records import LAST_STEPS
from service.descent.readonly import readonly
from service.descent.task import Task
from service.descent.watching.observation import Seen
from service.descent.watching.outcome import Descent

GROWN = 1e6
"""A multiple of the excess at the start. A descent that ends above it is diverging."""
ROSE = 10
"""A multiple of the excess at the start. A descent that was above it rose before it fell."""
RISEN = 1.01
"""A multiple of the excess at the start. A descent that ends above it did not go down."""
NEXT_TO_NOTHING = 1e-9
"""The fraction of the first loss that counts as zero."""
VANISHED = 1e-6
"""The fraction of the first gradient, or of the largest rate, that counts as zero."""
SAME_WAY = 0.9
"""The median cosine above which most steps go the same way."""
NEARLY = 0.02
"""The fraction of the spread of y below which an excess may count as nearly nothing."""
JITTER = 100
"""The number of rounding errors by which the loss of a descent that has come to rest may change."""
ULPS = 4
"""The number of rounding errors by which two equal losses may differ."""


@readonly
class Goal:
    """The lowest loss, the excess over it that counts as arrived, and the spread of y, which is the
    loss of its typical deviation.
    """

    lowest: float
    target: float
    spread: float


def goal(task: Task) -> Goal | None:
    """Return the goal of a polynomial, or None for other models, whose lowest loss is not known.
    Weight decay does not change it.
    """
    if problem := task.quadratic_problem:
        factor = problem.sample.factor
        return Goal(factor.rss / factor.n, problem.outlook.target, factor.variation / factor.n)
    if robust := task.robust_optimum:
        rounding = ULPS * float(np.finfo(task.sample.precision).eps) * robust.loss
        return Goal(robust.loss, max(robust.target, rounding), robust.spread)
    return None


@readonly(kw_only=True)
class Evidence:
    """The observations of a descent, measured by its goal if there is one. An excess is that over
    the lowest loss or, without a goal, the loss itself.
    """

    descent: Descent
    seen: Seen
    goal: Goal | None
    decays: bool = False
    """True if weight decay keeps the descent away from the goal."""
    to_minimum: float | None = None
    """The excess of what is minimised over its minimum, if weight decay moves the minimum."""
    adaptive: bool = False
    """True if the optimizer adapts the length of its steps to the gradients."""
    eps: float = EPS
    """The distance between 1 and the next number, in the precision of the descent."""
    first_rate: float = 1.0
    largest_rate: float = 1.0
    last_rate: float = 1.0

    @property
    def _lowest(self) -> float:
        return self.goal.lowest if self.goal else 0.0

    @property
    def _target(self) -> float:
        return self.goal.target if self.goal else 0.0

    @property
    def began(self) -> float:
        """The excess at the start."""
        return self.seen.first - self._lowest

    @property
    def left(self) -> float:
        """The excess at the end."""
        return self.seen.last - self._lowest

    @property
    def fell(self) -> float:
        """The fall of the loss in the second half of the steps."""
        return self.seen.half - self.seen.last

    @property
    def progress(self) -> float | None:
        """The fraction of the possible fall that was made, or None if it is not known or the start
        is at the goal.
        """
        if self.goal is None or self.to_minimum is not None or self.began <= self.goal.target:
            return None
        return 1 - self.left / self.began

    @property
    def starts_near(self) -> bool:
        """True if the descent starts at the goal."""
        return self.goal is not None and self.began <= self.goal.target

    @property
    def grown(self) -> bool:
        """True if the descent ends above a million times the excess at the start."""
        return self.left > GROWN * max(self.began, self._target)

    @property
    def risen(self) -> bool:
        """True if the descent ends more than one percent above the excess at the start."""
        return self.left > RISEN * self.began and self.left - self.began > self._target

    @property
    def rose(self) -> bool:
        """True if the descent was above ten times the excess at the start."""
        peak = self.seen.way.peak_loss - self._lowest
        return peak > ROSE * max(self.began, self._target)

    @property
    def left_start(self) -> bool:
        """True if the descent was more than one percent above the excess at the start."""
        peak = self.seen.way.peak_loss - self._lowest
        return peak > RISEN * self.began and peak - self.began > self._target

    @property
    def vanished(self) -> bool:
        """True if the gradient is below a millionth of the first one."""
        return self.seen.way.last_gradient <= VANISHED * self.seen.way.first_gradient

    @property
    def next_to_nothing(self) -> bool:
        """True if the loss is below a billionth of the first one."""
        return self.seen.last <= NEXT_TO_NOTHING * self.seen.first

    @property
    def ran_out(self) -> bool:
        """True if the last rate is below a millionth of the largest one."""
        return self.last_rate < VANISHED * self.largest_rate

    @property
    def frozen(self) -> bool:
        """True if the second half of the steps changed nothing but rounding, and the first did."""
        seen, rounding = self.seen, ULPS * self.eps
        return (
            self.descent.steps >= LAST_STEPS
            and abs(self.fell) <= rounding * seen.half
            and abs(seen.first - seen.half) > rounding * seen.first
            and not seen.way.turned_back
            and not self.ran_out
        )

    @property
    def arrived(self) -> bool:
        """True if the descent is at its goal. Without one: if its loss is next to nothing, or
        nothing but rounding changes it, or it has no slope.
        """
        if self.goal and self.to_minimum is not None:
            return self.to_minimum <= self.goal.target
        if self.goal:
            return self.left <= self.goal.target
        return self.next_to_nothing or (not self.risen and (self.vanished or self.frozen))

    @property
    def nearly(self) -> bool:
        """True if the excess is a small part of that at the start, or of the lowest loss, and of
        the spread of y.
        """
        if self.goal is None or self.decays:
            return False
        small = max(ONE_PERCENT * self.began, 5 * self.goal.target)
        return self.left <= min(small, NEARLY * self.goal.spread)

    @property
    def settled(self) -> bool:
        """True if the second half of ten steps or more took at most one percent of the excess, and
        did not let the loss rise by more than rounding does.
        """
        rounding = JITTER * self.eps * self.seen.last
        hardly_changed = -rounding <= self.fell <= ONE_PERCENT * self.left
        return self.descent.steps >= LAST_STEPS and hardly_changed

    @property
    def slowed(self) -> bool:
        """True if the second half of the steps changed the loss by at most a tenth of what the
        first half did.
        """
        return abs(self.fell) <= abs(self.seen.first - self.seen.half) / 10

    @property
    def at_rest(self) -> bool:
        """True if the descent has settled, and no lower loss is known to be possible."""
        away = self.goal is None or (self.decays and self.slowed)
        return self.settled and not self.ran_out and away

    @property
    def only_fell(self) -> bool:
        """True if the descent was never more than one percent above the excess at the start, and
        still has a slope.
        """
        peak = self.seen.way.peak_loss - self._lowest
        return peak <= RISEN * self.began and not self.vanished

    @property
    def falls(self) -> bool:
        """True if the second half of the steps took more than one percent of the excess."""
        return self.fell > ONE_PERCENT * self.left

    @property
    def hardly_fell(self) -> bool:
        """True if all steps took less than one percent of the excess, and most did not turn."""
        little = self.left > (1 - ONE_PERCENT) * self.began
        return self.only_fell and little and (self.seen.way.median_cosine or 0.0) > 0

    @property
    def crawls(self) -> bool:
        """True if the descent only fell, still falls or has not slowed, and most of its last steps
        go the same way.

        The steps of an optimizer that adapts their length may go the same way at any rate. They are
        evidence only if the loss does not swing and, without a goal, never.
        """
        straight = (self.seen.way.median_cosine or 0.0) > SAME_WAY
        goes_on = self.falls or (self.fell > 0 and not self.slowed)
        misleads = self.adaptive and (self.goal is None or self.seen.way.swings)
        return self.only_fell and goes_on and straight and not misleads


def evidence_of(task: Task, descent: Descent, seen: Seen) -> Evidence:
    """Return the evidence on a descent."""
    spec = task.sample.spec
    problem, rates = task.quadratic_problem, spec.schedule.rates(descent.lr, spec.steps)
    made, to_minimum = [descent.lr], None
    if spec.schedule.kind != "constant":
        made = [float(rates(step)) for step in range(max(descent.steps, 1))]
    if problem and spec.exact_decay:
        to_minimum = float(problem.excess_at(descent.params, descent.loss))
    return Evidence(
        descent=descent,
        seen=seen,
        goal=goal(task),
        decays=spec.optimizer.weight_decay > 0,
        to_minimum=to_minimum,
        adaptive=spec.optimizer.kind != "sgd",
        eps=float(np.finfo(task.sample.precision).eps),
        first_rate=made[0],
        largest_rate=max(made),
        last_rate=made[-1],
    )
