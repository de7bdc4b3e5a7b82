"""The role of `python -m service worker`: a machine that runs the jobs of a cluster."""

import asyncio
import signal

from service.clustered import work_in_a_cluster
from service.settings import Settings


def work(settings: Settings) -> None:
    """Run jobs until a signal stops the process. Then running jobs are released for other machines.

    Raises StoreUnopenedError.
    """
    asyncio.run(_until_stopped(settings))


async def _until_stopped(settings: Settings) -> None:
    working = asyncio.create_task(work_in_a_cluster(settings))
    loop = asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, working.cancel)
    await asyncio.wait({working})
    if not working.cancelled():
        working.result()
