"""What the API and the jobs ask of a pool of workers, wherever the fits are made."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Protocol

from service.descent.questions.specs import Question, StreamSpec
from service.pool.frames import Told
from service.pool.stats import Load


class FitPool(Protocol):
    """Fits questions. `Pool` does so in processes of its own; tests bring one that needs none."""

    @property
    def replaced(self) -> Mapping[str, int]:
        """The number of workers that were replaced, by the way they ended: `died` or `killed`."""

    @property
    def ready(self) -> bool:
        """Whether a fit would find every worker warm."""

    @property
    def kind(self) -> str | None:
        """The kind of the workers: those of one kind answer in the same bits. None until it is
        known.
        """

    @property
    def load(self) -> Load:
        """The work that there is now, and the workers for it."""

    @property
    def full(self) -> bool:
        """Whether not even a small fit may wait."""

    async def answer(self, question: Question, cost: float) -> bytes:
        """Return the answer as JSON or as a picture. `cost` is in predicted CPU seconds.

        Raises one of PoolError.
        """

    def stream(self, spec: StreamSpec, cost: float) -> AsyncGenerator[Told, None]:
        """Yield the events of a fit as they happen. The last event is `done`.

        Raises one of PoolError.
        """

    def batches(self, spec: StreamSpec, cost: float) -> AsyncGenerator[Sequence[Told], None]:
        """Yield the same events, all that are there at once.

        Raises one of PoolError.
        """
