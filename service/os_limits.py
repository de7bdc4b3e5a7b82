"""The limits and the memory that the API process gets from the operating system."""

import asyncio
import ctypes
import resource

OTHER_FILES = 512
"""File descriptors reserved for workers, logs and the database."""
TRIM_SECONDS = 5


def raise_file_limit(connections: int) -> None:
    """Raise the limit of open files, so that this many connections can be open.

    Each connection is an open file, and the usual limit of a shell is too low.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(
        resource.RLIMIT_NOFILE, (max(soft, min(hard, connections + OTHER_FILES)), hard)
    )


async def give_back_memory() -> None:
    """Return unused memory of large bodies and responses to the system, again and again.

    Only glibc keeps so much memory, and only it has this call, which takes 0.2 ms.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    while trim:
        await asyncio.sleep(TRIM_SECONDS)
        trim(0)
