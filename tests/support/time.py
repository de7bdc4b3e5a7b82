"""An event loop whose clock does not wait: time passes only where a test has nothing else to do."""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from functools import wraps
from typing import Any, ParamSpec, TypeVar, TypeVarTuple, Unpack

P = ParamSpec("P")
T = TypeVar("T")
Ts = TypeVarTuple("Ts")

INSTANT = 1e-6
"""Seconds that `settled` lets pass: far below any time that the service measures."""
LONGEST = 10_000.0
"""Seconds that a test may let pass: what is done again and again would go on for ever."""


class _Selector(selectors.DefaultSelector):
    """Looks at files without waiting. If none is ready, the clock jumps to the next timer."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if timeout is None:
            raise RuntimeError("Nothing can happen any more: the test waits for ever.")
        self.now += timeout
        if self.now > LONGEST:
            raise RuntimeError("Hours have passed: the test waits for what does not happen.")
        return []


class InstantLoop(asyncio.SelectorEventLoop):
    """An event loop whose `time()` starts at 0 and jumps to the next timer when nothing else is
    ready. It is for tests on one thread: work for another thread is done at once on this one.
    """

    def __init__(self) -> None:
        self._instant = _Selector()
        super().__init__(self._instant)

    def time(self) -> float:
        return self._instant.now

    def run_in_executor(
        self, _executor: Executor | None, func: Callable[[Unpack[Ts]], T], *args: *Ts
    ) -> asyncio.Future[T]:
        """Call the function at once, on this thread."""
        made: asyncio.Future[T] = self.create_future()
        try:
            made.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - it is raised where the future is awaited
            made.set_exception(error)
        return made


def run(test: Coroutine[Any, Any, T]) -> T:
    """Run a test to its end on an event loop that does not wait."""
    with asyncio.Runner(loop_factory=InstantLoop) as runner:
        return runner.run(test)


def instant(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Make a test of an async function. It runs on an event loop that does not wait."""

    @wraps(test)
    def made(*args: P.args, **kwargs: P.kwargs) -> None:
        run(test(*args, **kwargs))

    return made


def now() -> float:
    """The time on the clock of the running event loop."""
    return asyncio.get_running_loop().time()


async def settled() -> None:
    """Return when nothing more happens until the next timer: what was sent has arrived, and all
    who were woken have run.
    """
    await asyncio.sleep(INSTANT)


async def passed(seconds: float) -> None:
    """Return when this time has passed, and what is due at its end has happened."""
    await asyncio.sleep(seconds)
    await settled()
