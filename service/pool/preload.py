"""What the forkserver holds ready for its workers; it is imported there, and nowhere else."""

import atexit
import os
import signal
from importlib import import_module

import service.logs  # noqa: F401 - for the workers
from service.pool.bootstrap import CHILD

# What is told to a whole group of processes is for the service, which ends its workers when they
# have answered. They inherit this.
for each in (signal.SIGINT, signal.SIGTERM):
    signal.signal(each, signal.SIG_IGN)
import_module(CHILD)
# To take torch apart takes a second, in which a service that has ended would seem to live on.
atexit.register(os._exit, 0)
