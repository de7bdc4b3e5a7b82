"""The walk along the steepest direction, in numbers.

In each mode, that is, in each independent direction, the loss falls by its own factor. In units of
the initial distance, step k is at -multiplier^k. Its share of the initial loss is the square of its
position, so every walk is a walk on the parabola z^2 that begins at -1.
"""

from math import ceil, exp, expm1, log, log1p

import numpy as np

from service.descent.answers.explanation import Mode
from service.descent.answers.results import Fit
from service.descent.quadratic.modes import HUGE, log_multiplier
from service.descent.readonly import readonly

OUT_OF_SIGHT = 60.0
"""The distance beyond which all positions are equal: out of the picture."""
REST = 0.02
"""The distance below which a position cannot be distinguished from the bottom."""
NEVER = 1e15
"""A number of steps that no fit makes."""
CHORDS = 120
"""The maximum number of steps drawn."""
ELSEWHERE = 0.05
"""The fraction of the excess loss below which the steepest direction holds next to nothing."""
NEAR = 0.1
"""The distance from the bottom below which a direction is considered finished."""


@readonly
class Flatter:
    """The direction that holds most of the remaining loss: `way` is the fraction of the distance to
    its bottom that is covered, and `flattest` is True if no direction is flatter.
    """

    way: float
    flattest: bool


@readonly
class Route:
    """The visible part of a walk. The drawn chords begin at the steps `chords`. The `last` visible
    step is the last one made, the first at rest, or the first out of the picture.

    `pace` is lr times the eigenvalue: the multiplier is 1 - pace. `moves` is False if the start is
    the optimum. `elsewhere` is set if the ball rests but another direction holds the loss.
    """

    moves: bool
    pace: float
    steps: int
    chords: list[int]
    last: int
    elsewhere: Flatter | None

    @property
    def end(self) -> float:
        """The last position."""
        return self.at(self.last)

    def at(self, step: int) -> float:
        """Return the position of a step."""
        return position(self.pace, step) if self.moves else 0.0


def can_be_walked(fit: Fit) -> bool:
    """Return True if each direction falls by its own factor: in closed form, without momentum."""
    return fit.analysis.basis == "exact" and fit.resolved.plain


def walk(fit: Fit, *, view: float) -> Route:
    """Return the walk of a fit, as far as a picture of distances up to `view` shows it."""
    mode = steepest(fit.analysis.modes)
    if mode is None:
        return Route(moves=False, pace=0.0, steps=fit.steps, chords=[], last=0, elsewhere=None)
    pace = fit.resolved.lr * mode.eigenvalue
    steps = fit.diverged_at or fit.steps
    last = min(steps, seen(pace, view))
    chords = np.linspace(0, last - 1, min(last, CHORDS), dtype=int).tolist()
    return Route(
        moves=True, pace=pace, steps=steps, chords=chords, last=last, elsewhere=elsewhere(fit)
    )


def steepest(modes: list[Mode]) -> Mode | None:
    """Return the steepest direction in which the start is not at the bottom."""
    return next((mode for mode in modes if mode.eigenvalue and mode.start), None)


def position(pace: float, step: int) -> float:
    """Return -(1 - pace)^step, limited to a distance of OUT_OF_SIGHT."""
    if step == 0:
        return -1.0
    distance = exp(min(step * log_multiplier(pace), log(OUT_OF_SIGHT)))
    return distance if pace > 1 and step % 2 else -distance


def seen(pace: float, view: float) -> int:
    """Return the step at which a walk rests or leaves the picture, even if it is never made."""
    growth = log_multiplier(pace)
    if growth == 0:
        return CHORDS
    end = view if growth > 0 else REST
    return max(1, ceil(min(log(end) / growth, NEVER)))


def elsewhere(fit: Fit) -> Flatter | None:
    """Return the direction that holds the loss when the ball rests, or None if that is the steepest
    direction.
    """
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
    """Return 1 - (1 - pace)^steps, exact to the last digit for a small pace; 0 if steps jump across
    the valley.
    """
    return -expm1(steps * log1p(-pace)) if pace < 1 else 0.0


def _log_excess(mode: Mode, lr: float, steps: int) -> float:
    """Return ln of the excess loss that a direction holds after this number of steps."""
    if not mode.start:
        return -HUGE
    return 2 * (log(abs(mode.start)) + steps * log_multiplier(lr * mode.eigenvalue))
