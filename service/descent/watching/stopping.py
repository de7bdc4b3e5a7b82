"""The records of a trajectory on their way to a client: rules end them, the best step is kept, and
the rest is thinned. Rules read the records block by block and see every step.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import inf, nan
from operator import itemgetter

import numpy as np

from service.descent.answers.results import Rule
from service.descent.arrays import Array, Mask
from service.descent.quadratic.problem import QuadraticProblem
from service.descent.questions.options import Stop
from service.descent.watching.recording import Record, Records

Condition = Callable[[Records], Mask]
"""A function that returns a mask (r,) of the records at which a condition holds. It may remember
earlier blocks.
"""

ExcessAt = Callable[[Array, Array], Array]
"""A function that returns the excess (r,) of params (r, p) and their losses (r,)."""


@dataclass
class Repeated:
    """A condition that must hold `times` times in a row."""

    name: Rule
    condition: Condition
    times: int = 1
    _run: int = 0

    def first(self, records: Records) -> int | None:
        """Return the index of the first record at which the condition held often enough."""
        holds = self.condition(records)
        indices = np.arange(len(holds))
        runs = indices - np.maximum.accumulate(np.where(holds, -1 - self._run, indices))
        self._run = int(runs[-1])
        long_enough: list[int] = np.flatnonzero(runs >= self.times).tolist()
        return next(iter(long_enough), None)


@dataclass
class ReportedRecords:
    """The records to report, as an iterable. `every` thins a trajectory of all steps.

    `best`, `last` and `stopped_by` are the best record, the last record and the rule that ended the
    trajectory, as far as it has been read.
    """

    trajectory: Iterable[Records]
    rules: Sequence[Repeated]
    every: int
    best: Record | None = None
    last: Record | None = None
    stopped_by: Rule | None = None

    def __iter__(self) -> Iterator[Records]:
        every, records = self.every, None
        for records in self._until_stopped():
            best = records.best()
            if self.best is None or best.loss < self.best.loss:
                self.best = best
            self.last = records.last()
            first = -records.step[0] % every
            thinned = records.part(slice(first, None, every)) if every > 1 else records
            if thinned.step:
                yield thinned
        if records and records.step[-1] % every:
            yield records.part(slice(-1, None))

    def _until_stopped(self) -> Iterator[Records]:
        for records in self.trajectory:
            if self.rules and (stopped := first_stop(self.rules, records)):
                at, self.stopped_by = stopped
                yield records.part(slice(at + 1))
                return
            yield records


def rules(stop: Stop | None, problem: QuadraticProblem | None) -> list[Repeated]:
    """Return the requested rules. A `gap` needs a problem whose minimum is known."""
    if stop is None:
        return []
    found = []
    if stop.gap is not None:
        assert problem
        found.append(Repeated("gap", gap(stop.gap, problem.excess_at)))
    if stop.gradient is not None:
        found.append(Repeated("gradient", gradient(stop.gradient)))
    if stop.min_improvement is not None:
        found.append(
            Repeated("min_improvement", improvement(stop.min_improvement), stop.patience or 1)
        )
    if stop.patience is not None:
        found.append(Repeated("patience", not_below(), stop.patience))
    return found


def first_stop(rules: Iterable[Repeated], records: Records) -> tuple[int, Rule] | None:
    """Return the index of the first record at which a rule applies, and that rule; if several apply
    at the same step, the first of them.
    """
    fired = [(at, rule.name) for rule in rules if (at := rule.first(records)) is not None]
    return min(fired, key=itemgetter(0), default=None)


def gap(below: float, excess_at: ExcessAt) -> Condition:
    """Return the condition that the excess is less than `below`."""
    return lambda records: excess_at(records.params, np.array(records.loss)) < below


def gradient(below: float) -> Condition:
    """Return the condition that the gradient is shorter than `below`."""
    return lambda records: np.linalg.norm(records.gradients, axis=1) < below


def improvement(least: float) -> Condition:
    """Return the condition that a step reduced the loss by at most the fraction `least`."""
    last = nan

    def holds(records: Records) -> Mask:
        nonlocal last
        before = np.array([last, *records.loss[:-1]])
        last = records.loss[-1]
        small: Mask = before - records.loss <= least * before
        return small

    return holds


def not_below() -> Condition:
    """Return the condition that the deciding loss is not below all earlier ones."""
    lowest = inf

    def holds(records: Records) -> Mask:
        nonlocal lowest
        before = np.minimum.accumulate([lowest, *records.deciding])
        lowest = before[-1].item()
        above: Mask = records.deciding >= before[:-1]
        return above

    return holds
