"""One descent at several rates at once, and the end of each of them."""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from service.descent.arrays import Array, Integers, Mask
from service.descent.frozen import readonly
from service.descent.loop.lecture import DTYPES, Step
from service.descent.quadratic.closed_form import ClosedForm
from service.descent.quadratic.problem import QuadraticProblem
from service.descent.questions.specs import SweepSpec
from service.descent.task import Task
from service.descent.watching.observation import LAST_STEPS, Observer, Seen
from service.descent.watching.recording import MAX_STEPS_KEPT, HeldOut, last_finite

LOSSES_AT_ONCE = 100_000
"""The number of losses that are computed at once."""
VALUES_AT_ONCE = 2_000_000
"""The number of values that the loop holds at once, of the points or of the steps that it keeps."""


@readonly
class Ends:
    """The last finite step of each descent.

    `step` (rates,) is -1 if no step is finite. `loss` (rates,) and `params` (rates, p) are those of
    that step. `losses` (rates, records) are all recorded losses, finite or not, if they are
    requested. `seen` holds the observations of descents that have no closed form.
    """

    step: Integers
    loss: Array
    params: Array
    losses: Array | None
    seen: Sequence[Seen] | None


def find_ends(task: Task, spec: SweepSpec, held_out: HeldOut | None) -> Ends:
    """Return where each rate ends, found by the requested solver."""
    if spec.chosen_solver == "exact":
        assert task.exact_problem
        return by_closed_form(task.exact_problem, spec, held_out)
    return by_loop(task, spec, held_out)


def by_closed_form(problem: QuadraticProblem, spec: SweepSpec, held_out: HeldOut | None) -> Ends:
    """Return where each rate ends, without making the steps before it."""
    descent = problem.closed_form(np.array(spec.lrs)[:, None, None])
    rates = len(spec.lrs)
    step = last_finite(
        descent, held_out, finite=np.full(rates, -1), infinite=np.full(rates, spec.steps + 1)
    )
    last = np.maximum(step, 0)[:, None, None].astype(float)
    losses = recorded_losses(descent, spec) if "losses" in spec.include else None
    return Ends(step, descent.loss(last)[:, 0], descent.params(last)[:, 0], losses, None)


def recorded_losses(descent: ClosedForm, spec: SweepSpec) -> Array:
    """Return the recorded losses (rates, records)."""
    steps = np.array(spec.recorded, dtype=float)[:, None]
    block = max(1, LOSSES_AT_ONCE // len(spec.lrs))
    return np.concatenate(
        [descent.loss(steps[first : first + block]) for first in range(0, len(steps), block)],
        axis=1,
    )


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
    losses = [part.losses for part in parts if part.losses is not None]
    return Ends(
        step=np.concatenate([part.step for part in parts]),
        loss=np.concatenate([part.loss for part in parts]),
        params=np.concatenate([part.params for part in parts]),
        losses=np.concatenate(losses) if losses else None,
        seen=None if task.exact_problem else [seen for part in parts for seen in part.seen or ()],
    )


class Lanes:
    """The lecture's steps at several rates, one column per rate. Each rate ends on its own."""

    def __init__(self, task: Task, spec: SweepSpec, held_out: HeldOut | None) -> None:
        self._task = task
        self._spec = spec
        self._held_out = held_out
        self._whole = task.whole
        self._recorded = set(spec.recorded)
        self._half = spec.steps // 2 - spec.steps // 2 % spec.every
        rates = len(spec.lrs)
        self._alive: Mask = np.ones(rates, dtype=bool)
        self._step: Integers = np.full(rates, -1)
        self._loss, self._params = np.zeros(rates), np.zeros((rates, len(task.start)))
        self._losses: list[Array] = []
        self._records: list[Step] = []
        self._first = self._middle = self._loss

    def ends(self) -> Ends:
        """Make the steps and return where each rate ends."""
        spec, observer = self._spec, Observer()
        descent = self._task.descend(torch.tensor(spec.lrs, dtype=DTYPES[spec.precision]))
        if not self._task.exact_problem:
            descent = observer.over(descent)
        recent: deque[Step] = deque(maxlen=MAX_STEPS_KEPT if self._whole else 1)
        for step in descent:
            self._settle(step, recent)
            recent.append(step)
            if step.number in self._recorded:
                self._records = [step]
            if step.number == spec.steps or not self._alive.any():
                break
        for row in np.flatnonzero(self._alive).tolist():
            self._end(row, [recent[-1]])
        return Ends(
            step=self._step,
            loss=self._loss,
            params=self._params,
            losses=np.array(self._losses).T if "losses" in spec.include else None,
            seen=None if self._task.exact_problem else self._seen(observer.cosines()),
        )

    def _settle(self, step: Step, recent: Iterable[Step]) -> None:
        """End the rates that are no longer finite, and keep the losses of recorded steps."""
        finite = np.isfinite(step.loss.double().numpy())
        if step.number in self._recorded:
            losses = self._loss_of_all(step.params, step.loss).double().numpy()
            finite &= np.isfinite(losses)
            self._keep(step.number, losses)
        if self._held_out is not None:
            finite &= np.isfinite(self._held_out.loss(step.params.T.double().numpy()))
        for row in np.flatnonzero(self._alive & ~finite).tolist():
            self._end(row, [*reversed([*recent]), *self._records])
        self._alive = self._alive & finite

    def _keep(self, number: int, losses: Array) -> None:
        if "losses" in self._spec.include:
            self._losses.append(losses)
        if number == 0:
            self._first = losses
        if number == self._half:
            self._middle = losses

    def _end(self, row: int, steps: Iterable[Step]) -> None:
        """End a rate at the first of these steps whose loss on all points is finite."""
        for step in steps:
            params = step.params[:, row]
            loss = self._loss_of_all(params, step.loss[row]).item()
            if np.isfinite(loss):
                self._step[row], self._loss[row] = step.number, loss
                self._params[row] = params.double().numpy()
                return

    def _loss_of_all(self, params: Tensor, loss: Tensor) -> Tensor:
        """Return the loss of all points at these parameters, where `loss` is that of the step."""
        if self._whole is None:
            return loss
        return self._whole(params)

    def _seen(self, cosines: Array) -> list[Seen]:
        rows = zip(
            self._first.tolist(),
            self._middle.tolist(),
            self._loss.tolist(),
            cosines.T.tolist(),
            strict=True,
        )
        return [Seen(*row) for row in rows]
