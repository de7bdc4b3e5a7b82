"""What the API process asks of the system."""

import asyncio
import ctypes
import resource

OTHER_FILES = 512
"""Than connections, that may be open: of workers, logs and a database."""
TRIM_SECONDS = 5


def make_room(connections: int) -> None:
    """Each connection is an open file, and the limit that a shell sets is for people."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(
        resource.RLIMIT_NOFILE, (max(soft, min(hard, connections + OTHER_FILES)), hard)
    )


async def give_back_memory() -> None:
    """For ever, what large bodies and answers have left behind. Only glibc keeps so much, and has
    this call; it takes 0.2 ms.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    while trim:
        await asyncio.sleep(TRIM_SECONDS)
        trim(0)
