"""A time limit of a connection that starts with each request, and that few requests miss."""

import asyncio
from collections.abc import Callable
from math import inf


class Deadline:
    """A time limit, and what happens when it is missed.

    To start or to end it is only an assignment. Its timer of the event loop stays set meanwhile: if
    it ends before the limit, it is set again to what is left.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, missed: Callable[[], None]) -> None:
        self._loop = loop
        self._missed = missed
        self._due = inf
        self._timer: asyncio.TimerHandle | None = None

    @property
    def running(self) -> bool:
        """True if the deadline has been started and neither met nor missed."""
        return self._due < inf

    def start(self, seconds: float) -> None:
        """Start the deadline, or start it again."""
        self._due = self._loop.time() + seconds
        if self._timer is None or self._due < self._timer.when():
            self._set()

    def met(self) -> None:
        """End the deadline."""
        self._due = inf

    def close(self) -> None:
        """End the deadline and its timer."""
        self._due = inf
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _set(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(self._due, self._look)

    def _look(self) -> None:
        self._timer = None
        if self._loop.time() < self._due < inf:
            self._set()
        elif self._due < inf:
            self._due = inf
            self._missed()
