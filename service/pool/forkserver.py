"""Starts the processes of workers. A forkserver holds what they import ready for them."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from multiprocessing import get_context
from socket import socket, socketpair
from typing import Protocol

from service.logs import same
from service.pool.bootstrap import PRELOAD, enter

ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
"""A worker is one thread: more would fight over the cores, and round differently."""


class Process(Protocol):
    """What the pool asks of a worker's process."""

    def is_alive(self) -> bool:
        """Whether it still runs."""

    def kill(self) -> None:
        """Ends it at once."""


Start = Callable[[], Awaitable[tuple[Process, socket]]]
"""Starts a process and returns it with the pool's end of the socket between them.

Raises OSError or EOFError if the process does not start.
"""


def starter(niceness: int, worker_bytes: int) -> Start:
    """Return what starts workers of this niceness that may use this much memory."""
    context = get_context("forkserver")

    def start() -> tuple[Process, socket]:
        ours, theirs = socketpair()
        with theirs:
            arguments = (theirs, niceness, worker_bytes, same())
            process = context.Process(target=enter, args=arguments, daemon=True)
            try:
                process.start()
            except (OSError, EOFError):
                ours.close()
                raise
        return process, ours

    async def start_in_a_thread() -> tuple[Process, socket]:
        """The first start takes the import of torch, in another process."""
        os.environ |= ONE_THREAD
        context.set_forkserver_preload([PRELOAD])
        return await asyncio.to_thread(start)

    return start_in_a_thread
