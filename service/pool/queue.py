"""Fits that no worker has taken yet, the oldest first."""

import asyncio
from collections import deque

from service.pool.errors import QueueFullError
from service.pool.ticket import SMALL_SECONDS, Ticket

MESSAGE_FITS = 4
"""Small fits that travel in one message: enough to share its cost, few enough that answers travel
while others are made.
"""


class Queue:
    """None waits longer than `max_seconds`; one that nobody waits for any more is not given out."""

    def __init__(self, max_seconds: float) -> None:
        self._max_seconds = max_seconds
        self._loop = asyncio.get_running_loop()
        self._tickets: deque[Ticket] = deque()
        self._clock: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._tickets)

    def join(self, ticket: Ticket) -> None:
        """Puts a new fit at the end."""
        self._tickets.append(ticket)
        self._note(ticket)

    def come_back(self, ticket: Ticket) -> None:
        """Puts a fit that has waited already at the head."""
        self._tickets.appendleft(ticket)
        self._note(ticket)

    def leave(self, ticket: Ticket) -> None:
        """Takes a fit out, if it is there."""
        if ticket in self._tickets:
            self._tickets.remove(ticket)

    @property
    def head(self) -> Ticket | None:
        """The next fit that somebody waits for."""
        while self._tickets and self._tickets[0].answer.done():
            self._tickets.popleft()
        return self._tickets[0] if self._tickets else None

    def take(self) -> list[Ticket]:
        """The next message for a worker: small fits that are done together within milliseconds, or
        one other.
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
        """Tells all who wait why there is no answer."""
        while self._tickets:
            self._tickets.popleft().fail(error)

    def _note(self, ticket: Ticket) -> None:
        """One clock for all, set for the first to lose patience: a timer for each would cost more
        than the queue.
        """
        ticket.patient_until = self._loop.time() + self._max_seconds
        if self._clock is None:
            self._clock = self._loop.call_at(ticket.patient_until, self._give_up)

    def _give_up(self) -> None:
        now = self._loop.time()
        for ticket in [ticket for ticket in self._tickets if ticket.patient_until <= now]:
            self._tickets.remove(ticket)
            ticket.fail(QueueFullError())
        first = min((ticket.patient_until for ticket in self._tickets), default=None)
        self._clock = None if first is None else self._loop.call_at(first, self._give_up)
