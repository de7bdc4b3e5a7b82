"""The recorded steps of a trajectory. A trajectory that diverges ends with its last finite step."""

from collections import deque
from collections.abc import Iterable, Iterator
from math import isfinite
from typing import TypeVar

import numpy as np
from torch import Tensor

from service.descent.arrays import Array, Integers, Mask
from service.descent.frozen import readonly
from service.descent.loop.curves import Evaluation
from service.descent.loop.lecture import Step
from service.descent.quadratic.closed_form import ClosedForm
from service.descent.questions.specs import recorded
from service.descent.watching.validation import HeldOut

BLOCK_RECORDS = 1000
MAX_STEPS_KEPT = 200
"""The maximum number of steps kept between two records. They are needed because the loss of all
points can overflow before the loss of a batch shows it.
"""

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
class Lens:
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


def record_loop(descent: Iterable[Step], lens: Lens) -> Iterator[Records]:
    """Yield one record at a time, as the steps are made. Steps between records are only checked for
    a finite loss.
    """
    unrecorded: deque[Step] = deque(maxlen=MAX_STEPS_KEPT if lens.whole else 1)
    for step in descent:
        if lens.at(step.number):
            records = _single(step, lens)
            if not records.finite():
                break
            yield records
            unrecorded.clear()
        elif isfinite(step.loss.item()):
            unrecorded.append(step)
        else:
            break
        if step.number == lens.steps:
            return
    yield from _last_finite(unrecorded, lens)


def _last_finite(steps: Iterable[Step], lens: Lens) -> Iterator[Records]:
    """Yield the last of these steps whose losses are finite. The loss of a batch may be finite
    although the loss of all points is not.
    """
    for step in reversed([*steps]):
        records = _single(step, lens)
        if records.finite():
            yield records
            return


def record_exact(descent: ClosedForm, lens: Lens) -> Iterator[Records]:
    """Yield blocks of 1,000 records, aligned at record 0. With other block sizes the results would
    differ in the last bit.
    """
    numbers = recorded(lens.steps, lens.every)
    last = -1
    for first in range(0, len(numbers), BLOCK_RECORDS):
        block = _block(descent, numbers[first : first + BLOCK_RECORDS], lens)
        finite = block.finite()
        if finite == len(block.step):
            last = block.step[-1]
            yield block
            continue
        if finite:
            last = block.step[finite - 1]
            yield block.part(slice(finite))
        end = last_finite(
            descent, lens.held_out, finite=np.array([last]), infinite=np.array([block.step[finite]])
        ).item()
        if end > last:
            yield _block(descent, [end], lens)
        return


def _block(descent: ClosedForm, numbers: list[int], lens: Lens) -> Records:
    step = np.array(numbers, dtype=float)[:, None]
    params, validation, gradients = descent.params(step), None, None
    if lens.held_out:
        validation = lens.held_out.loss(params).tolist()
    if lens.gradients:
        gradients = descent.gradients(step)
    return Records(numbers, descent.loss(step).tolist(), validation, params, gradients)


def _single(step: Step, lens: Lens) -> Records:
    params, loss, validation, gradients, batch = _row(step.params), step.loss, None, None, None
    if lens.whole:
        loss, batch = lens.whole(step.params), [step.loss.item()]
    if lens.held_out:
        validation = lens.held_out.loss(params).tolist()
    if lens.gradients and lens.whole:
        gradients = _row(lens.whole.gradient(step.params))
    elif lens.gradients:
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
        holds = _is_finite(descent, held_out, middle)
        finite, infinite = np.where(holds, middle, finite), np.where(holds, infinite, middle)
    return finite


def _is_finite(descent: ClosedForm, held_out: HeldOut | None, step: Integers) -> Mask:
    column = step[:, None, None].astype(float)
    finite: Mask = np.isfinite(descent.loss(column)[:, 0])
    if held_out is not None:
        finite &= np.isfinite(held_out.loss(descent.params(column))[:, 0])
    return finite
