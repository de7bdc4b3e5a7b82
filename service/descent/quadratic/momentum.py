"""Descent with momentum on the modes of a quadratic loss: in each, what is left of the way and the
velocity follow a 2 x 2 recurrence.

With the pace h = lr * eigenvalue, the momentum b and torch.optim.SGD's velocity in units of the
way, velocity' = h left + b velocity and left' = (1 - h s) left - q velocity, where s = 1 and q = b
(B. T. Polyak's heavy ball, 1964), or s = 1 + b and q = b^2 (Nesterov's).
"""

from math import exp, inf, log, log1p, pi, sqrt

import numpy as np

from service.descent.arrays import Array, Integers
from service.descent.frozen import frozen
from service.descent.quadratic.modes import HUGE
from service.descent.quadratic.rates import SAME
from service.descent.questions.methods import Sgd
from service.descent.questions.specs import Setting


@frozen
class Momentum:
    """How much of its velocity a descent keeps in a step, and whether it looks ahead by as much, as
    Nesterov's does.
    """

    keeps: float
    nesterov: bool

    @property
    def reach(self) -> float:
        """s: how far a gradient moves at once."""
        return 1 + self.keeps if self.nesterov else 1.0

    @property
    def carry(self) -> float:
        """q: how far the velocity moves."""
        return self.keeps**2 if self.nesterov else self.keeps

    @property
    def limit(self) -> float:
        """The pace from which on a mode grows."""
        return 2 * (1 + self.keeps) / (1 + 2 * self.keeps if self.nesterov else 1)

    @property
    def no_bounce(self) -> float:
        """The pace up to which a mode does not swing: its roots are real."""
        return (
            ((1 - self.keeps) / (1 + self.keeps)) ** 2
            if self.nesterov
            else (1 - sqrt(self.keeps)) ** 2
        )

    def radius(self, pace: float) -> float:
        """What a step leaves of the way in the long run: the spectral radius of the recurrence."""
        if pace == inf:
            return inf
        half = (1 + self.keeps - pace * self.reach) / 2
        product = self.keeps - pace * (self.keeps * self.reach - self.carry)
        apart = half * half - product
        return sqrt(product) if apart < 0 else abs(half) + sqrt(apart)

    def fall(self, pace: float) -> float:
        """1 - radius of a mode that does not swing, to its last digit where that is small."""
        rest = 1 - self.keeps + pace * self.reach
        return 2 * pace / (rest + sqrt(max(rest * rest - 4 * pace, 0.0)))

    def change(self, pace: float) -> float:
        """By how much a step changes the logarithm of what is left in a mode, in the long run."""
        if pace <= self.no_bounce:
            fall = self.fall(pace)
            return log1p(-fall) if fall < 1 else -HUGE
        radius = self.radius(pace)
        return min(log(radius), HUGE) if radius else -HUGE

    def calm(self, pace: float, step: int) -> float:
        """What is left of the way in a mode that does not swing: its two roots, each to the power
        of the step.
        """
        slow = 1 - self.fall(pace)
        if not slow:
            # of a momentum that is lost in rounding, one step leaves nothing
            return float(step == 0)
        quick = (self.keeps - pace * (self.keeps * self.reach - self.carry)) / slow
        first = 1 - pace * self.reach
        if slow - quick <= SAME:
            return float(slow**step) * (1 + step * (first / slow - 1))
        share = (first - quick) / (slow - quick)
        return share * exp(step * log1p(-self.fall(pace))) + (1 - share) * float(quick**step)

    def swinging(self, count: int) -> Array:
        """So many paces at which a mode swings, evenly in the angle by which it turns in a step."""
        last = 1.0 if self.nesterov else (1 + sqrt(self.keeps)) ** 2
        angles = np.linspace(0, pi, count + 2)[1:-1]
        return self.no_bounce + (last - self.no_bounce) * (1 - np.cos(angles)) / 2


@frozen
class Map:
    """What some steps do to what is gone of the way, 1 - left, and to the velocity: a matrix ((a,
    b), (c, d)) and what is added, (u, v).

    Arrays of one shape. From a start at rest, `a` is what is left and `u` what is gone, to its last
    digit where that is small.
    """

    a: Array
    b: Array
    c: Array
    d: Array
    u: Array
    v: Array

    def after(self, first: "Map") -> "Map":
        """The steps of the first, and then these."""
        return Map(
            self.a * first.a + self.b * first.c,
            self.a * first.b + self.b * first.d,
            self.c * first.a + self.d * first.c,
            self.c * first.b + self.d * first.d,
            self.a * first.u + self.b * first.v + self.u,
            self.c * first.u + self.d * first.v + self.v,
        )

    def where(self, chosen: Array, other: "Map") -> "Map":
        """These where chosen, else the other."""
        return Map(
            *(
                np.where(chosen, ours, theirs)
                for ours, theirs in zip(vars(self).values(), vars(other).values(), strict=True)
            )
        )


def steps(momentum: Momentum, pace: Array, count: Array | Integers) -> Map:
    """What `count` steps do in modes of these paces; the shapes broadcast. By repeated squaring:
    each entry is computed on its own.
    """
    left = count.astype(np.int64)
    one, zero = np.ones(np.broadcast_shapes(pace.shape, left.shape)), np.zeros(())
    made = Map(one, 0 * one, 0 * one, one, 0 * one, 0 * one)
    power = Map(
        1 - pace * momentum.reach,
        zero + momentum.carry,
        -pace,
        zero + momentum.keeps,
        pace * momentum.reach,
        pace,
    )
    while left.any():
        made = power.after(made).where(left % 2 == 1, made)
        left //= 2
        power = power.after(power)
    return made


def momentum_of(setting: Setting) -> Momentum | None:
    """The momentum of a descent whose losses are known in closed form; None without, or where they
    are not.
    """
    optimizer = setting.optimizer
    if isinstance(optimizer, Sgd) and optimizer.momentum and setting.computable:
        return Momentum(optimizer.momentum, optimizer.nesterov)
    return None
