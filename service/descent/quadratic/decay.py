"""The excess over the lowest loss after a number of steps at one rate, without making them."""

from collections.abc import Sequence
from math import ceil, exp, inf, log

from service.descent.frozen import readonly

COUNTABLE = 2**53
"""The number of steps from which on a target counts as never reached."""


@readonly
class PlainDecay:
    """The fall or growth of the excess over the lowest loss.

    `moving` has a pair for each mode that moves: its excess before the first step, and the change
    of the logarithm of that excess per step. `rest` is the excess of modes that the points do not
    determine.
    """

    moving: list[tuple[float, float]]
    rest: float

    def after(self, steps: int) -> float:
        """Return the excess after `steps` updates, or inf if it overflows."""
        left = self.rest
        try:
            for held, change in self.moving:
                left += held * exp(steps * change)
        except OverflowError:
            return inf
        return left

    def steps_to(self, target: float) -> int | None:
        """Return the least number of updates after which the excess is at most `target`, even if it
        grows again later. Return None if there is no such number.
        """
        allowed = target - self.rest
        if sum([held for held, _ in self.moving]) <= allowed:
            return 0
        if allowed <= 0:
            return None
        least = 1.0
        for held, change in self.moving:
            if held > allowed:
                if change >= 0:
                    return None
                least = max(least, log(allowed / held) / change)
        try:
            return _first(self.moving, allowed, ceil(min(least, COUNTABLE)))
        except OverflowError:
            return None


def _first(moving: Sequence[tuple[float, float]], allowed: float, steps: int) -> int | None:
    """Return the first number of updates, from `steps` on, that leaves at most `allowed`, or None.
    Fewer than `steps` updates leave more.

    This is Newton's method. The logarithm of the excess is convex, so the method never goes too
    far, and once the excess rises it never falls again.
    """
    while steps < COUNTABLE:
        left, slope = _left(moving, steps)
        if left <= allowed:
            return steps
        if slope >= 0:
            return None
        steps += max(1, ceil(log(left / allowed) * left / -slope))
    return None


def _left(moving: Sequence[tuple[float, float]], steps: int) -> tuple[float, float]:
    """Return the excess after `steps` updates, and its derivative."""
    left = slope = 0.0
    for held, change in moving:
        part = held * exp(change * steps)
        left += part
        slope += part * change
    return left, slope
