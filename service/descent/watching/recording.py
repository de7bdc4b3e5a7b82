"""The recorded steps of a trajectory. A trajectory that diverges ends with its last finite step."""

from collections import deque
from collections.abc import Iterable, Iterator
from math import isfinite
from typing import TypeVar

import numpy as np
from torch import Tensor

from service.descent.arrays import Array, Integers, Mask
from service.descent.loop.curves import Evaluation
from service.descent.loop.lecture import Step
from service.descent.quadratic.closed_form import ClosedForm
from service.descent.quadratic.problem import Compressed
from service.descent.questions.records import recorded
from service.descent.readonly import readonly

BLOCK_RECORDS = 1000
MAX_STEPS_KEPT = 200
"""The maximum number of steps kept between two records. They are needed because the loss of all
points can overflow before the loss of a batch shows it.
"""

HeldOut = Evaluation | Compressed
"""The loss of the held-out points: (r,) for params (r, p). A loss that overflows is not finite."""

Column = TypeVar("Column", list[float], Array)


@readonly
class Record:
    """The record of one step, with params (p,)."""

    step: int
    loss: float
    params: Array
    validation: float | None = None


@readonly
class Records:
    """The records of r steps: step, loss and validation loss of length r, params and gradients (r,
    p) in the coordinates of the descent.

    `batch` holds the losses of the steps' own batches, unless every step sees all points.
    """

    step: list[int]
    loss: list[float]
    validation: list[float] | None
    params: Array
    gradients: Array | None
    batch: list[float] | None = None

    @property
    def deciding(self) -> list[float]:
        """The losses that decide which step is best: the validation losses, if there are any."""
        if self.validation is None:
            return self.loss
        return self.validation

    def part(self, part: slice) -> "Records":
        """Return a slice of these records."""
        return Records(
            step=self.step[part],
            loss=self.loss[part],
            validation=_part(self.validation, part),
            params=self.params[part],
            gradients=_part(self.gradients, part),
            batch=_part(self.batch, part),
        )

    def finite(self) -> int:
        """Return the number of records before the first loss that is not finite."""
        if all(map(isfinite, self.loss)) and all(map(isfinite, self.validation or ())):
            return len(self.step)
        return next(
            i
            for i, losses in enumerate(zip(self.loss, self.deciding, strict=True))
            if not all(map(isfinite, losses))
        )

    def best(self) -> Record:
        """Return the record with the lowest deciding loss; the first if there are several."""
        losses = self.deciding
        i = losses.index(min(losses))
        return Record(self.step[i], losses[i], self.params[i])

    def last(self) -> Record:
        """Return the last record, with its loss and its validation loss."""
        validation = None
        if self.validation is not None:
            validation = self.validation[-1]
        return Record(self.step[-1], self.loss[-1], self.params[-1], validation)


def _part(column: Column | None, part: slice) -> Column | None:
    if column is None:
        return None
    return column[part]


@readonly
class Selection:
    """The selection of steps to record: every `every`-th step up to `steps`, and the last, with or
    without gradients and validation losses.

    `whole` is the loss of all training points if a step sees only a batch of them.
    """

    steps: int
    every: int
    gradients: bool = False
    held_out: HeldOut | None = None
    whole: Evaluation | None = None

    def at(self, step: int) -> bool:
        """Return whether this step is recorded."""
        return step % self.every == 0 or step == self.steps


def record_loop(descent: Iterable[Step], selection: Selection) -> Iterator[Records]:
    """Yield one record at a time. Between records, only check that losses are finite."""
    unrecorded: deque[Step] = deque(maxlen=MAX_STEPS_KEPT if selection.whole else 1)
    for step in descent:
        if selection.at(step.number):
            records = _single(step, selection)
            if not records.finite():
                break
            yield records
            unrecorded.clear()
        elif isfinite(step.loss.item()):
            unrecorded.append(step)
        else:
            break
        if step.number == selection.steps:
            return
    # the loss of a batch may be finite although the loss of all points is not
    for step in reversed(unrecorded):
        records = _single(step, selection)
        if records.finite():
            yield records
            return


def record_exact(descent: ClosedForm, selection: Selection) -> Iterator[Records]:
    """Yield blocks of 1,000 records, aligned at record 0. With other block sizes the results would
    differ in the last bit.
    """
    numbers = recorded(selection.steps, selection.every)
    last = -1
    for first in range(0, len(numbers), BLOCK_RECORDS):
        block = _block(descent, numbers[first : first + BLOCK_RECORDS], selection)
        finite = block.finite()
        if finite == len(block.step):
            last = block.step[-1]
            yield block
            continue
        if finite:
            last = block.step[finite - 1]
            yield block.part(slice(finite))
        end = last_finite(
            descent,
            selection.held_out,
            finite=np.array([last]),
            infinite=np.array([block.step[finite]]),
        ).item()
        if end > last:
            yield _block(descent, [end], selection)
        return


def _block(descent: ClosedForm, numbers: list[int], selection: Selection) -> Records:
    step = np.array(numbers, dtype=float)[:, None]
    params, validation, gradients = descent.params(step), None, None
    if selection.held_out:
        validation = selection.held_out.loss(params).tolist()
    if selection.gradients:
        gradients = descent.gradients(step)
    return Records(numbers, descent.loss(step).tolist(), validation, params, gradients)


def _single(step: Step, selection: Selection) -> Records:
    params, loss, validation, gradients, batch = _row(step.params), step.loss, None, None, None
    if selection.whole:
        loss, batch = selection.whole(step.params), [step.loss.item()]
    if selection.held_out:
        validation = selection.held_out.loss(params).tolist()
    if selection.gradients and selection.whole:
        gradients = _row(selection.whole.gradient(step.params))
    elif selection.gradients:
        gradients = _row(step.gradient)
    return Records([step.number], [loss.item()], validation, params, gradients, batch)


def _row(tensor: Tensor) -> Array:
    row: Array = tensor[None].double().numpy()
    return row


def last_finite(
    descent: ClosedForm, held_out: HeldOut | None, *, finite: Integers, infinite: Integers
) -> Integers:
    """Return the last step (rates,) with finite losses, by bisection between a step that has them
    and a later one that has not. A loss that has overflowed never becomes finite again.
    """
    while (infinite - finite).max() > 1:
        middle = (finite + infinite) // 2
        step = middle[:, None, None].astype(float)
        holds: Mask = np.isfinite(descent.loss(step)[:, 0])
        if held_out is not None:
            holds &= np.isfinite(held_out.loss(descent.params(step))[:, 0])
        finite, infinite = np.where(holds, middle, finite), np.where(holds, infinite, middle)
    return finite
