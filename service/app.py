"""The composition root, where the parts of the service are put together."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from inspect import cleandoc

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware

import service
from service import VERSION
from service.api import openapi as contract
from service.api.failures import pass_on
from service.api.keys import Keys
from service.api.measuring import gauges
from service.api.measuring.measures import Measures
from service.api.middleware import tracing
from service.api.middleware.entrance import Entrance
from service.api.quotas import Fits
from service.api.routes import analysis, fit, metrics, operations, page, stream, sweep
from service.api.routes import jobs as job_routes
from service.api.state import AppState
from service.api.streaming.slots import Streams
from service.jobs.jobs import Jobs
from service.pool.interface import FitPool
from service.pool.pool import Pool, PoolLimits
from service.pool.stats import Count
from service.running import opened_jobs
from service.settings import Settings


def create_app(
    settings: Settings,
    telemetry: TelemetryConfig = tracing.OFF,
    *,
    pool: FitPool | None = None,
    jobs: Jobs | None = None,
) -> FastAPI:
    """Return the application.

    A pool or jobs that are passed are used as they are, and the caller must close them. By default,
    the lifespan of the application opens and closes its own.

    Raises KeysError.
    """
    measures = Measures()
    app = FastAPI(
        telemetry=telemetry,
        title="Coaster",
        version=VERSION,
        description=cleandoc(service.__doc__ or ""),
        lifespan=partial(_lifespan, settings=settings, measures=measures, pool=pool, jobs=jobs),
        redirect_slashes=False,
        exception_handlers={HTTPException: pass_on, RequestValidationError: pass_on},
        openapi_url=None,  # `contract` serves the document
        generate_unique_id_function=contract.operation_id,
    )
    app.openapi_version = "3.2.0"  # the first version that describes event streams
    app.include_router(fit.router)
    app.include_router(stream.router)
    app.include_router(job_routes.router)
    app.include_router(sweep.router)
    app.include_router(analysis.router)
    app.include_router(operations.router)
    app.include_router(metrics.router)
    page.add_page(app)
    contract.install(app)
    keys = Keys.read(settings.api_keys_file) if settings.api_keys_file is not None else None
    app.add_middleware(Entrance, measures=measures, keys=keys)
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
    app: FastAPI,
    *,
    settings: Settings,
    measures: Measures,
    pool: FitPool | None,
    jobs: Jobs | None,
) -> AsyncIterator[None]:
    """Start the workers and open the jobs, unless they are passed.

    Raises StoreUnopenedError.
    """
    async with AsyncExitStack() as stack:
        if pool is None:
            count = measures.counting(gauges.FITS)
            pool = await stack.enter_async_context(fit_pool(settings, count))
        if jobs is None:
            count = measures.counting(gauges.JOBS)
            jobs = await stack.enter_async_context(opened_jobs(settings, count))
        streams = Streams(settings.max_streams, settings.max_stream_seconds)
        stack.callback(streams.end)  # streams that are still open end before the jobs and the pool
        app.state.coaster = AppState(
            settings=settings,
            measures=measures,
            pool=pool,
            jobs=jobs,
            fits=Fits(settings.fits_per_client),
            streams=streams,
        )
        yield


def fit_pool(settings: Settings, count: Count) -> Pool:
    """Return the pool of workers that answer requests."""
    limits = PoolLimits(
        workers=settings.workers,
        waiting=settings.waiting,
        wait_seconds=settings.max_wait_seconds,
        worker_bytes=settings.max_worker_bytes,
        wall_clock_seconds=2 * settings.max_fit_seconds,
    )
    return Pool(limits, count)
