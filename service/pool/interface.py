"""The interface of a pool of workers, as the API and the jobs use it."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Protocol

from service.descent.questions.fit import StreamSpec
from service.descent.questions.setting import Question
from service.pool.frames import EventBytes
from service.pool.stats import Load


class FitPool(Protocol):
    """A pool that answers questions.

    `Pool` does so in worker processes of its own. Tests use a pool that needs no processes.
    """

    @property
    def replaced(self) -> Mapping[str, int]:
        """The number of workers that were replaced, by how they ended: `died` or `killed`."""

    @property
    def ready(self) -> bool:
        """True if every worker is warm."""

    @property
    def kind(self) -> str | None:
        """The kind of the workers, or None until it is known.

        Workers of the same kind give bit-identical answers.
        """

    @property
    def load(self) -> Load:
        """The current load of the pool."""

    @property
    def full(self) -> bool:
        """True if not even a small fit may wait."""

    async def answer(self, question: Question, cost: float) -> bytes:
        """Return the answer as JSON or as a picture. `cost` is in predicted CPU seconds.

        Raises one of PoolError.
        """

    def stream(self, spec: StreamSpec, cost: float) -> AsyncGenerator[EventBytes, None]:
        """Yield the events of a fit as they happen. The last event is `done`.

        Raises one of PoolError.
        """

    def batches(self, spec: StreamSpec, cost: float) -> AsyncGenerator[Sequence[EventBytes], None]:
        """Yield the events of `stream` in batches: each batch holds all events that are available.

        Raises one of PoolError.
        """
