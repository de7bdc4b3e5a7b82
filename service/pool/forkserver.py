"""The start of workers from a forkserver, which loads torch, as the pool itself never does."""

import asyncio
import logging
import os
import sys
from collections.abc import Awaitable, Callable
from importlib import import_module
from multiprocessing import get_context, parent_process
from multiprocessing.process import BaseProcess
from resource import RLIMIT_DATA, setrlimit
from socket import socket, socketpair
from threading import Thread

from service.logs import same_logging

log = logging.getLogger(__name__)

CHILD = "service.worker.main"
PRELOAD = "service.pool.preload"
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
"""The limit to one thread: more would compete for the cores and round differently."""


Start = Callable[[], Awaitable[tuple[BaseProcess, socket]]]
"""The start of a process, with the pool's end of its socket. Raises OSError or EOFError."""


def starter(niceness: int, worker_bytes: int) -> Start:
    """Return a function that starts workers with this niceness and this memory limit in bytes."""
    context = get_context("forkserver")

    def start() -> tuple[BaseProcess, socket]:
        os.environ |= ONE_THREAD
        context.set_forkserver_preload([PRELOAD])
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

    # in a thread, because the first start waits until torch is imported
    return lambda: asyncio.to_thread(start)


def enter(
    channel: socket, niceness: int, worker_bytes: int, set_up_log: Callable[[], None]
) -> None:
    """Serve the pool at the other end of the channel until it closes. A worker begins here."""
    set_up_log()
    os.nice(niceness)
    setrlimit(RLIMIT_DATA, (worker_bytes, worker_bytes))
    Thread(target=_end_with_parent, daemon=True).start()
    try:
        import_module(CHILD).answer_requests(channel)
    except Exception:
        log.exception("worker_failed")
        sys.exit(1)


def _end_with_parent() -> None:
    """End this worker when its parent process ends, even in the middle of a fit."""
    parent = parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
