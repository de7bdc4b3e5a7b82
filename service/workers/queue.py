"""Fits that no worker has taken yet, the oldest first."""

import asyncio
from collections import deque

from service.workers.errors import QueueFullError
from service.workers.ticket import Ticket


class Queue:
    """None waits longer than `max_seconds`; one that nobody waits for any more is not given out."""

    def __init__(self, max_seconds: float) -> None:
        self._max_seconds = max_seconds
        self._loop = asyncio.get_running_loop()
        self._tickets: deque[Ticket] = deque()

    def __len__(self) -> int:
        return len(self._tickets)

    def join(self, ticket: Ticket) -> None:
        """Puts a new fit at the end."""
        self._tickets.append(ticket)
        self._be_patient(ticket)

    def come_back(self, ticket: Ticket) -> None:
        """Puts a fit that has waited already at the head."""
        self._tickets.appendleft(ticket)
        self._be_patient(ticket)

    def leave(self, ticket: Ticket) -> None:
        """Takes a fit out, if it is there."""
        if ticket in self._tickets:
            self._tickets.remove(ticket)
            _stop(ticket)

    def take(self, share: int) -> list[Ticket]:
        """The next fits for one worker: up to `share` small ones, or one other."""
        taken: list[Ticket] = []
        while self._tickets and len(taken) < share:
            if taken and not (taken[0].small and self._tickets[0].small):
                break
            ticket = self._tickets.popleft()
            _stop(ticket)
            if not ticket.answer.done():
                taken.append(ticket)
        return taken

    def fail(self, error: Exception) -> None:
        """Tells all who wait why there is no answer."""
        while self._tickets:
            ticket = self._tickets.popleft()
            _stop(ticket)
            ticket.fail(error)

    def _be_patient(self, ticket: Ticket) -> None:
        ticket.patience = self._loop.call_later(self._max_seconds, self._give_up, ticket)

    def _give_up(self, ticket: Ticket) -> None:
        self._tickets.remove(ticket)
        ticket.fail(QueueFullError())


def _stop(ticket: Ticket) -> None:
    if ticket.patience:
        ticket.patience.cancel()
