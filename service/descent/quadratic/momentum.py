"""The rule of a step on the modes of a quadratic loss, and the effect of many steps.

In each mode, the remaining fraction of the distance (`left`) and the velocity follow a 2 x 2
recurrence. With the pace h = lr * eigenvalue, the momentum b, and the velocity of torch.optim.SGD
in units of the distance, it is velocity' = h left + b velocity and
left' = (1 - h s) left - q velocity. In B. T. Polyak's heavy ball (1964), s = 1 and q = b. In
Nesterov's method, s = 1 + b and q = b^2. Plain descent has b = 0.
"""

from dataclasses import dataclass
from math import exp, hypot, inf, log, log1p, sqrt
from typing import NamedTuple, TypeVar

import numpy as np

from service.descent.arrays import Array, Integers
from service.descent.quadratic.modes import HUGE, log_multiplier
from service.descent.readonly import once

Paces = TypeVar("Paces", float, Array)
"""One pace or several."""
SAME = 1e-9
"""The relative difference below which two numbers count as equal: eigenvalues, or roots."""
THIRDS = 90
"""The number of times that the search for the fastest rate drops a third of its range."""


@dataclass(frozen=True)
class Momentum:
    """The fraction of its velocity that a step keeps, 0 in plain descent, and whether the descent
    looks ahead by that fraction, as Nesterov's does.
    """

    keeps: float
    nesterov: bool

    @property
    def gradient_factor(self) -> float:
        """The coefficient s: how far a gradient moves the parameters at once."""
        if self.nesterov:
            return 1 + self.keeps
        return 1.0

    @property
    def velocity_factor(self) -> float:
        """The coefficient q: how far the velocity moves the parameters."""
        if self.nesterov:
            return self.keeps**2
        return self.keeps

    @once
    def limit(self) -> float:
        """The pace from which on a mode grows."""
        if self.nesterov:
            return 2 * (1 + self.keeps) / (1 + 2 * self.keeps)
        return 2 * (1 + self.keeps)

    @once
    def no_bounce(self) -> float:
        """The pace up to which a mode does not oscillate: its roots are real and not negative."""
        if self.nesterov:
            return ((1 - self.keeps) / (1 + self.keeps)) ** 2
        return (1 - sqrt(self.keeps)) ** 2

    @property
    def end_of_oscillation(self) -> float:
        """The pace from which on a mode does not oscillate any more, because its roots are real."""
        if self.nesterov:
            return 1.0
        return (1 + sqrt(self.keeps)) ** 2

    def fastest(self, largest: float, smallest: float) -> float:
        """Return the rate at which the slower of the modes with the largest and the smallest
        eigenvalue is as fast as possible in the long run.
        """
        if not self.nesterov:
            return self.limit / (largest + smallest)

        def slower(lr: float) -> float:
            return max(self.radius(lr * largest), self.radius(lr * smallest))

        low, high = 0.0, self.limit / largest
        for _ in range(THIRDS):
            one, other = (2 * low + high) / 3, (low + 2 * high) / 3
            if slower(one) < slower(other):
                high = other
            else:
                low = one
        return (low + high) / 2

    def radius(self, pace: float) -> float:
        """Return the spectral radius: the factor of the distance per step in the long run."""
        if pace == inf:
            return inf
        half = (1 + self.keeps - pace * self.gradient_factor) / 2
        product = self._product(pace)
        apart = half * half - product
        if apart < 0:
            return sqrt(product)
        return abs(half) + sqrt(apart)

    def _product(self, pace: Paces) -> Paces:
        """Return the product of the two roots of a mode."""
        return self.keeps - pace * (self.keeps * self.gradient_factor - self.velocity_factor)

    def fall(self, pace: float) -> float:
        """Return 1 - radius of a mode that does not oscillate, also where that is small."""
        rest = 1 - self.keeps + pace * self.gradient_factor
        return 2 * pace / (rest + sqrt(max(rest * rest - 4 * pace, 0.0)))

    def change(self, pace: float) -> float:
        """Return the long-run change per step of the logarithm of the remaining distance."""
        if not self.keeps:
            return log_multiplier(pace)
        if pace <= self.no_bounce:
            fall = self.fall(pace)
            if fall >= 1:
                return -HUGE
            return log1p(-fall)
        radius = self.radius(pace)
        if not radius:
            return -HUGE
        return min(log(radius), HUGE)

    def left_falling(self, pace: float, step: int) -> float:
        """Return the remaining fraction of a mode that does not oscillate, from its two roots. In
        plain descent one of them is 0.
        """
        if not self.keeps:
            return exp(step * log_multiplier(pace))
        slow = 1 - self.fall(pace)
        if not slow:
            # if rounding loses the momentum, one step covers the whole distance
            return float(step == 0)
        quick = self._product(pace) / slow
        first = 1 - pace * self.gradient_factor
        if slow - quick <= SAME:
            return float(slow**step) * (1 + step * (first / slow - 1))
        share = (first - quick) / (slow - quick)
        return share * exp(step * log1p(-self.fall(pace))) + (1 - share) * float(quick**step)

    def amplitude(self, pace: float) -> float:
        """Return a factor of a mode beyond `no_bounce`: after any number of steps from rest, at
        most this factor times the power of the radius remains.

        The roots are m + d and m - d. After one step, m + s remains. The factor is the root of
        1 + |s / d|^2. If the roots are real and have the same sign, as in the heavy ball, what
        remains is a share of (1 + |s / d|) / 2 of the larger root, less one of the other: the
        factor is this share, which soon is all that remains. If the roots are almost the same, |d|
        is at least half of `SAME`: the factor is then large enough for 10^9 steps.
        """
        oscillation = self._oscillation(pace)
        apart = max(sqrt(abs(oscillation)), SAME)
        ratio = (1 - self.keeps - pace * self.gradient_factor) / apart
        if oscillation <= 0 and not self.nesterov:
            return (1 + abs(ratio)) / 2
        return hypot(1, ratio)

    def _oscillation(self, pace: Paces) -> Paces:
        """Return the squared difference of the two roots, with its sign reversed: it is positive if
        they are complex. Its factors keep the digits where the roots are close to each other.
        """
        squared = (self.end_of_oscillation - pace) * (pace - self.no_bounce)
        if self.nesterov:
            return squared * (1 + self.keeps) ** 2
        return squared

    def left_oscillating(self, pace: Array, step: int) -> Array:
        """Return the remaining fraction of modes that oscillate, from the angle of their roots.

        Products of matrices lose digits where the two roots are close to each other.
        """
        product = self._product(pace)
        if self.nesterov:
            # near the pace 1 this form of the product keeps digits that `_product` loses
            product = self.keeps * (1 - pace)
        half = (1 + self.keeps - pace * self.gradient_factor) / 2
        imaginary = np.sqrt(self._oscillation(pace)) / 2
        angle = step * np.arctan2(imaginary, np.abs(half))
        side = np.where(half < 0, -1.0, 1.0)
        slope = side * (1 - self.keeps - pace * self.gradient_factor) / 2 / imaginary
        left: Array = np.cos(angle) + slope * np.sin(angle)
        return left * (side**step * product ** (step / 2))


