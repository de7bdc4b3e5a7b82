"""A fit on its way through the pool."""

import asyncio
from dataclasses import dataclass

from service.descent.questions.setting import Question
from service.pool.errors import FailedError, FitTimeoutError, PoolError, RefusedError
from service.pool.frames import Reply, ReplyKind
from service.pool.scheduling import SMALL_SECONDS


@dataclass(eq=False)
class Ticket:
    """A fit that the pool has accepted.

    `cost` is in predicted CPU seconds. A worker that takes longer than `wall_clock_seconds` is
    killed. `losses` counts the workers that ended during the fit. `patient_until` is the time of
    the event loop until which the fit may wait.
    """

    question: Question
    cost: float
    wall_clock_seconds: float
    answer: asyncio.Future[bytes]
    losses: int = 0
    patient_until: float = 0.0

    @property
    def brief(self) -> bool:
        """True if the fit ends sooner than a worker is replaced. This is uncertain if it lost a
        worker.
        """
        return self.cost <= SMALL_SECONDS and not self.losses

    @property
    def small(self) -> bool:
        """True if the fit may share a message with others."""
        return self.brief

    @property
    def asked(self) -> Question:
        """The question for a worker."""
        return self.question

    def settle(self, reply: Reply) -> None:
        """Resolve the answer with the last frame of the worker for this fit."""
        if reply.kind is ReplyKind.REFUSED:
            self.fail(RefusedError(reply.payload.decode()))
        elif reply.kind is ReplyKind.FAILED:
            self.fail(FailedError())
        elif not self.answer.done():
            self.answer.set_result(reply.payload)

    def overdue(self) -> PoolError:
        """Return the error of a fit that took too long."""
        return FitTimeoutError()

    def fail(self, error: Exception) -> None:
        """Resolve the answer with an error, unless it is resolved already."""
        if not self.answer.done():
            self.answer.set_exception(error)
