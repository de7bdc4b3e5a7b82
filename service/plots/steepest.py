"""The walk along the steepest direction, in numbers and words.

In each mode, that is, in each independent direction, the loss falls by its own factor. In units of
the initial distance, step k is at -multiplier^k. Its share of the initial loss is the square of its
position, so every walk is a walk on the parabola z^2 that begins at -1.
"""

from math import ceil, exp, expm1, isfinite, log, log1p

import numpy as np

from service.descent.answers.explanation import Mode
from service.descent.answers.results import Fit
from service.descent.judging.writing import number
from service.descent.quadratic.modes import HUGE, log_multiplier
from service.descent.readonly import readonly

OUT_OF_SIGHT = 60.0
"""The distance beyond which all positions are equal: out of the picture."""
REST = 0.02
"""The distance below which a position cannot be distinguished from the bottom."""
CHORDS = 120
"""The maximum number of steps drawn."""
ELSEWHERE = 0.05
"""The fraction of the excess loss below which the steepest direction holds next to nothing."""
NEAR = 0.1
"""The distance from the bottom below which a direction is considered finished."""
EXACT = 1e-9
"""The fraction of the distance below which a step leaves only rounding errors."""


@readonly
class Flatter:
    """The direction that holds most of the remaining loss: `way` is the fraction of the distance to
    its bottom that is covered, and `flattest` is True if no direction is flatter.
    """

    way: float
    flattest: bool

    def words(self) -> tuple[str, str]:
        """Describe the direction, and how far the descent has come in it."""
        which = "the flattest" if self.flattest else "a flatter"
        return f"In {which} direction:", f"{percentage(self.way)} of the way"


@readonly
class Route:
    """The visible part of a walk. The drawn chords begin at the steps `chords`. The `last` visible
    step is the last one made, the first at rest, or the first out of the picture.

    `pace` is lr times the eigenvalue: the multiplier is 1 - pace. `moves` is False if the start is
    the optimum.
    """

    moves: bool
    pace: float
    steps: int
    chords: list[int]
    last: int

    def at(self, step: int) -> float:
        """Return the position of a step."""
        return position(self.pace, step) if self.moves else 0.0

    def words(self) -> str:
        """Describe what a step does to the distance to the bottom."""
        left = self.pace - 1
        if not self.moves:
            return "the start is at the bottom: nothing moves"
        if not isfinite(left):
            return "a step overflows"
        if abs(left) < EXACT:
            return "a step goes all the way to the bottom"
        if left < 0:
            return f"a step goes {percentage(self.pace)} of the way to the bottom"
        if left <= 1 + EXACT:
            return f"a step jumps across, leaves {percentage(left)} of the way"
        return f"a step jumps across, {number(left)} times as far out"


def can_be_walked(fit: Fit) -> bool:
    """Return True if the loss falls by its own factor in each direction: in closed form, with
    neither momentum nor weight decay.
    """
    return fit.analysis.basis == "exact" and fit.resolved.plain


def walk(fit: Fit, *, view: float) -> Route:
    """Return the walk of a fit, as far as a picture of distances up to `view` shows it."""
    mode = steepest(fit.analysis.modes)
    if mode is None:
        return Route(moves=False, pace=0.0, steps=fit.steps, chords=[], last=0)
    pace = fit.resolved.lr * mode.eigenvalue
    steps = fit.diverged_at or fit.steps
    last = ceil(min(steps, seen(pace, view)))
    chords = np.linspace(0, last - 1, min(last, CHORDS), dtype=int).tolist()
    return Route(moves=True, pace=pace, steps=steps, chords=chords, last=last)


def steepest(modes: list[Mode]) -> Mode | None:
    """Return the steepest direction in which the start is not at the bottom."""
    return next((mode for mode in modes if mode.eigenvalue and mode.start), None)


def position(pace: float, step: int) -> float:
    """Return -(1 - pace)^step, limited to a distance of OUT_OF_SIGHT."""
    distance = exp(min(step * log_multiplier(pace), log(OUT_OF_SIGHT)))
    return distance if pace > 1 and step % 2 else -distance


def seen(pace: float, view: float) -> float:
    """Return the step, not rounded, at which a walk would rest or leave the picture."""
    growth = log_multiplier(pace)
    if growth == 0:
        return CHORDS
    end = view if growth > 0 else REST
    return max(1.0, log(end) / growth)


def elsewhere(fit: Fit) -> Flatter | None:
    """Return the direction that holds the loss when the ball rests, unless it is the steepest."""
    modes, mode = fit.analysis.modes, steepest(fit.analysis.modes)
    if mode is None or fit.verdict.reach in {"converged", "diverged"}:
        return None
    lr = fit.resolved.lr
    left = [_log_excess(each, lr, fit.steps) for each in modes]
    holder = modes[left.index(max(left))]
    done = way(lr * holder.eigenvalue, fit.steps)
    small = _log_excess(mode, lr, fit.steps) < max(left) + log(ELSEWHERE)
    rests = abs(position(lr * mode.eigenvalue, fit.steps)) < NEAR
    if small and rests and done < 1 - NEAR:
        return Flatter(done, flattest=holder is modes[-1])
    return None


def way(pace: float, steps: int) -> float:
    """Return 1 - (1 - pace)^steps to its last digit, or 0 if steps jump across the valley."""
    if pace >= 1:
        return 0.0
    return -expm1(steps * log1p(-pace))


def _log_excess(mode: Mode, lr: float, steps: int) -> float:
    """Return ln of the excess loss that a direction holds after this number of steps."""
    if not mode.start:
        return -HUGE
    return 2 * (log(abs(mode.start)) + steps * log_multiplier(lr * mode.eigenvalue))


def rate_words(fit: Fit) -> str:
    """Describe the learning rate relative to its limit, from which upward the loss grows."""
    limit, lr = fit.analysis.lr_limit, fit.resolved.lr
    if limit is None:
        return f"lr = {number(lr)}"
    share = lr / limit
    if share < 2:
        return f"lr = {percentage(share)} of the limit"
    if isfinite(share):
        return f"lr = {number(share)} times the limit"
    return "lr is far beyond the limit"


def percentage(share: float) -> str:
    """Format a fraction as a percentage with three digits, or four near 100%."""
    if 0.99 < share < 1.01:
        return f"{100 * share:.4g}%"
    return f"{number(100 * share)}%"
