"""The excess of a descent with momentum, and the rate that ends lowest."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from math import inf, pi

import numpy as np

from service.descent.arrays import Array
from service.descent.quadratic.excess import COUNTABLE, EDGE, Excess
from service.descent.quadratic.momentum import map_of_steps
from service.descent.readonly import readonly

ENDS = np.geomspace(EDGE, 0.05, 60)
"""Distances of the first and the last points of `SEARCH_GRID` from 0 and from 1."""
SEARCH_GRID = np.concatenate([ENDS[:-1], np.linspace(0.05, 0.95, 480)[:-1], 1 - ENDS[::-1]])
"""Fractions of the limit at which the search for the best rate starts."""
RATES_PER_STEP, MOST_RATES, SEARCHED_MODES = 16, 2000, 3
"""More rates in the search, for each of the steepest modes: as a function of the rate, the excess
has about as many minima as there are steps.
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


@readonly
class MomentumExcess(Excess):
    """The excess of a descent with momentum over the lowest loss."""

    def after(self, lr: float, steps: int) -> float:
        """Return the excess after `steps` updates at this rate, or inf if it overflows."""
        momentum, pace = self.momentum, lr * np.array(self.eigenvalues)
        oscillates = (momentum.no_bounce < pace) & (pace < momentum.end_of_oscillation)
        left = np.empty_like(pace)
        left[oscillates] = momentum.left_oscillating(pace[oscillates], steps)
        left[~oscillates] = map_of_steps(momentum, pace[~oscillates], np.array(steps)).a
        excess: float = self.rest + (np.array(self.held) * left * left).sum().item()
        return min(inf, excess)

    def _first(self, lr: float, allowed: float) -> int | None:
        """Return the first number of updates that leaves at most `allowed` in the moving modes, or
        None. Without an update, they hold more.

        If modes oscillate, the search ends about a million steps after the first step at which the
        other modes allow the target, and returns None.
        """
        paces = [lr * eigenvalue for eigenvalue in self.eigenvalues]
        modes = list(zip(paces, self.held, strict=True))
        if any(held > allowed for pace, held in modes if not pace):
            return None
        falling = [(pace, held) for pace, held in modes if 0 < pace <= self.momentum.no_bounce]
        soonest = self._soonest(falling, allowed)
        if soonest is None or len(falling) == len(modes):
            return soonest
        return self._first_in_blocks(max(soonest - 1, 0), np.array(paces), allowed)

    def _soonest(self, falling: Sequence[tuple[float, float]], allowed: float) -> int | None:
        """Return the first step at which the modes that do not oscillate leave at most `allowed`,
        or None. What they leave falls at every step.
        """

        def arrived(step: int) -> bool:
            parts = [held * self.momentum.left_falling(pace, step) ** 2 for pace, held in falling]
            return sum(parts) <= allowed

        last = 1
        while not arrived(last):
            last *= 2
            if last > COUNTABLE:
                return None
        if last == 1:
            return 1
        return bisect_left(range(last // 2, last), 1, key=arrived) + last // 2

    def _first_in_blocks(self, begun: int, pace: Array, allowed: float) -> int | None:
        """Return the first step, from `begun` on, at which all modes leave at most `allowed`, or
        None. Steps are examined block by block.
        """
        table = map_of_steps(self.momentum, pace, np.arange(BLOCK_STEPS + 1)[:, None])
        start = map_of_steps(self.momentum, pace, np.array(begun))
        left, velocity, held = start.a, -start.c, np.array(self.held)
        for block in range(MAX_BLOCKS):
            fractions = table.a * left - table.b * velocity
            excess = (held * fractions * fractions).sum(axis=1)
            arrived = np.flatnonzero(excess <= allowed)
            if len(arrived):
                return begun + block * BLOCK_STEPS + int(arrived[0])
            left, velocity = fractions[-1], table.d[-1] * velocity - table.c[-1] * left
            if not np.isfinite(left).all():
                return None
        return None

    def steps_if_equally_steep(self, target: float) -> int | None:
        """Return the steps to the target if all directions were equally steep."""
        equal = replace(self, eigenvalues=[1.0] * len(self.held))
        return equal.steps_at_fastest(target)

    def best(self, steps: int) -> float | None:
        """Return the rate below the limit that ends lowest after `steps` updates, or the fastest
        rate if that leaves nothing, or None if nothing moves.

        The excess oscillates with the rate, so the search refines every minimum of a dense grid of
        rates.
        """
        limit, fastest = self.limit, self.fastest
        if not limit or not fastest:
            return None
        if self.after(fastest, steps) <= NEGLIGIBLE_EXCESS * self.start:
            return fastest
        parts = self._search_grid(steps, limit)
        left = np.concatenate([[inf], self._left(parts * limit, steps), [inf]])
        lows = np.flatnonzero((left[1:-1] <= left[:-2]) & (left[1:-1] <= left[2:]))
        low, high = parts[np.maximum(lows - 1, 0)], parts[np.minimum(lows + 1, len(parts) - 1)]
        rows = np.arange(len(lows))
        for _ in range(REFINEMENTS):
            between = low[:, None] + (high - low)[:, None] * DIVIDED
            found = self._left(between.ravel() * limit, steps).reshape(between.shape)
            at = found.argmin(axis=1)
            low = between[rows, np.maximum(at - 1, 0)]
            high = between[rows, np.minimum(at + 1, len(DIVIDED) - 1)]
        lowest = found[rows, at].argmin()
        return float(between[lowest, at[lowest]]) * limit

    def _search_grid(self, steps: int, limit: float) -> Array:
        """Return ascending fractions of the limit, denser where the steepest modes oscillate: there
        they are evenly spaced in the angle of a step.
        """
        angles = np.linspace(0, pi, min(RATES_PER_STEP * steps, MOST_RATES) + 2)[1:-1]
        first, last = self.momentum.no_bounce, self.momentum.end_of_oscillation
        paces = first + (last - first) * (1 - np.cos(angles)) / 2
        grids = [paces / eigenvalue / limit for eigenvalue in self.eigenvalues[:SEARCHED_MODES]]
        parts = np.unique(np.concatenate([SEARCH_GRID, *grids]))
        inside: Array = parts[(parts >= SEARCH_GRID[0]) & (parts <= SEARCH_GRID[-1])]
        return inside

    def _left(self, lrs: Array, steps: int) -> Array:
        """Return the excess of the moving modes at each rate (rates,)."""
        paces = lrs[:, None] * np.array(self.eigenvalues)
        fractions = map_of_steps(self.momentum, paces, np.array(steps)).a
        left: Array = (np.array(self.held) * fractions * fractions).sum(axis=1)
        return np.nan_to_num(left, nan=inf)
