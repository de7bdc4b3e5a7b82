"""Schedules: the rate of each step, by the formulas of torch.optim.lr_scheduler."""

from collections.abc import Callable
from math import cos, pi

from service.descent.loop.optimizers import LearningRates
from service.descent.questions.methods import Cosine, OneCycle, RateList, Schedule, StepDecay

Rates = Callable[[int], LearningRates]
"""A function that returns the learning rate, or the rates, of the update after a step; steps count
from 0.
"""


def rates(schedule: Schedule, lr: LearningRates, steps: int) -> Rates:
    """Return the learning rates of a descent of `steps` steps. They are relative to `lr`, which is
    one rate or several, unless the schedule lists them.
    """
    if isinstance(schedule, StepDecay):
        return lambda step: lr * schedule.gamma ** (step // schedule.step_size)
    if isinstance(schedule, Cosine):
        return lambda step: between(lr, schedule.eta_min, step / steps)
    if isinstance(schedule, OneCycle):
        return one_cycle(schedule, lr, steps)
    if isinstance(schedule, RateList):
        return lambda step: schedule.lrs[step]
    return lambda _: lr


def one_cycle(schedule: OneCycle, lr: LearningRates, steps: int) -> Rates:
    """Return the rates of a cycle: from lr / div_factor up to lr in the first part of the steps,
    then down to lr / (div_factor * final_div_factor).
    """
    first = lr / schedule.div_factor
    last = first / schedule.final_div_factor
    top, end = schedule.pct_start * steps - 1, steps - 1

    def rate(step: int) -> LearningRates:
        if step > top:
            return between(lr, last, (step - top) / (end - top))
        if not top:
            return lr
        return between(first, lr, step / top)

    return rate


def between(start: LearningRates, end: LearningRates, part: float) -> LearningRates:
    """Return the value at the fraction `part` of half a cosine from start to end. At 0 it is
    exactly `start`.
    """
    if not part:
        return start
    return end + (start - end) / 2 * (1 + cos(pi * part))
