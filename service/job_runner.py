"""python -m service worker: a machine that runs the jobs of a cluster."""

import asyncio
import signal

from service.clustered import work_in_a_cluster
from service.settings import Settings


def work(settings: Settings) -> None:
    """Runs jobs until it is told to stop; what runs then goes back to the others.

    Raises StoreUnopenedError.
    """
    asyncio.run(_until_told(settings))


async def _until_told(settings: Settings) -> None:
    working = asyncio.create_task(work_in_a_cluster(settings))
    loop = asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, working.cancel)
    await asyncio.wait({working})
    if not working.cancelled():
        working.result()
