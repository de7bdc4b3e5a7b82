"""The modules that the forkserver loads for its workers. Import this module only there."""

import atexit
import gc
import os
import signal
from importlib import import_module

from service.pool.forkserver import CHILD

# A signal to the whole group of processes is for the service, which ends its workers when they have
# answered. Workers inherit this setting.
for each in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT, signal.SIGHUP):
    signal.signal(each, signal.SIG_IGN)
# Garbage collection would take an eighth of the time of the import, and then copy the pages that
# workers share with the forkserver.
gc.disable()
import_module(CHILD)
gc.freeze()
gc.enable()
# Unloading torch takes a second, in which a service that has ended would seem to be running.
atexit.register(os._exit, 0)
