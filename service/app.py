"""The composition root: the one place where the rooms are put together."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from importlib import import_module
from inspect import cleandoc
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.middleware.cors import CORSMiddleware

import service
from service import VERSION
from service.api import failures
from service.api import openapi as contract
from service.api.keys import Keys
from service.api.measuring import gauges
from service.api.measuring.measures import Measures
from service.api.middleware import tracing
from service.api.middleware.access import Access
from service.api.middleware.requests import Requests
from service.api.middleware.shedding import Shedding
from service.api.quotas import Fits
from service.api.routes import analysis, fit, metrics, operations, page, stream, sweep
from service.api.routes import jobs as job_routes
from service.api.streaming.slots import Streams
from service.jobs.errors import StoreUnopenedError
from service.pool.interface import FitPool
from service.pool.pool import Pool, PoolLimits
from service.pool.stats import Count
from service.settings import Settings

if TYPE_CHECKING:
    from service.jobs.jobs import Jobs

log = logging.getLogger(__name__)

RUNNING = "service.running"
"""Imported beside the first requests: what it needs for a database takes as long as all the
rest.
"""


def create_app(
    settings: Settings,
    telemetry: TelemetryConfig = tracing.OFF,
    *,
    pool: FitPool | None = None,
    jobs: "Jobs | None" = None,
) -> FastAPI:
    """Return the application.

    A pool or jobs that are given are used as they are, and whoever made them ends them. By
    default the lifespan of the application starts and ends its own.

    Raises KeysError.
    """
    app = FastAPI(
        telemetry=telemetry,
        title="Coaster",
        version=VERSION,
        description=cleandoc(service.__doc__ or ""),
        lifespan=partial(_lifespan, pool=pool, jobs=jobs),
        redirect_slashes=False,
        openapi_url=None,  # contract serves it
        generate_unique_id_function=contract.operation_id,
    )
    app.openapi_version = "3.2.0"  # the first that describes events
    app.state.settings = settings
    app.include_router(fit.router)
    app.include_router(stream.router)
    app.include_router(job_routes.router)
    app.include_router(sweep.router)
    app.include_router(analysis.router)
    app.include_router(operations.router)
    page.install(app)
    metrics.install(app)
    contract.install(app)
    failures.install(app)
    app.add_middleware(Shedding)
    if settings.api_keys_file is not None:
        app.add_middleware(Access, keys=Keys.read(settings.api_keys_file))
    app.add_middleware(Requests, measures=app.state.measures)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["*"],
            allow_headers=["*"],
            expose_headers=["X-Request-ID", "Retry-After", "Location", "Idempotency-Replayed"],
        )
    return app


@asynccontextmanager
async def _lifespan(
    app: FastAPI, *, pool: FitPool | None, jobs: "Jobs | None"
) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    measures: Measures = app.state.measures
    app.state.fits = Fits(settings.fits_per_client)
    app.state.streams = Streams(settings.max_streams, settings.max_stream_seconds)
    async with AsyncExitStack() as stack:
        app.state.pool = pool or await stack.enter_async_context(
            fit_pool(settings, measures.counting(gauges.FITS))
        )
        app.state.jobs = (
            _opened(jobs)
            if jobs
            else await stack.enter_async_context(
                jobs_to_come(settings, measures.counting(gauges.JOBS))
            )
        )
        yield


def _opened(jobs: "Jobs") -> asyncio.Future["Jobs"]:
    """Jobs that are open already, as those that are still to come."""
    opened: asyncio.Future[Jobs] = asyncio.get_running_loop().create_future()
    opened.set_result(jobs)
    return opened


def fit_pool(settings: Settings, count: Count) -> Pool:
    """The workers that answer requests."""
    limits = PoolLimits(
        workers=settings.workers,
        waiting=settings.waiting,
        wait_seconds=settings.max_wait_seconds,
        worker_bytes=settings.max_worker_bytes,
        wall_clock_seconds=2 * settings.max_fit_seconds,
    )
    return Pool(limits, count)


@asynccontextmanager
async def jobs_to_come(settings: Settings, count: Count) -> AsyncIterator[asyncio.Future["Jobs"]]:
    """Jobs, as soon as their database is open. That takes as long as all else at the start, and
    fits need not wait for it.
    """
    jobs: asyncio.Future[Jobs] = asyncio.get_running_loop().create_future()
    ending = asyncio.Event()
    running = asyncio.create_task(_run_jobs(settings, count, jobs, ending))
    try:
        yield jobs
    finally:
        ending.set()
        await running


async def _run_jobs(
    settings: Settings, count: Count, jobs: asyncio.Future["Jobs"], ending: asyncio.Event
) -> None:
    try:
        running = await asyncio.to_thread(import_module, RUNNING)
        async with running.running_jobs(settings, count) as opened:
            jobs.set_result(opened)
            await ending.wait()
    except StoreUnopenedError as error:
        jobs.set_exception(error)
    except Exception as error:
        log.exception("jobs_failed")
        if not jobs.done():
            jobs.set_exception(error)
