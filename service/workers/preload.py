"""What the forkserver holds ready for its workers; it is imported there, and nowhere else."""

import atexit
import os

import service.logs  # for the workers
import service.workers.child  # noqa: F401 - for the workers

# To take torch apart takes a second, in which a service that has ended would seem to live on.
atexit.register(os._exit, 0)
