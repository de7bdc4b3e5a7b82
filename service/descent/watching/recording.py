"""The recorded steps of a trajectory. A trajectory that diverges ends with its last finite step."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from math import isfinite

import numpy as np
from torch import Tensor

from service.descent.arrays import Array, Integers, Mask
from service.descent.errors import NoStartError
from service.descent.loop.curves import Evaluation
from service.descent.loop.lecture import Step
from service.descent.quadratic.closed_form import ClosedForm, closed_form
from service.descent.quadratic.problem import Compressed, QuadraticProblem
from service.descent.questions.records import MAX_STEPS_KEPT, recorded
from service.descent.readonly import readonly

BLOCK_RECORDS = 1000

HeldOut = Evaluation | Compressed
"""The loss of the held-out points: (r,) for params (r, p). A loss that overflows is not finite."""


@readonly
class Record:
    """The record of one step, with params (p,)."""

    step: int
    loss: float
    params: Array
    validation: float | None = None


@readonly(kw_only=True)
class Records:
    """The records of r steps: step, loss and validation loss of length r, params and gradients (r,
    p) in the coordinates of the descent. What is not recorded is empty.

    `batch` holds the losses of the steps' own batches, unless every step sees all points.
    """

    step: list[int]
    loss: list[float]
    validation: list[float]
    params: Array
    gradients: Array
    batch: list[float]

    @property
    def deciding(self) -> list[float]:
        """The losses that decide which step is best: the validation losses, if there are any."""
        return self.validation or self.loss

    def part(self, part: slice) -> "Records":
        """Return a slice of these records."""
        return Records(
            step=self.step[part],
            loss=self.loss[part],
            validation=self.validation[part],
            params=self.params[part],
            gradients=self.gradients[part],
            batch=self.batch[part],
        )

    def finite(self) -> int:
        """Return the number of records before the first loss that is not finite."""
        if all(map(isfinite, self.loss)) and all(map(isfinite, self.validation)):
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
        validation = self.validation[-1] if self.validation else None
        return Record(self.step[-1], self.loss[-1], self.params[-1], validation)


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

    def validation(self, params: Array) -> list[float]:
        """Return the losses of params (r, p) on the held-out points, if there are any."""
        losses: list[float] = self.held_out.loss(params).tolist() if self.held_out else []
        return losses


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
    numbers, last = recorded(selection.steps, selection.every), -1
    for first in range(0, len(numbers), BLOCK_RECORDS):
        block = _block(descent, numbers[first : first + BLOCK_RECORDS], selection)
        finite = block.finite()
        if finite:
            last = block.step[finite - 1]
            yield block.part(slice(finite))
        if finite < len(block.step):
            overflowed = np.array([block.step[finite]])
            end = last_finite(
                descent, selection.held_out, finite=np.array([last]), infinite=overflowed
            ).item()
            if end > last:
                yield _block(descent, [end], selection)
            return


def record_stack(
    problems: Sequence[QuadraticProblem], rates: Sequence[float], selections: Sequence[Selection]
) -> list[Records | None]:
    """Return the records of several descents of the same size that record the same steps. It is
    None for a descent that diverges, and for all if they need more than one block.
    """
    first = selections[0]
    numbers = recorded(first.steps, first.every)
    if len(numbers) > BLOCK_RECORDS:
        return [None] * len(problems)
    descents = closed_form(
        [problem.modes for problem in problems],
        [problem.start for problem in problems],
        [problem.residual for problem in problems],
        rates,
        problems[0].sample.momentum,
    )
    blocks = _blocks(descents, numbers, selections)
    return [block if block.finite() == len(numbers) else None for block in blocks]


def _block(descent: ClosedForm, numbers: list[int], selection: Selection) -> Records:
    """Return the records of these steps of one descent."""
    (block,) = _blocks(descent, numbers, [selection])
    return block


def _blocks(
    descents: ClosedForm, numbers: list[int], selections: Sequence[Selection]
) -> list[Records]:
    """Return the records of the same steps of each descent."""
    step = np.array(numbers, dtype=float)[:, None]
    params, losses = descents.params(step), descents.loss(step).tolist()
    gradients = [np.empty(0)] * len(losses)
    if selections[0].gradients:
        gradients = [*descents.gradients(step)]
    return [
        Records(
            step=numbers,
            loss=losses[i],
            validation=selected.validation(params[i]),
            params=params[i],
            gradients=gradients[i],
            batch=[],
        )
        for i, selected in enumerate(selections)
    ]


def _single(step: Step, selection: Selection) -> Records:
    loss, gradient, whole = step.loss, step.gradient, selection.whole
    batch: list[float] = []
    if whole:
        loss, batch = whole(step.params), [step.loss.item()]
        if selection.gradients:
            gradient = whole.gradient(step.params)
    params = _row(step.params)
    return Records(
        step=[step.number],
        loss=[loss.item()],
        validation=selection.validation(params),
        params=params,
        gradients=_row(gradient) if selection.gradients else np.empty(0),
        batch=batch,
    )


def _row(tensor: Tensor) -> Array:
    row: Array = tensor[None].double().numpy()
    return row


def last_records(
    descent: ClosedForm, rates: int, steps: int, held_out: HeldOut | None
) -> list[Record]:
    """Return the last finite record of the descent at each of several rates, without those before.

    Raises NoStartError if not even the first loss is finite.
    """
    step = last_finite(
        descent, held_out, finite=np.full(rates, -1), infinite=np.full(rates, steps + 1)
    )
    if step.min() < 0:
        raise NoStartError
    at = step[:, None, None].astype(float)
    losses, params = descent.loss(at)[:, 0].tolist(), descent.params(at)[:, 0]
    return [*map(Record, step.tolist(), losses, params)]


def validated(records: list[Record], held_out: HeldOut | None) -> list[Record]:
    """Return the records with their losses on the held-out points, if there are any."""
    if held_out is None:
        return records
    losses = held_out.loss(np.array([record.params for record in records])).tolist()
    return [replace(record, validation=loss) for record, loss in zip(records, losses, strict=True)]


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
