"""The entry point of a worker process. It does not import torch, so the pool can import it."""

import logging
import os
import sys
from collections.abc import Callable
from importlib import import_module
from multiprocessing import parent_process
from resource import RLIMIT_DATA, setrlimit
from socket import socket
from threading import Thread

log = logging.getLogger(__name__)

CHILD = "service.worker.main"
PRELOAD = "service.pool.preload"


def enter(
    channel: socket, niceness: int, worker_bytes: int, set_up_log: Callable[[], None]
) -> None:
    """Serve the pool at the other end of the channel until it closes."""
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
