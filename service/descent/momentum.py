"""Descent with momentum on the modes of a quadratic loss: in each, what is left of the way and the velocity follow a 2 x 2 recurrence.

With the pace h = lr * eigenvalue, the momentum b and torch.optim.SGD's velocity in units of the way, velocity' = h left + b velocity and
left' = (1 - h s) left - q velocity, where s = 1 and q = b (B. T. Polyak's heavy ball, 1964), or s = 1 + b and q = b^2 (Nesterov's).
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from math import exp, inf, log, log1p, pi, sqrt

import numpy as np

from service.descent.arrays import Array, Integers
from service.descent.decay import COUNTABLE
from service.descent.frozen import frozen
from service.descent.methods import Sgd
from service.descent.modes import HUGE
from service.descent.rates import EDGE, SAME, Excess
from service.descent.spec import Setting

ENDS = np.geomspace(EDGE, 0.05, 60)
GRID = np.concatenate([ENDS[:-1], np.linspace(0.05, 0.95, 480)[:-1], 1 - ENDS[::-1]])
"""Parts of the limit between which the best rate is looked for."""
SWINGS, MOST_SWINGS, STEEPEST = 16, 2000, 3
"""Rates more for each step, so many at most, in each of the steepest modes: what is left has about as many lows as there are steps."""
DIVIDED = np.linspace(0, 1, 17)
REFINEMENTS = 9
"""Times that the neighbourhood of each low is divided once more."""
NOTHING = 1e-30
"""A part of what was held at the start that is rounding."""
BLOCK = 1024
"""Steps looked at together."""
BLOCKS = 1024
"""After so many a target is out of sight."""
THIRDS = 90


@frozen
class Momentum:
    """How much of its velocity a descent keeps in a step, and whether it looks ahead by as much, as Nesterov's does."""

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
        return ((1 - self.keeps) / (1 + self.keeps)) ** 2 if self.nesterov else (1 - sqrt(self.keeps)) ** 2

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
            return log1p(-self.fall(pace))
        radius = self.radius(pace)
        return min(log(radius), HUGE) if radius else -HUGE

    def calm(self, pace: float, step: int) -> float:
        """What is left of the way in a mode that does not swing: its two roots, each to the power of the step."""
        slow = 1 - self.fall(pace)
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
    """What some steps do to what is gone of the way, 1 - left, and to the velocity: a matrix ((a, b), (c, d)) and what is added, (u, v).

    Arrays of one shape. From a start at rest, `a` is what is left and `u` what is gone, to its last digit where that is small.
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
        return Map(*(np.where(chosen, ours, theirs) for ours, theirs in zip(vars(self).values(), vars(other).values(), strict=True)))


def steps(momentum: Momentum, pace: Array, count: Array | Integers) -> Map:
    """What `count` steps do in modes of these paces; the shapes broadcast. By repeated squaring: each entry is computed on its own."""
    left = count.astype(np.int64)
    one, zero = np.ones(np.broadcast_shapes(pace.shape, left.shape)), np.zeros(())
    made = Map(one, 0 * one, 0 * one, one, 0 * one, 0 * one)
    power = Map(1 - pace * momentum.reach, zero + momentum.carry, -pace, zero + momentum.keeps, pace * momentum.reach, pace)
    while left.any():
        made = power.after(made).where(left % 2 == 1, made)
        left //= 2
        power = power.after(power)
    return made


@frozen
class Rolling:
    """How the excess over the lowest loss falls with momentum. Of each mode, its pace and what it holds before the first step."""

    momentum: Momentum
    pace: Array
    held: Array
    rest: float

    def after(self, steps_made: int) -> float:
        """What is left after so many updates; inf where that overflows."""
        left = steps(self.momentum, self.pace, np.array(steps_made)).a
        excess: float = self.rest + (self.held * left * left).sum().item()
        return min(inf, excess)

    def steps_to(self, target: float) -> int | None:
        """The least number of updates that leave at most `target`, be it in passing; None where none does.

        None too where modes swing, and in the first million steps in which the others allow it they do not come together.
        """
        room = target - self.rest
        if self.held.sum() <= room:
            return 0
        modes = list(zip(self.pace.tolist(), self.held.tolist(), strict=True))
        if room <= 0 or any(held > room for pace, held in modes if not pace):
            return None
        calm = [(pace, held) for pace, held in modes if 0 < pace <= self.momentum.no_bounce]
        soonest = self._soonest(calm, room)
        return soonest if soonest is None or len(calm) == len(modes) else self._first(soonest, room)

    def _soonest(self, calm: Sequence[tuple[float, float]], room: float) -> int | None:
        """The first step at which the modes that do not swing leave no more: they fall at every step."""

        def there(step: int) -> bool:
            return sum(held * self.momentum.calm(pace, step) ** 2 for pace, held in calm) <= room

        last = 1
        while not there(last):
            last *= 2
            if last > COUNTABLE:
                return None
        return bisect_left(range(last // 2, last), 1, key=there) + last // 2 if last > 1 else 1

    def _first(self, begun: int, room: float) -> int | None:
        """Block by block, from just before the step `begun` on."""
        begun = max(begun - 1, 0)
        table = steps(self.momentum, self.pace, np.arange(BLOCK + 1)[:, None])
        start = steps(self.momentum, self.pace, np.array(begun))
        left, velocity = start.a, -start.c
        for block in range(BLOCKS):
            ways = table.a * left - table.b * velocity
            there = np.flatnonzero((self.held * ways * ways).sum(axis=1) <= room)
            if len(there):
                return begun + block * BLOCK + int(there[0])
            left, velocity = ways[-1], table.d[-1] * velocity - table.c[-1] * left
            if not np.isfinite(left).all():
                return None
        return None


@frozen
class RollingExcess(Excess):
    """How far a descent with momentum stands above the lowest loss."""

    momentum: Momentum

    def at(self, lr: float) -> Rolling:  # type: ignore[override]  # it answers what a Decay does
        """How it falls at this rate."""
        return Rolling(self.momentum, lr * np.array(self.eigenvalues), np.array(self.held), self.rest)

    def pace(self, lr: float) -> float:
        """The rate by its limit, times two."""
        return 2 * lr * self.eigenvalues[0] / self.momentum.limit if self.held else 0.0

    def on_one_slope(self, target: float) -> int | None:
        """The least number of updates that leave at most `target`, were all directions equally steep."""
        return replace(self, eigenvalues=[1.0] * len(self.held)).at_fastest.steps_to(target)

    def change(self, pace: float) -> float:
        """By how much a step changes the logarithm of what is left in a mode, in the long run."""
        return self.momentum.change(pace)

    @property
    def limit(self) -> float | None:
        """The rate from which on a descent grows; None where nothing moves."""
        return self.momentum.limit / self.eigenvalues[0] if self.held else None

    @property
    def no_bounce(self) -> float | None:
        """The rate up to which no mode swings."""
        return self.momentum.no_bounce / self.eigenvalues[0] if self.held else None

    @property
    def fastest(self) -> float | None:
        """The best rate in the long run: of the steepest and the flattest mode, the slower is as fast as it can be."""
        return self._fastest if self.held else None

    @cached_property
    def _fastest(self) -> float:
        largest, smallest = self.eigenvalues[0], self.eigenvalues[-1]
        if not self.momentum.nesterov:
            return 2 * (1 + self.momentum.keeps) / (largest + smallest)
        low, high = 0.0, self.momentum.limit / largest
        for _ in range(THIRDS):
            one, other = (2 * low + high) / 3, (low + 2 * high) / 3
            if self._slower(one) < self._slower(other):
                high = other
            else:
                low = one
        return (low + high) / 2

    def _slower(self, lr: float) -> float:
        return max(self.momentum.radius(lr * self.eigenvalues[0]), self.momentum.radius(lr * self.eigenvalues[-1]))

    def best(self, steps_made: int) -> float | None:
        """The rate below the limit that ends lowest after so many updates; the fastest, where that leaves nothing.

        What is left swings with the rate, so every low between many rates is looked into.
        """
        if self.limit is None or self.at_fastest.after(steps_made) <= NOTHING * self.start:
            return self.fastest
        parts = self._parts(steps_made)
        left = np.concatenate([[inf], self._left(parts * self.limit, steps_made), [inf]])
        lows = np.flatnonzero((left[1:-1] <= left[:-2]) & (left[1:-1] <= left[2:]))
        low, high = parts[np.maximum(lows - 1, 0)], parts[np.minimum(lows + 1, len(parts) - 1)]
        rows = np.arange(len(lows))
        for _ in range(REFINEMENTS):
            between = low[:, None] + (high - low)[:, None] * DIVIDED
            found = self._left(between.ravel() * self.limit, steps_made).reshape(between.shape)
            at = found.argmin(axis=1)
            low, high = between[rows, np.maximum(at - 1, 0)], between[rows, np.minimum(at + 1, len(DIVIDED) - 1)]
        lowest = found[rows, at].argmin()
        return float(between[lowest, at[lowest]]) * self.limit

    def _parts(self, steps_made: int) -> Array:
        """Parts of the limit, ascending: evenly, and for each of the steepest modes where it swings."""
        assert self.limit
        paces = self.momentum.swinging(min(SWINGS * steps_made, MOST_SWINGS))
        parts = np.unique(np.concatenate([GRID, *(paces / eigenvalue / self.limit for eigenvalue in self.eigenvalues[:STEEPEST])]))
        inside: Array = parts[(parts >= GRID[0]) & (parts <= GRID[-1])]
        return inside

    def _left(self, lrs: Array, steps_made: int) -> Array:
        """What is left at each rate (rates,)."""
        ways = steps(self.momentum, lrs[:, None] * np.array(self.eigenvalues), np.array(steps_made)).a
        left: Array = (np.array(self.held) * ways * ways).sum(axis=1)
        return np.nan_to_num(left, nan=inf)


def momentum_of(setting: Setting) -> Momentum | None:
    """The momentum of a descent whose losses are known in closed form; None without, or where they are not."""
    optimizer = setting.optimizer
    if isinstance(optimizer, Sgd) and optimizer.momentum and setting.computable:
        return Momentum(optimizer.momentum, optimizer.nesterov)
    return None


def with_momentum(excess: Excess, momentum: Momentum | None) -> Excess:
    """The same, of a descent with momentum."""
    return RollingExcess(**vars(excess), momentum=momentum) if momentum else excess
