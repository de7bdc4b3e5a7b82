"""What keeps jobs from being forgotten, and old ones from being kept for ever."""

import asyncio
import logging
from contextlib import AbstractAsyncContextManager
from itertools import count

from service.jobs.background import beside
from service.jobs.engine import Engine
from service.jobs.errors import StoreUnavailableError
from service.jobs.storage.store import Store

log = logging.getLogger(__name__)

SWEEP_SECONDS = 2.0
"""Between two looks for jobs that nobody runs."""
AGAIN_SECONDS = 10.0
"""Until a job that still waits is submitted again: its hint may have been lost."""
SWEEPS_TO_EXPIRY = 30
"""Between two looks for jobs to be removed, in sweeps."""


def sweeping(store: Store, engine: Engine) -> AbstractAsyncContextManager[None]:
    """Meanwhile whatever waits is submitted: at the start, what an earlier process left."""
    return beside(_sweep(store, engine))


async def _sweep(store: Store, engine: Engine) -> None:
    for number in count():
        try:
            for job_id in await store.stale(again_after=AGAIN_SECONDS if number else 0):
                await engine.submit(job_id)
            if number % SWEEPS_TO_EXPIRY == 0:
                await store.expire()
        except StoreUnavailableError:
            pass  # it was logged; the next sweep comes soon
        except Exception:
            log.exception("sweep_failed")
        await asyncio.sleep(SWEEP_SECONDS)
