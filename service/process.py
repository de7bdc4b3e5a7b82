"""What the API process asks of the system."""

import ctypes
import platform
import resource

OTHER_FILES = 512
"""Than connections, that may be open: of workers, logs and a database."""
TRIM_THRESHOLD, TRIM_BYTES = -1, 128 * 1024
"""Of glibc's malloc.h: how much free memory at its top a process keeps. By default that grows with the largest body, for ever."""


def make_room(connections: int) -> None:
    """Each connection is an open file, and the limit that a shell sets is for people."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, connections + OTHER_FILES)), hard))


def give_back_memory() -> None:
    """The memory of large bodies and answers, once they are done with; elsewhere than with glibc that is left to the system's ways."""
    if platform.libc_ver()[0] == "glibc":
        ctypes.CDLL(None).mallopt(TRIM_THRESHOLD, TRIM_BYTES)
