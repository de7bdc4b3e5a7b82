"""The first lines of a worker: free of torch, so that the pool may import them."""

import os
import signal
from importlib import import_module
from multiprocessing import parent_process
from resource import RLIMIT_DATA, setrlimit
from socket import socket
from threading import Thread

CHILD = "service.workers.child"
PRELOAD = "service.workers.preload"


def enter(channel: socket, niceness: int, worker_bytes: int) -> None:
    """Serves the pool at the other end of the channel until it closes."""
    os.nice(niceness)
    setrlimit(RLIMIT_DATA, (worker_bytes, worker_bytes))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()
    import_module(CHILD).serve(channel)


def _end_with_parent() -> None:
    """Ends a worker whose pool was killed in the middle of a fit."""
    parent = parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
