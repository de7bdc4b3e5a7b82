"""A comparison of several learning rates on one problem, by one descent at all of them."""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import torch

from service.descent.answers.explanation import Verdict
from service.descent.answers.results import BestRun, Run, Sweep
from service.descent.arrays import Array, Integers, Mask
from service.descent.errors import NoStartError, finite
from service.descent.judging import observed
from service.descent.judging.verdict import Descent, check_outcome, diverged_at, judge_exact
from service.descent.loop.lecture import DTYPES, Step
from service.descent.quadratic.problem import QuadraticProblem
from service.descent.questions.sweep import SweepSpec
from service.descent.readonly import readonly
from service.descent.task import Task, prepare
from service.descent.watching.observation import LAST_STEPS, Observer, Seen
from service.descent.watching.recording import MAX_STEPS_KEPT, HeldOut, last_finite

LOSSES_AT_ONCE = 100_000
"""The number of losses that are computed at once."""
VALUES_AT_ONCE = 2_000_000
"""The number of values that the loop holds at once, of the points or of the steps that it keeps."""


def sweep(spec: SweepSpec) -> Sweep:
    """Return one run per rate, the best of the runs, and the exact best rate.

    Raises NotComputableError if the descent cannot start, if a rate is outside the range of the
    precision, or if only the loss on the held-out points overflows.
    """
    task = prepare(spec, spec.precision)
    problem, held_out = task.exact_problem, task.held_out
    for lr in spec.lrs:
        task.rate(lr)
    if spec.chosen_solver == "exact":
        assert problem
        ends = by_closed_form(problem, spec, held_out)
    else:
        ends = by_loop(task, spec, held_out)
    if ends.step.min() < 0:
        raise NoStartError
    made = descents(spec, ends, held_out)
    for descent in made:
        check_outcome(problem, descent)
    runs = [
        Run(
            lr=descent.lr,
            loss=descent.loss,
            validation_loss=descent.validation,
            outcome=descent.outcome,
            diverged_at=descent.diverged_at,
            verdict=verdict(task, descent, ends, row),
            losses=finite_part(spec, ends, row),
        )
        for row, descent in enumerate(made)
    ]
    return Sweep(
        runs=runs,
        best=best(runs),
        exact=exact(problem, held_out) if problem else None,
        resolved=spec.resolved(scale=task.curves.scale),
    )


@readonly
class Ends:
    """The last finite step of each descent.

    `step` (rates,) is -1 if no step is finite. `loss` (rates,) and `params` (rates, p) are those of
    that step. `losses` are all recorded losses of each rate, finite or not, if they are requested.
    `seen` holds the observations of descents that have no closed form.
    """

    step: Integers
    loss: Array
    params: Array
    losses: Sequence[Array] | None
    seen: Sequence[Seen] | None


