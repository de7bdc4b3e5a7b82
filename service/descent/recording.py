"""Which steps of a trajectory are kept, and where a diverging one ends: with its last finite step."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import isfinite

import numpy as np

from service.descent.arrays import Array
from service.descent.exact import ClosedForm
from service.descent.loop import Step

BLOCK = 1000


@dataclass(frozen=True)
class Records:
    """r recorded steps: step and loss of length r, params and gradients (r, p) in the coordinates stepped in."""

    step: list[int]
    loss: list[float]
    params: Array
    gradients: Array | None

    def head(self, end: int) -> "Records":
        """The first `end` of them."""
        return Records(self.step[:end], self.loss[:end], self.params[:end], None if self.gradients is None else self.gradients[:end])

    def record(self, i: int) -> "Record":
        """The i-th of them."""
        return Record(self.step[i], self.loss[i], self.params[i])


@dataclass(frozen=True)
class Record:
    """One recorded step, params (p,)."""

    step: int
    loss: float
    params: Array


def record_loop(descent: Iterable[Step], *, steps: int, every: int, gradients: bool) -> Iterator[Records]:
    """One record at a time, as it happens."""
    unrecorded: Step | None = None
    for step in descent:
        if not isfinite(step.loss):
            break
        unrecorded = step
        if step.number % every == 0 or step.number == steps:
            yield _single(step, gradients=gradients)
            unrecorded = None
    if unrecorded is not None:
        yield _single(unrecorded, gradients=gradients)


def record_exact(descent: ClosedForm, *, steps: int, every: int, gradients: bool) -> Iterator[Records]:
    """Blocks of 1,000 records, aligned at record 0: other sizes would differ in the last bit."""
    numbers = [*range(0, steps, every), steps]
    finite = -1
    for first in range(0, len(numbers), BLOCK):
        block = _block(descent, numbers[first : first + BLOCK], gradients=gradients)
        end = next((i for i, loss in enumerate(block.loss) if not isfinite(loss)), None)
        if end is None:
            finite = block.step[-1]
            yield block
            continue
        if end > 0:
            finite = block.step[end - 1]
            yield block.head(end)
        last = _last_finite(descent, finite, block.step[end])
        if last > finite:
            yield _block(descent, [last], gradients=gradients)
        return


def _block(descent: ClosedForm, numbers: list[int], *, gradients: bool) -> Records:
    step = _column(numbers)
    return Records(numbers, descent.loss(step).tolist(), descent.params(step), descent.gradients(step) if gradients else None)


def _single(step: Step, *, gradients: bool) -> Records:
    params, gradient = (tensor[None].double().numpy() for tensor in (step.params, step.gradient))
    return Records([step.number], [step.loss], params, gradient if gradients else None)


def _last_finite(descent: ClosedForm, finite: int, infinite: int) -> int:
    """The last step before `infinite` with a finite loss: a mode that has overflowed stays so."""
    between = range(finite + 1, infinite)
    return finite + bisect_left(between, 1, key=lambda step: not isfinite(descent.loss(_column([step])).item()))


def _column(numbers: list[int]) -> Array:
    return np.array(numbers, dtype=float)[:, None]
