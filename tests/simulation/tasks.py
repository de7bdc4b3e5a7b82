"""Tasks that belong to machines, so that a machine can be lost with all that it does."""

import asyncio
from collections.abc import Coroutine
from contextvars import Context, ContextVar
from itertools import count
from typing import Any

from tests.support.time import InstantLoop

OWN_TASKS: ContextVar[dict["NumberedTask", None] | None] = ContextVar("OWN_TASKS", default=None)
"""The running tasks of the machine that starts a task, in the order of their start."""


class NumberedTask(asyncio.Task[Any]):
    """A task whose hash is its number, so that sets of tasks always have the same order."""

    def __init__(self, coroutine: Coroutine[Any, Any, Any], number: int, **options: Any) -> None:
        self._number = number
        super().__init__(coroutine, **options)

    def __hash__(self) -> int:
        return self._number


class SimulationLoop(InstantLoop):
    """An event loop in virtual time that keeps the tasks of each machine apart."""

    def __init__(self) -> None:
        super().__init__()
        self._numbers = count()
        self.set_task_factory(self._made)

    def _made(
        self,
        _loop: asyncio.AbstractEventLoop,
        coroutine: Any,
        context: Context | None = None,
    ) -> asyncio.Task[Any]:
        task = NumberedTask(coroutine, next(self._numbers), loop=self, context=context)
        tasks = OWN_TASKS.get() if context is None else context.get(OWN_TASKS)
        if tasks is not None:
            tasks[task] = None
            task.add_done_callback(lambda ended: tasks.pop(ended, None))
        return task
