"""Requests to a worker: questions, parts of their answers, and the answers of stored jobs."""

from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass
from pickle import PickleBuffer
from typing import Any, ClassVar, Self

from service.descent.questions.options import Solver
from service.descent.questions.points import Buffer
from service.descent.questions.series import SeriesQuestion
from service.descent.questions.setting import Question

BYTE_SECONDS = 2e-8
"""The predicted CPU seconds for each byte of the events of a job."""
AnyQuestion = Question | SeriesQuestion
"""A request of which a worker can answer all or a part."""


@dataclass(frozen=True)
class Excerpt:
    """A question of whose answer only these top-level members are sent."""

    question: AnyQuestion
    fields: frozenset[str]

    @property
    def label(self) -> str:
        """The name of the question in metrics."""
        return self.question.label

    @property
    def chosen_solver(self) -> Solver | None:
        """The solver that is used, or None if no step is made."""
        return self.question.chosen_solver

    @property
    def likeness(self) -> Hashable:
        """The likeness of the question."""
        return self.question.likeness


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


Asked = AnyQuestion | Excerpt | StoredAnswer
"""A request to a worker."""


def question_of(asked: Asked) -> AnyQuestion | StoredAnswer:
    """Return the question itself."""
    return asked.question if isinstance(asked, Excerpt) else asked


def fields_of(asked: Asked) -> frozenset[str] | None:
    """Return the members of the answer to send, or None for all."""
    return asked.fields if isinstance(asked, Excerpt) else None


def only(members: dict[str, Any], fields: Collection[str] | None) -> dict[str, Any]:
    """Return these members of an answer, or all of them for None."""
    if fields is None:
        return members
    return {name: value for name, value in members.items() if name in fields}
