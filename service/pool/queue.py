"""The queue of fits that no worker has taken yet, oldest first."""

import asyncio
from collections import deque

from service.pool.errors import QueueFullError
from service.pool.scheduling import MESSAGE_FITS, SMALL_SECONDS
from service.pool.ticket import Ticket


class Queue:
    """A queue of fits, each of which waits for at most `max_seconds`.

    A fit whose answer is not awaited any more is not given to a worker.
    """

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
        if self._tickets:
            return self._tickets[0]
        return None

    def take(self) -> list[Ticket]:
        """Return the next message for a worker.

        It holds small fits that are done together within milliseconds, or one other fit.
        """
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
        """Set the time until which a fit may wait.

        One timer serves all fits and is set for the first one to expire. A timer for each fit would
        cost more than the queue.
        """
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
