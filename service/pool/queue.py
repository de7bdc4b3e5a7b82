"""The fits that the pool has accepted, and the queue of those that no worker has taken yet."""

import asyncio
from collections import deque
from dataclasses import dataclass, field

from service.descent.questions.setting import Question
from service.pool.frames import Reply, ReplyKind
from service.pool.interface import (
    FailedError,
    FitTimeoutError,
    PoolError,
    QueueFullError,
    RefusedError,
)
from service.pool.scheduling import MESSAGE_FITS, SMALL_SECONDS


@dataclass(eq=False)
class Ticket:
    """A fit that the pool has accepted."""

    question: Question
    cost: float
    """The predicted CPU time in seconds."""
    answer: asyncio.Future[bytes] = field(default_factory=asyncio.Future)
    losses: int = 0
    """The number of workers that ended during the fit."""
    patient_until: float = 0.0
    """The time of the event loop until which the fit may wait."""

    @property
    def brief(self) -> bool:
        """True if waiting for the fit is cheaper than replacing its worker: it is small and has
        lost no worker.
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


class Queue:
    """A queue of fits that wait for at most `max_seconds`, as long as their answer is awaited."""

    def __init__(self, max_seconds: float) -> None:
        self._max_seconds = max_seconds
        self._loop = asyncio.get_running_loop()
        self._tickets: deque[Ticket] = deque()
        self._clock: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._tickets)

    def join(self, ticket: Ticket) -> None:
        """Add a new fit at the end."""
        self._tickets.append(ticket)
        self._note(ticket)

    def come_back(self, ticket: Ticket) -> None:
        """Put a fit that has waited already back at the head."""
        self._tickets.appendleft(ticket)
        self._note(ticket)

    def leave(self, ticket: Ticket) -> None:
        """Remove a fit, if it is in the queue."""
        if ticket in self._tickets:
            self._tickets.remove(ticket)

    @property
    def head(self) -> Ticket | None:
        """The next fit whose answer is still awaited, or None."""
        while self._tickets and self._tickets[0].answer.done():
            self._tickets.popleft()
        return self._tickets[0] if self._tickets else None

    def take(self) -> list[Ticket]:
        """Return the next message: small fits that are done within milliseconds, or another fit."""
        message: list[Ticket] = []
        seconds = 0.0
        while (head := self.head) and len(message) < MESSAGE_FITS:
            seconds += head.cost
            if message and not (message[0].small and head.small and seconds <= SMALL_SECONDS):
                break
            message.append(self._tickets.popleft())
        return message

    def fail(self, error: Exception) -> None:
        """Fail every waiting fit with this error."""
        while self._tickets:
            self._tickets.popleft().fail(error)

    def _note(self, ticket: Ticket) -> None:
        """Set the time until which a fit may wait. One timer serves all fits, which costs less."""
        ticket.patient_until = self._loop.time() + self._max_seconds
        if self._clock is None:
            self._clock = self._loop.call_at(ticket.patient_until, self._give_up)

    def _give_up(self) -> None:
        now = self._loop.time()
        for ticket in [ticket for ticket in self._tickets if ticket.patient_until <= now]:
            self._tickets.remove(ticket)
            ticket.fail(QueueFullError())
        self._clock = None
        if self._tickets:
            first = min(ticket.patient_until for ticket in self._tickets)
            self._clock = self._loop.call_at(first, self._give_up)
