"""What a pool has to do now, and what it has done."""

from collections.abc import Callable

from service.descent.frozen import frozen
from service.descent.questions.specs import Question
from service.pool.frames import Tally

Count = Callable[[Question, Tally], None]
"""Is told of every answer."""


@frozen(kw_only=True)
class Load:
    """Of a pool, at one moment."""

    workers: int
    """Those that there should be."""
    warm: int
    busy: int
    room: int
    """Fits that may wait behind long ones."""
    waiting: int


def uncounted(_question: Question, _tally: Tally) -> None:
    """Where nobody counts."""
