"""A queue in which clients take turns, so that one with many items does not delay the others."""

from collections import OrderedDict
from collections.abc import Callable
from heapq import heapify, heappop, heappush
from itertools import count
from typing import Generic, TypeVar

T = TypeVar("T")


class Turns(Generic[T]):
    """Items that wait. Clients take turns in the order in which they came, and the items of one
    client leave by their rank, the lowest first. The clients at their bound are passed over.
    """

    def __init__(self, at_bound: Callable[[str], bool] = lambda _client: False) -> None:
        self._at_bound = at_bound
        self._lines: OrderedDict[str, list[tuple[float, int, T]]] = OrderedDict()
        self._numbers = count()

    @property
    def first(self) -> T | None:
        """The next item, or None."""
        client = self._next
        return None if client is None else self._lines[client][0][-1]

    def add(self, client: str, rank: float, item: T) -> None:
        """Add an item of a client. Items of equal rank leave in the order in which they came."""
        heappush(self._lines.setdefault(client, []), (rank, next(self._numbers), item))

    def take(self) -> tuple[str, T]:
        """Remove and return the next item and its client. Then it is the turn of the next one."""
        client = self._next
        assert client is not None, "nothing is first"
        line = self._lines[client]
        _, _, item = heappop(line)
        if line:
            self._lines.move_to_end(client)
        else:
            del self._lines[client]
        return client, item

    def remove(self, client: str, item: T) -> None:
        """Remove an item, if it waits. The client keeps its turn."""
        line = [entry for entry in self._lines.get(client, ()) if entry[-1] is not item]
        heapify(line)
        if line:
            self._lines[client] = line
        else:
            self._lines.pop(client, None)

    @property
    def _next(self) -> str | None:
        """The client whose turn it is, or None."""
        for client in self._lines:
            if not self._at_bound(client):
                return client
        return None
