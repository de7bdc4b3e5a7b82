"""Questions of whose answer only a part is sent."""

from collections.abc import Collection, Hashable
from dataclasses import dataclass
from typing import Any

from service.descent.questions.options import Solver
from service.descent.questions.series import SeriesQuestion
from service.descent.questions.setting import Question
from service.descent.questions.stored import StoredAnswer

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
