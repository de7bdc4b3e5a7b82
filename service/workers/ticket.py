"""A fit on its way through the pool."""

import asyncio
from dataclasses import dataclass

from service.descent.spec import Question
from service.workers.errors import FailedError, RefusedError
from service.workers.frames import Kind, Reply

SMALL_SECONDS = 0.01
"""Predicted CPU seconds up to which a fit ends sooner than a worker is replaced."""


@dataclass(eq=False)
class Ticket:
    """`cost` is in predicted CPU seconds, `losses` counts the workers that died in it, `patient_until` is the loop's time."""

    question: Question
    cost: float
    answer: asyncio.Future[bytes]
    losses: int = 0
    patient_until: float = 0.0

    @property
    def small(self) -> bool:
        """Whether it may travel with others; a fit that lost a worker may not."""
        return self.cost <= SMALL_SECONDS and not self.losses

    def settle(self, reply: Reply) -> None:
        """Hands the worker's word to whoever waits."""
        if reply.kind is Kind.REFUSED:
            self.fail(RefusedError(reply.payload.decode()))
        elif reply.kind is Kind.FAILED:
            self.fail(FailedError())
        elif not self.answer.done():
            self.answer.set_result(reply.payload)

    def fail(self, error: Exception) -> None:
        """Tells whoever waits why there is no answer."""
        if not self.answer.done():
            self.answer.set_exception(error)
