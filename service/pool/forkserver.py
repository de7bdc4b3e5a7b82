"""The start of worker processes from a forkserver, which has loaded their imports already."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from multiprocessing import get_context
from socket import socket, socketpair
from typing import Protocol

from service.logs import same_logging
from service.pool.bootstrap import PRELOAD, enter

ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
"""Environment variables that limit a worker to one thread.

More threads would compete for the cores and round differently.
"""


class Process(Protocol):
    """The part of a worker's process that the pool uses."""

    def is_alive(self) -> bool:
        """Return whether the process is still running."""

    def kill(self) -> None:
        """End the process at once."""


Start = Callable[[], Awaitable[tuple[Process, socket]]]
"""A function that starts a process and returns it with the pool's end of the socket between them.

Raises OSError or EOFError if the process does not start.
"""


def starter(niceness: int, worker_bytes: int) -> Start:
    """Return a function that starts workers with this niceness and this memory limit in bytes."""
    context = get_context("forkserver")

    def start() -> tuple[Process, socket]:
        ours, theirs = socketpair()
        with theirs:
            arguments = (theirs, niceness, worker_bytes, same_logging())
            process = context.Process(target=enter, args=arguments, daemon=True)
            try:
                process.start()
            except (OSError, EOFError):
                ours.close()
                raise
        return process, ours

    async def start_in_a_thread() -> tuple[Process, socket]:
        """Start a worker in a thread, as the first start waits until the forkserver has imported
        torch.
        """
        os.environ |= ONE_THREAD
        context.set_forkserver_preload([PRELOAD])
        return await asyncio.to_thread(start)

    return start_in_a_thread
