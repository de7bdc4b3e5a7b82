"""The question of a worker that builds a large answer from the stored events of a job."""

from collections.abc import Sequence
from dataclasses import dataclass
from pickle import PickleBuffer
from typing import ClassVar, Self

from service.descent.questions.points import Buffer

BYTE_SECONDS = 2e-8
"""The predicted CPU seconds for each byte of the events."""


@dataclass(frozen=True)
class StoredAnswer:
    """The answer of a job, of which the log and the last event are stored."""

    label: ClassVar[str] = "result"
    """The name of the question in metrics."""
    chosen_solver: ClassVar[None] = None
    """No step is made."""
    likeness: ClassVar[None] = None
    """The answer is built alone."""
    numbers_in_answer: ClassVar[int] = 0
    """There is room for the answer before its events are read."""

    kind: str
    """`fit`, `sweep` or `series`."""
    log: Sequence[Buffer]
    """The losses of a fit, or the blocks of series."""
    ending: Sequence[Buffer]
    """The last event, in parts."""
    fields: frozenset[str] | None
    """The members of the answer to send, or None for all."""

    @property
    def seconds(self) -> float:
        """The predicted CPU seconds."""
        return BYTE_SECONDS * sum(map(len, (*self.log, *self.ending)))

    def __reduce__(self) -> tuple[type[Self], tuple[object, ...]]:
        """Let pickle leave the events where they are: they follow the question."""
        log, ending = ([*map(PickleBuffer, each)] for each in (self.log, self.ending))
        return type(self), (self.kind, log, ending, self.fields)
