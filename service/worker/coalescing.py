"""The steps of a stream as they are sent: fast steps are joined, and long blocks are split."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from math import inf
from time import perf_counter

from service.descent.answers.events import Event, Steps
from service.pool.scheduling import COALESCE_SECONDS


def unsent(happened: Iterable[Event], after: int, most: int) -> Iterator[Steps]:
    """Yield the steps after `after`, in parts of at most `most` steps."""
    for event in happened:
        if isinstance(event, Steps):
            for first in range(bisect_right(event.step, after), len(event.step), most):
                yield event.part(slice(first, first + most))


def gathered(blocks: Iterable[Steps], most: int) -> Iterator[Steps]:
    """Yield the first steps at once, then join the steps that come within COALESCE_SECONDS, up to
    `most` steps.
    """
    waiting: list[Steps] = []
    count, sent_at = 0, -inf
    for block in blocks:
        if waiting and count + len(block.step) > most:
            yield Steps.joined(waiting)
            waiting, count, sent_at = [], 0, perf_counter()
        waiting.append(block)
        count += len(block.step)
        if count == most or perf_counter() - sent_at >= COALESCE_SECONDS:
            yield Steps.joined(waiting)
            waiting, count, sent_at = [], 0, perf_counter()
    if waiting:
        yield Steps.joined(waiting)
