"""The learning rates of a descent with momentum, and the fall of its loss at each of them."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from math import inf

import numpy as np

from service.descent.arrays import Array
from service.descent.quadratic.excess import EDGE, Excess
from service.descent.quadratic.modes import COUNTABLE
from service.descent.quadratic.momentum import Momentum, map_of_steps
from service.descent.readonly import readonly

ENDS = np.geomspace(EDGE, 0.05, 60)
"""Distances of the first and the last points of `SEARCH_GRID` from 0 and from 1."""
SEARCH_GRID = np.concatenate([ENDS[:-1], np.linspace(0.05, 0.95, 480)[:-1], 1 - ENDS[::-1]])
"""Fractions of the limit at which the search for the best rate starts."""
SWINGS, MOST_SWINGS, STEEPEST = 16, 2000, 3
"""More rates in each of the steepest modes: SWINGS per step, MOST_SWINGS at most. As a function of
the rate, the excess has about as many minima as there are steps.
"""
DIVIDED = np.linspace(0, 1, 17)
"""The rates that are compared in the neighbourhood of a minimum, as fractions of it."""
REFINEMENTS = 9
"""The number of times that the neighbourhood of each minimum is divided again."""
NEGLIGIBLE_EXCESS = 1e-30
"""The fraction of the excess at the start that counts as rounding."""
BLOCK_STEPS = 1024
"""The number of steps that are examined together."""
MAX_BLOCKS = 1024
"""The number of blocks after which a target counts as never reached."""
THIRDS = 90
"""The number of times that the search for the fastest rate drops a third of its range."""


@readonly
class MomentumDecay:
    """The fall or growth of the excess over the lowest loss with momentum.

    `pace` and `held` have one entry per mode that moves: lr * eigenvalue, and its excess before the
    first step. `rest` is the excess of modes that the points do not determine.
    """

    momentum: Momentum
    pace: Array
    held: Array
    rest: float

    def after(self, steps_made: int) -> float:
        """Return the excess after this many updates, or inf if it overflows."""
        swings = (self.momentum.no_bounce < self.pace) & (self.pace < self.momentum.last_swing)
        left = np.empty_like(self.pace)
        left[swings] = self.momentum.swing(self.pace[swings], steps_made)
        left[~swings] = map_of_steps(self.momentum, self.pace[~swings], np.array(steps_made)).a
        excess: float = self.rest + (self.held * left * left).sum().item()
        return min(inf, excess)

    def steps_to(self, target: float) -> int | None:
        """Return the least number of updates after which the excess is at most `target`, even if it
        grows again later. Return None if there is no such number.

        If modes oscillate, the search ends about a million steps after the first step at which the
        other modes allow the target, and returns None.
        """
        allowed = target - self.rest
        if self.held.sum() <= allowed:
            return 0
        modes = list(zip(self.pace.tolist(), self.held.tolist(), strict=True))
        if allowed <= 0 or any(held > allowed for pace, held in modes if not pace):
            return None
        calm = [(pace, held) for pace, held in modes if 0 < pace <= self.momentum.no_bounce]
        soonest = self._soonest(calm, allowed)
        if soonest is None or len(calm) == len(modes):
            return soonest
        return self._first(soonest, allowed)

    def _soonest(self, calm: Sequence[tuple[float, float]], allowed: float) -> int | None:
        """Return the first step at which the modes that do not oscillate leave at most `allowed`,
        or None. What they leave falls at every step.
        """

        def arrived(step: int) -> bool:
            return sum(held * self.momentum.calm(pace, step) ** 2 for pace, held in calm) <= allowed

        last = 1
        while not arrived(last):
            last *= 2
            if last > COUNTABLE:
                return None
        if last == 1:
            return 1
        return bisect_left(range(last // 2, last), 1, key=arrived) + last // 2

    def _first(self, begun: int, allowed: float) -> int | None:
        """Return the first step, from just before `begun` on, at which all modes leave at most
        `allowed`, or None. Steps are examined block by block.
        """
        begun = max(begun - 1, 0)
        table = map_of_steps(self.momentum, self.pace, np.arange(BLOCK_STEPS + 1)[:, None])
        start = map_of_steps(self.momentum, self.pace, np.array(begun))
        left, velocity = start.a, -start.c
        for block in range(MAX_BLOCKS):
            fractions = table.a * left - table.b * velocity
            excess = (self.held * fractions * fractions).sum(axis=1)
            arrived = np.flatnonzero(excess <= allowed)
            if len(arrived):
                return begun + block * BLOCK_STEPS + int(arrived[0])
            left, velocity = fractions[-1], table.d[-1] * velocity - table.c[-1] * left
            if not np.isfinite(left).all():
                return None
        return None


@readonly
class MomentumExcess(Excess):
    """The excess of a descent with momentum over the lowest loss."""

    momentum: Momentum

    def at(self, lr: float) -> MomentumDecay:  # type: ignore[override]  # of equal methods
        """Return the fall of the excess at this rate."""
        return MomentumDecay(
            self.momentum, lr * np.array(self.eigenvalues), np.array(self.held), self.rest
        )

    def pace(self, lr: float) -> float:
        """Return twice the ratio of the rate to its limit, or 0 if nothing moves."""
        if not self.held:
            return 0.0
        return 2 * lr * self.eigenvalues[0] / self.momentum.limit

    def steps_if_equally_steep(self, target: float) -> int | None:
        """Return the steps to the target if all directions were equally steep."""
        return replace(self, eigenvalues=[1.0] * len(self.held)).at_fastest.steps_to(target)

    def change(self, pace: float) -> float:
        """Return the long-run change per step of the logarithm of the remaining distance."""
        return self.momentum.change(pace)

    @property
    def limit(self) -> float | None:
        """The rate from which on a descent grows, or None if nothing moves."""
        return self._rate_of(self.momentum.limit)

    @property
    def no_bounce(self) -> float | None:
        """The rate up to which no mode oscillates, or None if nothing moves."""
        return self._rate_of(self.momentum.no_bounce)

    @cached_property
    def fastest(self) -> float | None:
        """The best rate in the long run, at which the slower of the steepest and the flattest mode
        is as fast as possible. None if nothing moves.
        """
        if not self.held:
            return None
        largest, smallest = self.eigenvalues[0], self.eigenvalues[-1]
        if not self.momentum.nesterov:
            return 2 * (1 + self.momentum.keeps) / (largest + smallest)
        low, high = 0.0, self.momentum.limit / largest
        for _ in range(THIRDS):
            one, other = (2 * low + high) / 3, (low + 2 * high) / 3
            if self._larger_radius(one) < self._larger_radius(other):
                high = other
            else:
                low = one
        return (low + high) / 2

    def _larger_radius(self, lr: float) -> float:
        return max(
            self.momentum.radius(lr * self.eigenvalues[0]),
            self.momentum.radius(lr * self.eigenvalues[-1]),
        )

    def best(self, steps_made: int) -> float | None:
        """Return the rate below the limit that ends lowest after this many updates, or the fastest
        rate if that leaves nothing.

        The excess oscillates with the rate, so the search refines every minimum of a dense grid of
        rates.
        """
        if (
            self.limit is None
            or self.at_fastest.after(steps_made) <= NEGLIGIBLE_EXCESS * self.start
        ):
            return self.fastest
        parts = self._search_grid(steps_made)
        left = np.concatenate([[inf], self._excess_at(parts * self.limit, steps_made), [inf]])
        lows = np.flatnonzero((left[1:-1] <= left[:-2]) & (left[1:-1] <= left[2:]))
        low, high = parts[np.maximum(lows - 1, 0)], parts[np.minimum(lows + 1, len(parts) - 1)]
        rows = np.arange(len(lows))
        for _ in range(REFINEMENTS):
            between = low[:, None] + (high - low)[:, None] * DIVIDED
            found = self._excess_at(between.ravel() * self.limit, steps_made).reshape(between.shape)
            at = found.argmin(axis=1)
            low, high = (
                between[rows, np.maximum(at - 1, 0)],
                between[rows, np.minimum(at + 1, len(DIVIDED) - 1)],
            )
        lowest = found[rows, at].argmin()
        return float(between[lowest, at[lowest]]) * self.limit

    def _search_grid(self, steps_made: int) -> Array:
        """Return ascending fractions of the limit, denser where the steepest modes oscillate."""
        assert self.limit
        paces = self.momentum.swinging_paces(min(SWINGS * steps_made, MOST_SWINGS))
        grids = [paces / eigenvalue / self.limit for eigenvalue in self.eigenvalues[:STEEPEST]]
        parts = np.unique(np.concatenate([SEARCH_GRID, *grids]))
        inside: Array = parts[(parts >= SEARCH_GRID[0]) & (parts <= SEARCH_GRID[-1])]
        return inside

    def _excess_at(self, lrs: Array, steps_made: int) -> Array:
        """Return the excess of the moving modes at each rate (rates,)."""
        paces = lrs[:, None] * np.array(self.eigenvalues)
        fractions = map_of_steps(self.momentum, paces, np.array(steps_made)).a
        left: Array = (np.array(self.held) * fractions * fractions).sum(axis=1)
        return np.nan_to_num(left, nan=inf)
