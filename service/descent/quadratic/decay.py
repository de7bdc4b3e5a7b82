"""What is left of a descent after each of its steps, at one rate, without making them."""

from collections.abc import Sequence
from math import ceil, exp, inf, log

from service.descent.frozen import frozen

COUNTABLE = 2**53
"""Steps beyond this are never."""


@frozen
class Decay:
    """How the excess over the lowest loss falls, or grows.

    `moving` has a pair for each mode that moves: what it holds before the first step, and by how
    much the logarithm of that changes in a step. `rest` is held by modes that the points do not
    determine.
    """

    moving: list[tuple[float, float]]
    rest: float

    def after(self, steps: int) -> float:
        """What is left after `steps` updates; inf where that overflows."""
        left = self.rest
        try:
            for held, change in self.moving:
                left += held * exp(steps * change)
        except OverflowError:
            return inf
        return left

    def steps_to(self, target: float) -> int | None:
        """The least number of updates that leave at most `target`, be it in passing; None where
        none does.
        """
        room = target - self.rest
        if sum([held for held, _ in self.moving]) <= room:
            return 0
        if room <= 0:
            return None
        least = 1.0
        for held, change in self.moving:
            if held > room:
                if change >= 0:
                    return None
                least = max(least, log(room / held) / change)
        try:
            return _first(self.moving, room, ceil(min(least, COUNTABLE)))
        except OverflowError:
            return None


def _first(moving: Sequence[tuple[float, float]], room: float, steps: int) -> int | None:
    """The first number of updates from `steps` on that leaves at most `room`; before it more is
    left.

    Newton's method: the logarithm of what is left is convex, so it never goes too far, and where it
    rises it never falls again.
    """
    while steps < COUNTABLE:
        left, slope = _left(moving, steps)
        if left <= room:
            return steps
        if slope >= 0:
            return None
        steps += max(1, ceil(log(left / room) * left / -slope))
    return None


def _left(moving: Sequence[tuple[float, float]], steps: int) -> tuple[float, float]:
    """What is left after `steps` updates, and its derivative."""
    left = slope = 0.0
    for held, change in moving:
        part = held * exp(change * steps)
        left += part
        slope += part * change
    return left, slope
