"""A comparison of several learning rates on one problem, by one descent at all of them."""

from collections import deque
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch

from service.descent.answers.results import BestRun, Run, Sweep, data_used
from service.descent.arrays import Array, Mask
from service.descent.errors import NoStartError, finite
from service.descent.fit import verdict
from service.descent.loop.lecture import DTYPES, Step
from service.descent.quadratic.problem import QuadraticProblem
from service.descent.questions.records import MAX_STEPS_KEPT
from service.descent.questions.sweep import ResolvedSweep, SweepSpec
from service.descent.readonly import readonly
from service.descent.task import Task, prepare
from service.descent.watching.observation import Observer, Seen, Way
from service.descent.watching.outcome import Descent, ended
from service.descent.watching.recording import (
    HeldOut,
    Record,
    last_records,
    validated,
)

LOSSES_AT_ONCE = 100_000
"""The number of losses that are computed at once."""


def sweep(spec: SweepSpec) -> Sweep:
    """Return one run per rate, the best of the runs, and the exact best rate.

    Raises NotComputableError if the descent cannot start, if a rate is outside the range of the
    precision, or if only the loss on the held-out points overflows.
    """
    task = prepare(spec, spec.precision)
    problem, held_out = task.exact_problem, task.held_out
    resolved = spec.resolved(lrs=(*map(task.rate, spec.lrs),), scale=task.curves.scale)
    if resolved.solver == "exact":
        assert problem
        ends = by_closed_form(problem, resolved, held_out)
    else:
        ends = by_loop(task, resolved, held_out, spec.rates_at_once)
    last = validated([end.last for end in ends], held_out)
    runs = [
        run(task, resolved, end, ended(problem, record, lr, spec.steps))
        for lr, end, record in zip(resolved.lrs, ends, last, strict=True)
    ]
    return Sweep(
        runs=runs,
        best=best(runs),
        exact=exact(problem, held_out) if problem else None,
        resolved=resolved,
        data_used=data_used(spec.data),
    )


@readonly
class End:
    """The end of the descent at one rate: its last finite record and, if they are requested, all
    its recorded losses, finite or not. `seen` are the observations if its steps were made.
    """

    last: Record
    losses: list[float]
    seen: Seen | None = None


