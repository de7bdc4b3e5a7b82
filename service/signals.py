"""The signals that end the process, and those that do not."""

import signal
import sys

DRAINING = (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT)
OTHERS = (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM)


def ending_signals() -> tuple[signal.Signals, ...]:
    """Return the signals that end the process, after what it has to finish. SIGHUP is one of them
    on a terminal, which sends it when it is closed.
    """
    return (*DRAINING, signal.SIGHUP) if sys.stderr.isatty() else DRAINING


def set_signals() -> None:
    """Let the signals that end the process do so in order, and ignore those that would only kill
    it. The server and the worker machine handle them later in their own way.
    """
    for each in OTHERS:
        signal.signal(each, signal.SIG_IGN)
    for each in ending_signals():
        signal.signal(each, lambda *_: sys.exit(0))