PLAIN = Momentum(0.0, nesterov=False)


class Map(NamedTuple):
    """The effect of some steps on the covered fraction of the distance, 1 - left, and on the
    velocity: a matrix ((a, b), (c, d)) and an offset (u, v).

    The arrays have one shape. From a start at rest, `a` is the remaining fraction and `u` the
    covered one, to its last digit where that is small.
    """

    a: Array
    b: Array
    c: Array
    d: Array
    u: Array
    v: Array

    def after(self, first: "Map") -> "Map":
        """Return the effect of the steps of `first`, followed by these steps."""
        return Map(
            self.a * first.a + self.b * first.c,
            self.a * first.b + self.b * first.d,
            self.c * first.a + self.d * first.c,
            self.c * first.b + self.d * first.d,
            self.a * first.u + self.b * first.v + self.u,
            self.c * first.u + self.d * first.v + self.v,
        )


def left_after(momentum: Momentum, pace: Array, steps: int) -> Array:
    """Return the remaining fraction of modes of these paces after the same number of steps: the
    entry `a` of `map_of_steps`, to the last bit, in a fraction of the time.
    """
    left, velocity = np.ones_like(pace), np.zeros_like(pace)
    a, b, c, d = _one_step(momentum, pace)[:4]
    while steps:
        if steps % 2 == 1:
            left, velocity = a * left + b * velocity, c * left + d * velocity
        steps //= 2
        if steps:
            a, b, c, d = a * a + b * c, a * b + b * d, c * a + d * c, c * b + d * d
    return left


def map_of_steps(momentum: Momentum, pace: Array, count: Array | Integers) -> Map:
    """Return the effect of `count` steps in modes of these paces. The shapes broadcast.

    The steps are combined by repeated squaring, and each entry is computed on its own.
    """
    left = count.astype(np.int64)
    one = np.ones(np.broadcast_shapes(pace.shape, left.shape))
    zero = np.zeros_like(one)
    made = Map(one, zero, zero, one, zero, zero)
    power = _one_step(momentum, pace)
    while left.any():
        longer, odd = power.after(made), left % 2 == 1
        made = Map(*(np.where(odd, new, old) for new, old in zip(longer, made, strict=True)))
        left //= 2
        power = power.after(power)
    return made


def _one_step(momentum: Momentum, pace: Array) -> Map:
    """Return the effect of one step in modes of these paces."""
    return Map(
        1 - pace * momentum.gradient_factor,
        np.array(momentum.velocity_factor),
        -pace,
        np.array(momentum.keeps),
        pace * momentum.gradient_factor,
        pace,
    )