def by_closed_form(
    problem: QuadraticProblem, spec: ResolvedSweep, held_out: HeldOut | None
) -> list[End]:
    """Return where each rate ends, without making the steps before it."""
    descent, rates = problem.closed_form(spec.lrs), len(spec.lrs)
    recorded = np.array(spec.recorded if "losses" in spec.include else [0], dtype=float)
    block = max(1, LOSSES_AT_ONCE // rates)
    parts = np.split(recorded[:, None], range(block, len(recorded), block))
    losses = np.concatenate([descent.loss(part) for part in parts], axis=1).tolist()
    return [*map(End, last_records(descent, rates, spec.steps, held_out), losses)]


def by_loop(task: Task, spec: ResolvedSweep, held_out: HeldOut | None, size: int) -> list[End]:
    """Return where each rate ends, found by making every step. Rates run together, in groups of
    `size`.
    """
    groups = (
        replace(spec, lrs=spec.lrs[first : first + size]) for first in range(0, len(spec.lrs), size)
    )
    return [end for group in groups for end in Lanes(task, group, held_out).ends()]


class Lanes:
    """The lecture's steps at several rates, one column per rate. Each rate ends on its own."""

    def __init__(self, task: Task, spec: ResolvedSweep, held_out: HeldOut | None) -> None:
        self._task, self._spec, self._held_out = task, spec, held_out
        self._whole = task.whole
        self._recorded = set(spec.recorded)
        self._half = spec.steps // 2 - spec.steps // 2 % spec.every
        self._kept = self._recorded if "losses" in spec.include else {0, self._half}
        self._alive: Mask = np.ones(len(spec.lrs), dtype=bool)
        self._watch = Observer()
        self._last: dict[int, Record] = {}
        self._ways: dict[int, Way] = {}
        self._losses: dict[int, Array] = {}
        self._last_record: list[Step] = []

    def ends(self) -> list[End]:
        """Make the steps and return where each rate ends."""
        spec = self._spec
        recent = deque[Step](maxlen=MAX_STEPS_KEPT if self._whole else 1)
        for step in self._task.descend(torch.tensor(spec.lrs, dtype=DTYPES[spec.precision])):
            self._settle(step, recent)
            recent.append(step)
            if step.number in self._recorded:
                self._last_record = [step]
            if step.number == spec.steps or not self._alive.any():
                break
        self._end(np.flatnonzero(self._alive).tolist(), [*reversed(recent)])
        first = self._losses[0]
        half = self._losses.get(self._half, first)  # not recorded only if all rates ended before
        losses, ends = np.array([*self._losses.values()]), []
        for row in range(len(spec.lrs)):
            last = self._last[row]
            seen = Seen(first[row].item(), half[row].item(), last.loss, self._ways[row])
            ends.append(End(last, losses[:, row].tolist(), seen))
        return ends

    def _settle(self, step: Step, recent: deque[Step]) -> None:
        """Observe a step, end the rates that are no longer finite, and keep the losses of recorded
        steps.
        """
        known = step.loss if self._whole is None else None
        finite = np.isfinite(step.loss.double().numpy())
        if step.number in self._recorded:
            known = step.loss if self._whole is None else self._whole(step.params)
            losses = known.double().numpy()
            finite &= np.isfinite(losses)
            if step.number in self._kept:
                self._losses[step.number] = losses
        self._watch.add(step, known)
        if self._held_out is not None:
            finite &= np.isfinite(self._held_out.loss(step.params.T.double().numpy()))
        ended = np.flatnonzero(self._alive & ~finite).tolist()
        if ended:
            self._end(ended, [*reversed(recent), *self._last_record])
        self._alive = self._alive & finite

    def _end(self, rows: list[int], steps: Sequence[Step]) -> None:
        """End these rates, each at the first of these steps whose loss on all points is finite."""
        for row, way in zip(rows, self._watch.ways(rows), strict=True):
            self._last[row] = self._first_finite(row, steps)
            self._ways[row] = way

    def _first_finite(self, row: int, steps: Sequence[Step]) -> Record:
        """Return the record of the first of these steps whose loss on all points is finite.

        Raises NoStartError if no step has a finite loss.
        """
        for step in steps:
            params = step.params[:, row]
            loss = (step.loss[row] if self._whole is None else self._whole(params)).item()
            if np.isfinite(loss):
                # a copy, because a view would keep the parameters of all rates in memory
                return Record(step.number, loss, params.double().numpy().copy())
        raise NoStartError


def run(task: Task, spec: ResolvedSweep, end: End, descent: Descent) -> Run:
    """Return the result for one rate."""
    judged = verdict(task, descent, end.seen)
    return Run(
        lr=descent.lr,
        loss=descent.loss,
        validation_loss=descent.validation,
        outcome=descent.outcome,
        diverged_at=descent.diverged_at,
        converged=judged.reach == "converged",
        verdict=judged,
        losses=finite_losses(spec, end),
    )


def finite_losses(spec: ResolvedSweep, end: End) -> list[float] | None:
    """Return the losses of one rate as a fit would report them, or None if they are not requested.

    They are the losses recorded up to the last finite step, and the loss of that step.
    """
    last = end.last.step
    if "losses" not in spec.include:
        return None
    if last == spec.steps:
        return end.losses
    recorded = end.losses[: last // spec.every + 1]
    if last % spec.every == 0:
        return recorded
    return [*recorded, end.last.loss]


def best(runs: list[Run]) -> BestRun | None:
    """Return the run with the lowest validation loss, or None if every rate diverged. Without
    held-out points, compare the losses.
    """
    completed = [run for run in runs if run.outcome == "completed"]
    lowest = min(
        completed,
        key=lambda run: run.loss if run.validation_loss is None else run.validation_loss,
        default=None,
    )
    return BestRun(lowest.lr, lowest.loss, lowest.validation_loss) if lowest else None


def exact(problem: QuadraticProblem, held_out: HeldOut | None) -> BestRun:
    """Return the rate below the limit that ends lowest, with its losses."""
    outlook, validation = problem.outlook, None
    end = problem.closed_form([problem.best]).params(np.array([[float(outlook.steps)]]))[0]
    if held_out is not None:
        (validation,) = finite(held_out.loss(end).tolist(), "losses on the held-out points")
    return BestRun(problem.best, problem.loss_after(problem.best, outlook.steps), validation)
