"""The queue of the fits that no worker has taken yet."""

import asyncio
from collections import Counter
from collections.abc import Callable

from service.pool.interface import QueueFullError
from service.pool.scheduling import MESSAGE_FITS, SMALL_SECONDS
from service.pool.tickets import Ticket
from service.pool.turns import Turns


class Queue:
    """A queue of fits that wait for at most `max_seconds`, as long as their answer is awaited.

    Short fits and long ones wait separately, because a reserved worker takes only short ones. In
    both, clients take turns. The long fits of clients at their bound are passed over.
    """

    def __init__(self, max_seconds: float, at_bound: Callable[[str], bool]) -> None:
        self._max_seconds = max_seconds
        self._loop = asyncio.get_running_loop()
        self._tickets: dict[Ticket, None] = {}
        self._short: Turns[Ticket] = Turns()
        self._long: Turns[Ticket] = Turns(at_bound)
        self._clock: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._tickets)

    def join(self, ticket: Ticket) -> None:
        """Add a fit. One that comes back keeps its rank: it goes before those that came later."""
        now = self._loop.time()
        ticket.rank = ticket.rank or now + ticket.cost
        self._tickets[ticket] = None
        self._turns(ticket).add(ticket.client, ticket.rank, ticket)
        self._set_patience(ticket, now)

    def leave(self, ticket: Ticket) -> None:
        """Remove a fit, if it is in the queue."""
        if ticket in self._tickets:
            del self._tickets[ticket]
            self._turns(ticket).remove(ticket.client, ticket)

    @property
    def heads(self) -> list[Ticket]:
        """The next short fit and the next long one whose answers are still awaited, by rank."""
        heads = [head for turns in (self._short, self._long) if (head := self._head(turns))]
        return heads if len(heads) < 2 else sorted(heads, key=lambda head: head.rank)

    @property
    def has_long(self) -> bool:
        """True if a fit that is not short waits for a worker."""
        return self._head(self._long) is not None

    def take(self, head: Ticket) -> list[Ticket]:
        """Return the next message, which begins with this head: small fits that are done within
        milliseconds, or another fit.
        """
        turns = self._turns(head)
        message: list[Ticket] = []
        seconds = 0.0
        while (ticket := self._head(turns)) and len(message) < MESSAGE_FITS:
            seconds += ticket.cost
            if message and not (head.small and ticket.small and seconds <= SMALL_SECONDS):
                break
            turns.take()
            message.append(ticket)
            del self._tickets[ticket]
        return message

    def crowding(self, client: str) -> Ticket | None:
        """Return the fit that gives way to one of this client if the queue is full: the last one of
        the client with the most fits, if that client has at least two more. Otherwise, return None.
        """
        waiting = Counter(ticket.client for ticket in self._tickets)
        largest = max(waiting, key=waiting.__getitem__, default=client)
        if waiting[largest] < waiting[client] + 2:
            return None
        theirs = (each for each in reversed(self._tickets) if each.client == largest)
        return max(theirs, key=lambda ticket: ticket.rank)

    def fail(self, error: Exception) -> None:
        """Fail every waiting fit with this error."""
        for ticket in [*self._tickets]:
            self.leave(ticket)
            ticket.fail(error)

    def _turns(self, ticket: Ticket) -> Turns[Ticket]:
        return self._short if ticket.short else self._long

    def _head(self, turns: Turns[Ticket]) -> Ticket | None:
        while (head := turns.first) and head.answer.done():
            self.leave(head)
        return head

    def _set_patience(self, ticket: Ticket, now: float) -> None:
        """Set the time until which a fit may wait. One timer serves all fits, which costs less."""
        ticket.patient_until = now + self._max_seconds
        if self._clock is None:
            self._clock = self._loop.call_at(ticket.patient_until, self._give_up)

    def _give_up(self) -> None:
        now = self._loop.time()
        for ticket in [ticket for ticket in self._tickets if ticket.patient_until <= now]:
            self.leave(ticket)
            ticket.fail(QueueFullError())
        self._clock = None
        if self._tickets:
            first = min(ticket.patient_until for ticket in self._tickets)
            self._clock = self._loop.call_at(first, self._give_up)
