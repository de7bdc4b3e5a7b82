"""The start of workers from a forkserver, which loads torch, as the pool itself never does."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from fcntl import LOCK_EX, LOCK_NB, flock
from importlib import import_module
from multiprocessing import get_context, parent_process
from multiprocessing.forkserver import _forkserver
from multiprocessing.process import BaseProcess
from multiprocessing.util import get_temp_dir
from pathlib import Path
from resource import RLIMIT_DATA, setrlimit
from shutil import rmtree
from socket import socket, socketpair
from tempfile import gettempdir
from threading import Thread

from service.logs import same_logging
from service.pool.activity import Activity, activity_of
from service.pool.scheduling import STILL_SECONDS

log = logging.getLogger(__name__)

CHILD = "service.worker.main"
PRELOAD = "service.pool.preload"
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
"""The limit to one thread: more would compete for the cores and round differently."""
ONE_ALLOCATOR = {"ARROW_DEFAULT_MEMORY_POOL": "system"}
"""The allocator of Arrow in workers. Its default keeps 12 MB of its own after a part of a file."""


MARK = "coaster"
"""The file by which a service recognises the directories of forkservers of this software."""

Sockets = tuple[socket, socket]
"""The sockets between the pool and a process: for messages, and for shared memory."""
Start = Callable[[], Awaitable[tuple[BaseProcess, Sockets]]]
"""The start of a process, with the pool's ends of its sockets. Raises OSError or EOFError."""


@contextmanager
def forkserver() -> Iterator[None]:
    """Prepare the forkserver of this process, and end it after the block."""
    with suppress(OSError):  # the start of a worker reports it
        _clean_up()
    try:
        yield
    finally:
        end_forkserver()


def end_forkserver() -> None:
    """End the forkserver at once, even if it is stopped: a start that waits for it then fails.

    Python would wait for it, because it reports the end of the workers.
    """
    pid = _pid()
    if pid is not None:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _pid() -> int | None:
    """Return the ID of the process of the forkserver, or None if it was never started."""
    pid: int | None = _forkserver._forkserver_pid  # type: ignore[attr-defined]  # noqa: SLF001 - has no other name
    return pid


def _clean_up() -> None:
    """Mark the directory of this process's forkserver, as long as the process lives, and remove
    those of processes that were killed, which Python leaves behind.
    """
    unlocked = Path(get_temp_dir(), f"{MARK}.new")
    flock(os.open(unlocked, os.O_CREAT | os.O_RDWR), LOCK_EX)
    unlocked.rename(unlocked.with_name(MARK))
    for mark in Path(gettempdir()).glob(f"pymp-*/{MARK}"):
        with suppress(OSError), mark.open() as file:
            flock(file, LOCK_EX | LOCK_NB)  # fails while its process lives
            rmtree(mark.parent)


def starter(niceness: int, worker_bytes: int) -> Start:
    """Return a function that starts workers with this niceness and this memory limit in bytes.

    A forkserver that does nothing while a worker should start, for example because it was stopped,
    is ended: the start fails, and the next one has a new forkserver.
    """
    context = get_context("forkserver")

    def start() -> tuple[BaseProcess, Sockets]:
        os.environ |= ONE_THREAD | ONE_ALLOCATOR
        context.set_forkserver_preload([PRELOAD])
        ours, theirs = zip(socketpair(), socketpair(), strict=True)
        arguments = (theirs, niceness, worker_bytes, same_logging())
        process = context.Process(target=enter, args=arguments, daemon=True)
        try:
            process.start()
        except (OSError, EOFError):
            _close(ours)
            raise
        finally:
            _close(theirs)
        return process, ours

    async def start_in_time() -> tuple[BaseProcess, Sockets]:
        # in a thread, because the first start waits until torch is imported
        starting = asyncio.create_task(asyncio.to_thread(start))
        try:
            seen: Activity | None = None
            while not (await asyncio.wait({starting}, timeout=STILL_SECONDS))[0]:
                before, seen = seen, activity_of(_pid())
                if seen and not seen.busy and seen == before:
                    log.warning("forkserver_stands_still", extra={"fields": {"pid": _pid()}})
                    end_forkserver()
        except asyncio.CancelledError:
            starting.cancel()
            raise
        return starting.result()

    return start_in_time


def _close(sockets: Sockets) -> None:
    for each in sockets:
        each.close()


def enter(
    sockets: Sockets, niceness: int, worker_bytes: int, set_up_log: Callable[[], None]
) -> None:
    """Serve the pool at the other ends of the sockets until they close. A worker begins here."""
    set_up_log()
    os.nice(niceness)
    setrlimit(RLIMIT_DATA, (worker_bytes, worker_bytes))
    Thread(target=_end_with_parent, daemon=True).start()
    try:
        import_module(CHILD).answer_requests(*sockets)
    except Exception:
        log.exception("worker_failed")
        sys.exit(1)


def _end_with_parent() -> None:
    """End this worker when its parent process ends, even in the middle of a fit."""
    parent = parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
