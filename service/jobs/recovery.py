"""The sweep, which submits jobs that no worker runs and removes old ones."""

import asyncio
import logging
from contextlib import AbstractAsyncContextManager
from itertools import count

from service.jobs.background import in_background
from service.jobs.engine import Engine
from service.jobs.errors import StoreUnavailableError
from service.jobs.storage.store import Store

log = logging.getLogger(__name__)

SWEEP_SECONDS = 2.0
"""The time between two searches for jobs that no worker runs, in seconds."""
RESUBMIT_SECONDS = 10.0
"""The time after which a waiting job is submitted again, in seconds. Its hint may have been lost.
"""
SWEEPS_TO_EXPIRY = 30
"""The number of sweeps between two searches for jobs to remove."""


def sweeping(store: Store, engine: Engine) -> AbstractAsyncContextManager[None]:
    """Submit all waiting jobs while the context is open.

    The first sweep also submits the jobs that an earlier process left.
    """
    return in_background(_sweep(store, engine))


async def _sweep(store: Store, engine: Engine) -> None:
    for number in count():
        try:
            for job_id in await store.stale(again_after=RESUBMIT_SECONDS if number else 0):
                await engine.submit(job_id)
            if number % SWEEPS_TO_EXPIRY == 0:
                await store.expire()
        except StoreUnavailableError:
            pass  # it was logged, and the next sweep follows soon
        except Exception:
            log.exception("sweep_failed")
        await asyncio.sleep(SWEEP_SECONDS)
