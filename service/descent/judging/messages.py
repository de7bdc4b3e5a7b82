"""Messages, which are made of sentences. A situation has tables, and each table gives the first
sentence that is true.
"""

from collections.abc import Callable, Sequence
from string import Formatter
from typing import Generic, TypeVar

from service.descent.answers.explanation import Facts, Message
from service.descent.judging.writing import TEXTS, with_particles
from service.descent.readonly import readonly

Run = TypeVar("Run")
"""A descent that has ended."""


@readonly
class Sentence(Generic[Run]):
    """A sentence in English and Korean, with fields, and the condition under which it is true."""

    name: str
    holds: Callable[[Run], bool]
    en: str
    ko: str

    def __post_init__(self) -> None:
        """Find the names of the fields."""
        parsed = Formatter().parse(self.en + self.ko)
        self.fields = {field for _, field, _, _ in parsed if field}


Table = Sequence[Sentence[Run]]


@readonly
class Situation(Generic[Run]):
    """A condition, and the tables that give the sentences if it holds."""

    holds: Callable[[Run], bool]
    tables: Sequence[Table[Run]]


def always(_: object) -> bool:
    """Return True: the condition of the last sentence of a table, true if none before is."""
    return True


def described(
    run: Run, facts: Facts, situations: Sequence[Situation[Run]], asides: Sequence[Table[Run]]
) -> Message:
    """Return the message about a descent: the sentences of the first situation that holds, and the
    asides. A table of which no sentence is true gives none.
    """
    situation = next(each for each in situations if each.holds(run))
    chosen = []
    for table in (*situation.tables, *asides):
        for sentence in table:
            if sentence.holds(run):
                chosen.append(sentence)
                break
    return written(chosen, facts)


def written(sentences: Sequence[Sentence[Run]], facts: Facts) -> Message:
    """Return sentences in English and Korean, one after the other, with their numbers."""
    texts = {field: TEXTS[field](facts) for each in sentences for field in each.fields}
    english = " ".join([each.en for each in sentences]).format_map(texts)
    korean = " ".join([each.ko for each in sentences]).format_map(texts)
    return Message(english, with_particles(korean))
