"""The excess of a descent with momentum, and the rate that ends lowest."""

from bisect import bisect_left
from collections.abc import Callable
from functools import lru_cache
from math import exp, inf, log, pi

import numpy as np

from service.descent.arrays import Array
from service.descent.quadratic.excess import COUNTABLE, EDGE, Excess
from service.descent.quadratic.momentum import SAME, Momentum, left_after, map_of_steps
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
"""The number of steps of a block."""
BLOCKS = (1, *[33] * 31)
"""The numbers of blocks that are examined together, before a target counts as never reached: most
often the last block is enough, and many at once take less time.
"""


@readonly
class MomentumExcess(Excess):
    """The excess of a descent with momentum over the lowest loss."""

    def after(self, lr: float, steps: int) -> float:
        """Return the excess after `steps` updates at this rate, or inf if it overflows."""
        momentum, pace = self.momentum, lr * np.array(self.eigenvalues)
        oscillates = (momentum.no_bounce < pace) & (pace < momentum.end_of_oscillation)
        left = np.empty_like(pace)
        left[oscillates] = momentum.left_oscillating(pace[oscillates], steps)
        left[~oscillates] = left_after(momentum, pace[~oscillates], steps)
        excess: float = self.rest + (np.array(self.held) * left * left).sum().item()
        return min(inf, excess)

    def least(self, steps: int) -> float:  # noqa: ARG002 - what two modes leave is not known
        """Return a lower bound of the excess after any number of updates: what never moves."""
        return self.rest

    def _steps_within(self, lr: float, allowed: float) -> int | None:
        """Return the least number of updates after which the moving modes hold at most `allowed`
        for good, or None.

        What oscillating modes leave has a bound that falls at every step. From the step at which
        this bound allows the target, the search goes back to the last step that leaves more. After
        about a million steps it gives up and returns None.
        """
        momentum, falling, bounds = self.momentum, [], []
        paces = [lr * eigenvalue for eigenvalue in self.eigenvalues]
        for pace, held in zip(paces, self.held, strict=True):
            if pace <= momentum.no_bounce:
                falling.append((pace, held))
            else:
                # rounding can make a radius at the limit larger than 1
                change = min(log(max(momentum.radius(pace), SAME)), 0.0)
                bounds.append((held * momentum.amplitude(pace) ** 2, 2 * change))

        def left_by_falling(step: int) -> float:
            return sum(held * momentum.left_falling(pace, step) ** 2 for pace, held in falling)

        def left_at_most(step: int) -> float:
            bound = sum(largest * exp(change * step) for largest, change in bounds)
            return left_by_falling(step) + bound

        needed, enough = _first(left_by_falling, allowed), _first(left_at_most, allowed)
        if needed == enough or needed is None or enough is None:
            return enough
        return _first_for_good(
            momentum, (*paces,), (*self.held,), allowed, needed=needed, enough=enough
        )

    def fewest_steps(self, target: float) -> int | None:
        """Return 0 for a start that leaves at most `target`. Otherwise return None: what the best
        rate leaves can rise with the number of updates, so the fewest are not known.
        """
        if self.start <= target:
            return 0
        return None

    def fewest_steps_if_equally_steep(self, target: float) -> int | None:
        """Return 0 for a start that leaves at most `target`, otherwise None."""
        return self.fewest_steps(target)

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
        fractions = left_after(self.momentum, paces, steps)
        left: Array = (np.array(self.held) * fractions * fractions).sum(axis=1)
        return np.nan_to_num(left, nan=inf)


def _first(left: Callable[[int], float], allowed: float) -> int | None:
    """Return the first step that leaves at most `allowed`, or None. Each step leaves less than the
    one before.
    """
    last = 1
    while left(last) > allowed:
        last *= 2
        if last > COUNTABLE:
            return None
    return bisect_left(range(last), 1, key=lambda step: left(step) <= allowed)


@lru_cache(maxsize=4)
def _first_for_good(
    momentum: Momentum,
    paces: tuple[float, ...],
    held: tuple[float, ...],
    allowed: float,
    *,
    needed: int,
    enough: int,
) -> int | None:
    """Return the least number of updates, from `needed` to `enough`, after which all modes leave at
    most `allowed` at every step up to `enough`, or None after many steps. Steps are examined block
    by block, from the last.

    One answer asks for the same number up to three times: in the analysis, the verdict and the
    suggestion.
    """
    pace, within = np.array(paces), np.arange(BLOCK_STEPS)
    table = map_of_steps(momentum, pace, within[:, None])
    for blocks in BLOCKS:
        begun = np.arange(enough - blocks * BLOCK_STEPS, enough, BLOCK_STEPS)
        begun = begun[begun > needed - BLOCK_STEPS].clip(min=0)
        start = map_of_steps(momentum, pace, begun[:, None, None])
        fractions = table.a * start.a + table.b * start.c
        excess = (np.array(held) * fractions * fractions).sum(axis=-1)
        above = (begun[:, None] + within)[excess > allowed]
        if len(above):
            return max(needed, int(above[-1]) + 1)
        enough = int(begun[0])
        if enough <= needed:
            return needed
    return None