def by_closed_form(problem: QuadraticProblem, spec: SweepSpec, held_out: HeldOut | None) -> Ends:
    """Return where each rate ends, without making the steps before it."""
    descent = problem.closed_form(np.array(spec.lrs)[:, None, None])
    rates, losses = len(spec.lrs), None
    step = last_finite(
        descent, held_out, finite=np.full(rates, -1), infinite=np.full(rates, spec.steps + 1)
    )
    last = np.maximum(step, 0)[:, None, None].astype(float)
    if "losses" in spec.include:
        recorded, block = np.array(spec.recorded, dtype=float), max(1, LOSSES_AT_ONCE // rates)
        parts = np.split(recorded[:, None], range(block, len(recorded), block))
        losses = [*np.concatenate([descent.loss(part) for part in parts], axis=1)]
    return Ends(step, descent.loss(last)[:, 0], descent.params(last)[:, 0], losses, None)


def by_loop(task: Task, spec: SweepSpec, held_out: HeldOut | None) -> Ends:
    """Return where each rate ends, found by making every step. Rates run together, in groups whose
    values fit into memory.
    """
    steps_kept = MAX_STEPS_KEPT if task.whole else LAST_STEPS
    values = max(
        len(task.sample.split.training.t) * spec.model.width, 2 * steps_kept * spec.model.size
    )
    size = max(1, VALUES_AT_ONCE // values)
    parts = [
        Lanes(task, replace(spec, lrs=spec.lrs[first : first + size]), held_out).ends()
        for first in range(0, len(spec.lrs), size)
    ]
    return Ends(
        step=np.concatenate([part.step for part in parts]),
        loss=np.concatenate([part.loss for part in parts]),
        params=np.concatenate([part.params for part in parts]),
        losses=[losses for part in parts for losses in part.losses or ()] or None,
        seen=[seen for part in parts for seen in part.seen or ()] or None,
    )


class Lanes:
    """The lecture's steps at several rates, one column per rate. Each rate ends on its own."""

    def __init__(self, task: Task, spec: SweepSpec, held_out: HeldOut | None) -> None:
        self._task, self._spec, self._held_out = task, spec, held_out
        self._whole = task.whole
        self._recorded = set(spec.recorded)
        self._half = spec.steps // 2 - spec.steps // 2 % spec.every
        self._kept = self._recorded if "losses" in spec.include else {0, self._half}
        rates = len(spec.lrs)
        self._alive: Mask = np.ones(rates, dtype=bool)
        self._step: Integers = np.full(rates, -1)
        self._loss, self._params = np.zeros(rates), np.zeros((rates, len(task.start)))
        self._losses: dict[int, Array] = {}
        self._last_record: list[Step] = []

    def ends(self) -> Ends:
        """Make the steps and return where each rate ends."""
        spec, observer, computed = self._spec, Observer(), self._task.exact_problem is not None
        descent = self._task.descend(torch.tensor(spec.lrs, dtype=DTYPES[spec.precision]))
        recent: deque[Step] = deque(maxlen=MAX_STEPS_KEPT if self._whole else 1)
        for step in descent if computed else observer.over(descent):
            self._settle(step, recent)
            recent.append(step)
            if step.number in self._recorded:
                self._last_record = [step]
            if step.number == spec.steps or not self._alive.any():
                break
        for row in np.flatnonzero(self._alive).tolist():
            self._end(row, [recent[-1]])
        return Ends(
            step=self._step,
            loss=self._loss,
            params=self._params,
            losses=[*np.array([*self._losses.values()]).T] if "losses" in spec.include else None,
            seen=None if computed else self._seen(observer.cosines()),
        )

    def _settle(self, step: Step, recent: Sequence[Step]) -> None:
        """End the rates that are no longer finite, and keep the losses of recorded steps."""
        finite = np.isfinite(step.loss.double().numpy())
        if step.number in self._recorded:
            loss = step.loss if self._whole is None else self._whole(step.params)
            losses = loss.double().numpy()
            finite &= np.isfinite(losses)
            if step.number in self._kept:
                self._losses[step.number] = losses
        if self._held_out is not None:
            finite &= np.isfinite(self._held_out.loss(step.params.T.double().numpy()))
        for row in np.flatnonzero(self._alive & ~finite).tolist():
            self._end(row, [*reversed(recent), *self._last_record])
        self._alive = self._alive & finite

    def _end(self, row: int, steps: Iterable[Step]) -> None:
        """End a rate at the first of these steps whose loss on all points is finite."""
        for step in steps:
            params = step.params[:, row]
            loss = (step.loss[row] if self._whole is None else self._whole(params)).item()
            if np.isfinite(loss):
                self._step[row], self._loss[row] = step.number, loss
                self._params[row] = params.double().numpy()
                return

    def _seen(self, cosines: Array) -> list[Seen]:
        half = self._losses.get(self._half, self._loss)
        columns = (self._losses[0], half, self._loss, cosines.T)
        return [Seen(*row) for row in zip(*(each.tolist() for each in columns), strict=True)]


def descents(spec: SweepSpec, ends: Ends, held_out: HeldOut | None) -> list[Descent]:
    """Return how each rate ended, in the order of the request."""
    validation = [None] * len(spec.lrs) if held_out is None else held_out.loss(ends.params).tolist()
    rows = zip(spec.lrs, ends.step.tolist(), ends.loss.tolist(), validation, strict=True)
    return [
        Descent(
            lr=lr,
            steps=spec.steps,
            loss=loss,
            diverged_at=diverged_at(last, spec.steps),
            validation=held,
        )
        for lr, last, loss, held in rows
    ]


def verdict(task: Task, descent: Descent, ends: Ends, row: int) -> Verdict:
    """Return the verdict on one rate: computed if there is a closed form, observed otherwise."""
    if ends.seen is not None:
        return observed.judge(task, descent, ends.seen[row])
    assert task.exact_problem
    return judge_exact(task.exact_problem, descent)


def finite_part(spec: SweepSpec, ends: Ends, row: int) -> list[float] | None:
    """Return the losses of one rate as a fit would report them, or None if they are not requested.

    They are the losses recorded up to the last finite step, and the loss of that step.
    """
    if ends.losses is None:
        return None
    last, losses = int(ends.step[row]), ends.losses[row].tolist()
    if last == spec.steps:
        return list(losses)
    recorded = list(losses[: last // spec.every + 1])
    return recorded if last % spec.every == 0 else [*recorded, float(ends.loss[row])]


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
    end = problem.closed_form(problem.best).params(np.array([[float(outlook.steps)]]))
    if held_out is not None:
        (validation,) = finite(held_out.loss(end).tolist(), "losses on the held-out points")
    return BestRun(problem.best, outlook.lowest + outlook.left_at_best, validation)
