"""Small rules that end a descent; they look at its records block by block, every step in them."""

from collections.abc import Callable, Iterable
from math import inf, nan

import numpy as np

from service.descent.answers.results import Rule
from service.descent.arrays import Mask
from service.descent.frozen import frozen
from service.descent.questions.options import Stop
from service.descent.watching.recording import Records

Condition = Callable[[Records], Mask]
"""Where (r,) something holds; it may remember earlier blocks."""


class Repeated:
    """A condition that must hold several times in a row."""

    def __init__(self, name: Rule, condition: Condition, times: int = 1) -> None:
        self.name = name
        self._condition = condition
        self._times = times
        self._run = 0

    def first(self, records: Records) -> int | None:
        """The first record at which it has."""
        holds = self._condition(records)
        places = np.arange(len(holds))
        runs = places - np.maximum.accumulate(np.where(holds, -1 - self._run, places))
        self._run = int(runs[-1])
        there = np.flatnonzero(runs >= self._times)
        return int(there[0]) if len(there) else None


@frozen
class Stopped:
    """The rule that fired, and at which record of the block."""

    by: Rule
    at: int


def rules(stop: Stop | None, *, lowest: float) -> list[Repeated]:
    """The rules that are given; `lowest` is the loss of the optimum."""
    if stop is None:
        return []
    found = []
    if stop.gap is not None:
        found.append(Repeated("gap", gap(stop.gap, lowest)))
    if stop.gradient is not None:
        found.append(Repeated("gradient", gradient(stop.gradient)))
    if stop.min_improvement is not None:
        found.append(
            Repeated("min_improvement", improvement(stop.min_improvement), stop.patience or 1)
        )
    if stop.patience is not None:
        found.append(Repeated("patience", not_below(), stop.patience))
    return found


def first_stop(rules: Iterable[Repeated], records: Records) -> Stopped | None:
    """The first rule to fire; of several at one step, the first of them."""
    fired = [Stopped(rule.name, at) for rule in rules if (at := rule.first(records)) is not None]
    return min(fired, key=lambda stopped: stopped.at, default=None)


def gap(below: float, lowest: float) -> Condition:
    """The loss is less than `below` above the lowest."""
    return lambda records: np.array(records.loss) - lowest < below


def gradient(below: float) -> Condition:
    """The gradient is shorter than `below`."""

    def holds(records: Records) -> Mask:
        assert records.gradients is not None
        shorter: Mask = np.linalg.norm(records.gradients, axis=1) < below
        return shorter

    return holds


def improvement(least: float) -> Condition:
    """The loss fell by no more than `least` of what it was a step before."""
    last = nan

    def holds(records: Records) -> Mask:
        nonlocal last
        before = np.array([last, *records.loss[:-1]])
        last = records.loss[-1]
        small: Mask = before - records.loss <= least * before
        return small

    return holds


def not_below() -> Condition:
    """The loss that decides is not below all before it."""
    lowest = inf

    def holds(records: Records) -> Mask:
        nonlocal lowest
        before = np.minimum.accumulate([lowest, *records.deciding])
        lowest = before[-1].item()
        above: Mask = records.deciding >= before[:-1]
        return above

    return holds
