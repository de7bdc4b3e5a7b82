"""Schedules: the rate of each step, by the formulas of torch.optim.lr_scheduler."""

from collections.abc import Callable
from math import cos, pi

from service.descent.loop.optimizers import Lr
from service.descent.questions.methods import Cosine, OneCycle, RateList, Schedule, StepDecay

Rates = Callable[[int], Lr]
"""The rate, or the rates, of the update that is made from this step on, counted from 0."""


def rates(schedule: Schedule, lr: Lr, steps: int) -> Rates:
    """Of a descent of so many steps, relative to one rate or several."""
    if isinstance(schedule, StepDecay):
        return lambda step: lr * schedule.gamma ** (step // schedule.step_size)
    if isinstance(schedule, Cosine):
        return lambda step: between(lr, schedule.eta_min, step / steps)
    if isinstance(schedule, OneCycle):
        return one_cycle(schedule, lr, steps)
    if isinstance(schedule, RateList):
        return lambda step: schedule.lrs[step]
    return lambda _: lr


def one_cycle(schedule: OneCycle, lr: Lr, steps: int) -> Rates:
    """From lr / div_factor up to lr in the first part of the steps, then down to a small fraction
    of where it began.
    """
    first = lr / schedule.div_factor
    last = first / schedule.final_div_factor
    top, end = schedule.pct_start * steps - 1, steps - 1

    def rate(step: int) -> Lr:
        if step <= top:
            return between(first, lr, step / top) if top else lr
        return between(lr, last, (step - top) / (end - top))

    return rate


def between(start: Lr, end: Lr, part: float) -> Lr:
    """Half a cosine from the start, exactly, to the end."""
    return end + (start - end) / 2 * (1 + cos(pi * part)) if part else start
