"""The load of a pool, and the counting of its answers."""

from collections.abc import Callable

from service.descent.frozen import frozen
from service.descent.questions.setting import Question
from service.pool.frames import Tally

Count = Callable[[Question, Tally], None]
"""A function that is called with the question and the tally of every answer."""


@frozen(kw_only=True)
class Load:
    """The load of a pool at one moment, in numbers of workers and fits."""

    workers: int
    """The number of workers that the pool is meant to have."""
    warm: int
    busy: int
    waiting_limit: int
    """The number of fits that may wait while every worker is busy with a long fit."""
    waiting: int


def uncounted(_question: Question, _tally: Tally) -> None:
    """Ignore an answer. This is the default for a pool whose answers are not counted."""
