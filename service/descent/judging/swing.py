"""The swing of a descent with momentum: its highest loss, and whether it passed the optimum."""

import numpy as np

from service.descent.quadratic.excess import Outlook
from service.descent.quadratic.momentum import map_of_steps
from service.descent.quadratic.problem import QuadraticProblem
from service.descent.questions.setting import STEPS_AHEAD, SWUNG_STEPS
from service.descent.readonly import readonly


@readonly
class Swing:
    """The highest loss of the steps made and its step, the first step at which the descent was at
    an optimum that it left again, whether it leaves the optimum after its last step, and whether it
    crossed the valley in some direction.
    """

    peak_loss: float | None = None
    peak_step: int | None = None
    passed_step: int | None = None
    passes: bool = False
    crosses: bool = False


def swing(problem: QuadraticProblem, outlook: Outlook, lr: float, steps: int) -> Swing:
    """Return the swing of `steps` updates with momentum at this rate. Without momentum there is
    none, and that of more than 10,000 updates, or of losses that overflow, is not computed.
    """
    excess = outlook.excess
    if not excess.momentum.keeps or steps > SWUNG_STEPS:
        return Swing()
    paces, held = lr * np.array(excess.eigenvalues), np.array(excess.held)
    every = np.arange(steps + STEPS_AHEAD + 1.0)[:, None]
    (losses,) = problem.closed_form([lr]).loss(every[: steps + 1])
    parts = map_of_steps(excess.momentum, paces, every).a
    left = excess.rest + held @ np.square(parts).T
    if not np.isfinite([losses, left[: steps + 1]]).all():
        return Swing()
    made, ahead = left[: steps + 1], left[steps + 1 :]
    arrived = made <= outlook.target
    peak, passed = int(losses.argmax()), None
    if arrived[1:].any() and not arrived[-1]:
        passed = int(arrived[1:].argmax()) + 1
    return Swing(
        peak_loss=losses[peak].item(),
        peak_step=peak,
        passed_step=passed,
        passes=bool(arrived[-1] and (ahead > outlook.target).any()),
        crosses=bool((parts[: steps + 1] < 0).any()),
    )
