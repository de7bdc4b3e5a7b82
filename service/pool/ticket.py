"""A fit on its way through the pool."""

import asyncio
from dataclasses import dataclass

from service.descent.questions.specs import Question
from service.pool.errors import FailedError, FitTimeoutError, PoolError, RefusedError
from service.pool.frames import Kind, Reply

SMALL_SECONDS = 0.01
"""Predicted CPU seconds up to which a fit ends sooner than a worker is replaced."""


@dataclass(eq=False)
class Ticket:
    """`cost` is in predicted CPU seconds; a worker that takes `wall_clock_seconds` is ended.

    `losses` counts the workers that died in it, `patient_until` is the loop's time.
    """

    question: Question
    cost: float
    wall_clock_seconds: float
    answer: asyncio.Future[bytes]
    losses: int = 0
    patient_until: float = 0.0

    @property
    def brief(self) -> bool:
        """Whether it ends sooner than a worker is replaced; one that lost a worker may not."""
        return self.cost <= SMALL_SECONDS and not self.losses

    @property
    def small(self) -> bool:
        """Whether it may travel with others."""
        return self.brief

    @property
    def asked(self) -> Question:
        """What is asked of a worker."""
        return self.question

    def settle(self, reply: Reply) -> None:
        """Hands the worker's word to whoever waits."""
        if reply.kind is Kind.REFUSED:
            self.fail(RefusedError(reply.payload.decode()))
        elif reply.kind is Kind.FAILED:
            self.fail(FailedError())
        elif not self.answer.done():
            self.answer.set_result(reply.payload)

    def overdue(self) -> PoolError:
        """Why it took too long."""
        return FitTimeoutError()

    def fail(self, error: Exception) -> None:
        """Tells whoever waits why there is no answer."""
        if not self.answer.done():
            self.answer.set_exception(error)
