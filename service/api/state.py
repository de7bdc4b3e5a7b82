"""The state that all requests of one application share, and the client of each request."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from fastapi import FastAPI
from starlette.requests import Request
from starlette.types import Scope

from service.api.keys import Keys
from service.api.measures import Measures
from service.api.problems import RETRY, Code, ProblemError
from service.jobs.jobs import Jobs
from service.pool.interface import FitPool
from service.settings import Settings


class Fits:
    """The fits that run and wait: at most `most` for each client, or any number if not set."""

    def __init__(self, most: int | None) -> None:
        self._most = most
        self._of: dict[str, int] = {}

    def __len__(self) -> int:
        return sum(self._of.values())

    def slot(self, client: str) -> "Slot":
        """Return a slot for a fit of a client, to hold while it waits and runs."""
        return Slot(self, client)

    def enter(self, client: str) -> None:
        """Count a fit of a client. Raises ProblemError."""
        held = self._of.get(client, 0)
        if self._most is not None and held >= self._most:
            detail = f"You have reached your limit of concurrent fits. {RETRY}"
            raise ProblemError(Code.TOO_MANY_FITS, detail, limit=self._most)
        self._of[client] = held + 1

    def leave(self, client: str) -> None:
        """Forget a fit of a client."""
        self._of[client] -= 1
        if not self._of[client]:
            del self._of[client]


class Slot:
    """A context in which a client holds a slot for a fit. Entering it raises ProblemError.

    A generator with contextlib would take five times as long.
    """

    def __init__(self, fits: Fits, client: str) -> None:
        self._fits = fits
        self._client = client

    def __enter__(self) -> None:
        self._fits.enter(self._client)

    def __exit__(self, *_: object) -> None:
        self._fits.leave(self._client)


class Streams:
    """The open streams: at most `most`, each for at most `seconds`."""

    def __init__(self, most: int, seconds: float) -> None:
        self.most = most
        self._seconds = seconds
        self._ends: set[Callable[[Code], None]] = set()
        self.draining = False

    def __len__(self) -> int:
        return len(self._ends)

    @contextmanager
    def slot(self, end: Callable[[Code], None]) -> Iterator[None]:
        """Hold a slot for a stream, which `end` ends early. Raises ProblemError."""
        if self.draining:
            raise ProblemError(Code.SHUTTING_DOWN, "The service is shutting down.")
        if len(self) >= self.most:
            detail = f"The maximum number of streams is open. {RETRY}"
            raise ProblemError(Code.TOO_MANY_STREAMS, detail, limit=self.most)
        self._ends.add(end)
        limit = asyncio.get_running_loop().call_later(self._seconds, end, Code.STREAM_LIMIT)
        try:
            yield
        finally:
            limit.cancel()
            self._ends.remove(end)

    def end(self) -> None:
        """End all streams, and accept no more."""
        self.draining = True
        for end in self._ends:
            end(Code.SHUTTING_DOWN)


class Connection(Protocol):
    """An open connection."""

    def give_way(self) -> bool:
        """End the connection, unless a request on it is being answered. Return whether it ends."""


class Connections:
    """The open connections: at most `most`, which the addresses share."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._count = 0
        self._of: defaultdict[str, dict[Connection, None]] = defaultdict(dict)
        """The connections of each address, oldest first."""

    def __len__(self) -> int:
        return self._count

    def enter(self, connection: Connection, address: str) -> bool:
        """Count a connection. If there are too many, the oldest one of the address with the most
        gives way, unless it is being answered. Return False if none does.
        """
        self._of[address][connection] = None
        self._count += 1
        return len(self) <= self.most or self._make_room(connection)

    def leave(self, connection: Connection, address: str) -> None:
        """Forget a connection that has ended, unless it is forgotten already."""
        theirs = self._of.get(address, {})
        if connection not in theirs:
            return
        del theirs[connection]
        self._count -= 1
        if not theirs:
            del self._of[address]

    def _make_room(self, newest: Connection) -> bool:
        for address in sorted(self._of, key=lambda address: len(self._of[address]), reverse=True):
            for connection in self._of[address]:
                if connection is not newest and connection.give_way():
                    self.leave(connection, address)
                    return True
        return False


class Budget:
    """The bytes of large bodies and answers that the process holds: together at most `most`.

    A request may hold all that is free, or half of it if another request of its client holds bytes,
    so that no client takes the room of all others. At most `waiting` requests wait for room, of one
    client at most half of them, each for at most `wait_seconds`.
    """

    def __init__(self, most: int, waiting: int, wait_seconds: float) -> None:
        self.most = most
        self.held = 0
        self._of: Counter[str] = Counter()
        """The bytes that the requests of each client hold."""
        self._most_waiting = waiting
        self._waiting: Counter[str] = Counter()
        """The number of requests of each client that wait for room."""
        self._seconds = wait_seconds
        self._freed = asyncio.Event()

    def has_room(self, client: str, before: int, size: int) -> bool:
        """Return whether a request that holds `before` bytes can hold `size` bytes instead."""
        free = self.most - (self.held - before)
        has_others = self._of[client] > before
        return size <= (free // 2 if has_others else free)

    def hold(self, client: str, size: int) -> None:
        """Hold this number of bytes more for a client, or fewer if it is negative."""
        self.held += size
        self._of[client] += size
        if not self._of[client]:
            del self._of[client]
        if size < 0:
            self._freed.set()

    async def room(self, client: str, before: int, size: int) -> bool:
        """Wait until a request that holds `before` bytes can hold `size` bytes instead. Return
        False if there is no room in time, or if too many others wait, of all or of this client.
        """
        if self.has_room(client, before, size):
            return True
        if not self._may_wait(client):
            return False
        self._waiting[client] += 1
        try:
            async with asyncio.timeout(self._seconds):
                while not self.has_room(client, before, size):
                    self._freed.clear()
                    await self._freed.wait()
        except TimeoutError:
            return False
        finally:
            self._waiting -= Counter([client])
        return True

    def _may_wait(self, client: str) -> bool:
        half = (self._most_waiting + 1) // 2
        return self._waiting.total() < self._most_waiting and self._waiting[client] < half


@dataclass(frozen=True, slots=True, kw_only=True)
class AppState:
    """Everything that routes and middleware need, from the start of the application to its end."""

    settings: Settings
    measures: Measures
    keys: Keys | None
    """The API keys, or None if clients need no key."""
    pool: FitPool
    """The workers that answer requests."""
    jobs: Jobs
    fits: Fits
    """The fits of each client that run or wait."""
    streams: Streams
    budget: Budget
    """The large bodies and answers on their way."""
    connections: Connections


def state_of(app: FastAPI) -> AppState:
    """Return the state of an application that has started."""
    state: AppState = app.state.coaster
    return state


def owner(request: Request) -> str:
    """Return the name of the key of a request, or an empty string if no keys are set."""
    name: str = request.scope["state"].get("client", "")
    return name


def client(scope: Scope) -> str:
    """Return the name of the key of a request, or its address if no keys are set."""
    name: str = scope["state"].get("client", "")
    address: tuple[str, int] | None = scope.get("client")
    return name or (address[0] if address else "")
