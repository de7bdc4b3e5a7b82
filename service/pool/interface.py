"""The interface of a pool of workers, as the API and the jobs use it: its methods, load and errors.

The docstring of an error can be the `detail` of a problem, so it is one line for clients.
"""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import ClassVar, Protocol

from service.descent.questions.asked import Asked
from service.descent.questions.fit import StreamSpec
from service.descent.questions.series import SeriesStream
from service.pool.frames import EventBytes, Tally


class PoolError(Exception):
    """The pool has no answer. `code` is that of the problem that says so."""

    code: ClassVar[str]


class QueueFullError(PoolError):
    """No worker was free in time, or too many fits are waiting; retry later."""

    code = "queue_full"


class ShuttingDownError(PoolError):
    """The service is shutting down and accepts no more fits; retry later."""

    code = "shutting_down"


class WorkerLostError(PoolError):
    """Three worker processes ended during this fit, so it is not retried."""

    code = "worker_lost"


class FitTimeoutError(PoolError):
    """The fit exceeded its time limit, so its worker was killed."""

    code = "fit_timeout"


class SlowReaderError(PoolError):
    """The client read the stream too slowly, so the fit exceeded its wall-clock limit."""

    code = "slow_reader"


class WorkerStoppedError(PoolError):
    """Three workers stood still during the fit, so they were killed."""

    code = "worker_lost"


class RejectedError(PoolError):
    """The fit cannot be computed; the message says why."""

    code = "not_computable"


class InvalidError(PoolError):
    """The question breaks a rule, which only a worker could see; the message says which.

    `pointer` is the field to change, if there is one. If a limit is exceeded, `limit` is the limit,
    and `given` the value that exceeds it.
    """

    def __init__(
        self,
        code: str,
        message: str,
        pointer: str | None = None,
        limit: float | None = None,
        given: float | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code  # type: ignore[misc]  # other errors have one code for all
        self.pointer = pointer
        self.limit = limit
        self.given = given


class FailedError(PoolError):
    """The service failed and logged the error."""

    code = "internal_error"


Streamed = StreamSpec | SeriesStream
"""A question whose answer is a stream."""
Count = Callable[[Asked, Tally], None]
"""A function that is called with the question and the tally of every answer."""


def uncounted(_question: Asked, _tally: Tally) -> None:
    """Ignore an answer. This is the default for a pool whose answers are not counted."""


@dataclass(frozen=True, kw_only=True)
class Load:
    """The load of a pool at one moment, in numbers of workers and fits."""

    workers: int
    """The number of workers that the pool is meant to have."""
    warm: int
    busy: int
    waiting_limit: int
    """The number of fits that may wait while every worker is busy with a long fit."""
    waiting: int


class FitPool(Protocol):
    """A pool that answers questions. `Pool` uses worker processes, the pools of tests do not."""

    replaced: dict[str, int]
    """The number of workers that were replaced, by how they ended: `died` or `killed`."""

    @property
    def ready(self) -> bool:
        """True if every worker is warm."""

    @property
    def kind(self) -> str | None:
        """The kind of the workers, or None if unknown. Equal kinds give bit-identical answers."""

    @property
    def load(self) -> Load:
        """The current load of the pool."""

    def full_for(self, client: str) -> bool:
        """Return whether not even a small fit of this client may wait."""

    async def pieces(self, question: Asked, cost: float, client: str = "") -> list[bytes]:
        """Return the answer as JSON or as a picture, in pieces. `cost` is in predicted CPU seconds.
        Clients take turns if fits wait.

        Cancelling frees the worker. Raises one of PoolError.
        """

    async def answer(self, question: Asked, cost: float, client: str = "") -> bytes:
        """Return the answer of `pieces` as a whole."""
        return b"".join(await self.pieces(question, cost, client))

    def batches(
        self, spec: Streamed, cost: float, client: str = ""
    ) -> AsyncGenerator[Sequence[EventBytes], None]:
        """Yield the events of a fit as they happen, all that are available at a time. The last
        event is `done`.

        The worker waits for a reader that is too slow. Closing frees the worker. Raises one of
        PoolError.
        """

    async def stream(
        self, spec: Streamed, cost: float, client: str = ""
    ) -> AsyncGenerator[EventBytes, None]:
        """Yield the events of `batches` one by one."""
        async with aclosing(self.batches(spec, cost, client)) as batches:
            async for batch in batches:
                for event in batch:
                    yield event
