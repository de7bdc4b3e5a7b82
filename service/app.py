"""The composition root, where the parts of the service are put together."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from inspect import cleandoc

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException

import service
from service.api.entrance import PROBES, Entrance
from service.api.failures import pass_on
from service.api.keys import Keys
from service.api.measures import FITS, JOBS, Measures
from service.api.origins import CrossOrigin, Hosts
from service.api.routes import contract, job_results, metrics, operations, page, questions, series
from service.api.routes import jobs as job_routes
from service.api.state import AppState, Budget, Connections, Fits, Streams
from service.background import in_background
from service.jobs.jobs import Jobs
from service.pool.interface import FitPool
from service.pool.pool import Pool
from service.running import fit_limits, opened_jobs
from service.settings import Settings

COLLECTORS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
SPANS_ONLY: TelemetryConfig = {"metrics": False, "logs": False, "operation_spans": False}
"""One span for each request: /metrics has the counts, and the log has the exceptions."""
UNTRACED: TelemetryConfig = {**SPANS_ONLY, "tracing": False, "auto_configure": False}


def telemetry_of(environment: Mapping[str, str]) -> TelemetryConfig:
    """Return the configuration of tracing, which is on if the environment names a collector."""
    if not any(environment.get(name) for name in COLLECTORS):
        return UNTRACED
    return {**SPANS_ONLY, "auto_configure": True, "exclude": lambda scope: scope["path"] in PROBES}


def create_app(
    settings: Settings,
    telemetry: TelemetryConfig = UNTRACED,
    *,
    pool: FitPool | None = None,
    jobs: Jobs | None = None,
) -> FastAPI:
    """Return the application. A pool or jobs that are passed are used as they are, and the caller
    must close them. By default, the lifespan opens and closes its own. Raises KeysError.
    """
    measures = Measures()
    keys = Keys(settings.api_keys_file) if settings.api_keys_file is not None else None
    lifespan = partial(
        _lifespan, settings=settings, measures=measures, keys=keys, pool=pool, jobs=jobs
    )
    app = FastAPI(
        telemetry=telemetry,
        title="Coaster",
        version=service.VERSION,
        description=cleandoc(service.__doc__ or ""),
        lifespan=lifespan,
        redirect_slashes=False,
        exception_handlers={
            HTTPException: pass_on,
            RequestValidationError: pass_on,
            Exception: pass_on,
        },
        openapi_url=None,  # `contract` serves the document
        license_info={"name": "MIT", "identifier": "MIT"},
        servers=[{"url": "/", "description": "This service"}],
    )
    for routes in (questions, series, job_routes, job_results, operations, metrics):
        app.router.routes.extend(routes.router.routes)  # an included router is slower
    page.add_page(app)
    contract.add_contract(app)
    direct = None
    if telemetry is UNTRACED:  # a span needs the router
        direct = questions.ROUTES | series.ROUTES
    # around FastAPI's own layers, which a question does not need
    app.middleware_stack = Entrance(
        app.build_middleware_stack(), measures, keys, direct, Hosts(settings.allowed_hosts)
    )
    if settings.cors_origins:
        app.middleware_stack = CrossOrigin(app.middleware_stack, settings.cors_origins)
    return app


@asynccontextmanager
async def _lifespan(
    app: FastAPI,
    *,
    settings: Settings,
    measures: Measures,
    keys: Keys | None,
    pool: FitPool | None,
    jobs: Jobs | None,
) -> AsyncIterator[None]:
    """Start the workers and open the jobs, unless they are passed, and follow the file of keys.
    Raises StoreUnopenedError.
    """
    async with AsyncExitStack() as stack:
        if pool is None:
            workers = Pool(fit_limits(settings), measures.counting(FITS))
            pool = await stack.enter_async_context(workers)
        if jobs is None:
            jobs = await stack.enter_async_context(opened_jobs(settings, measures.counting(JOBS)))
        streams = Streams(settings.max_streams, settings.max_stream_seconds)
        stack.callback(streams.end)  # streams that are still open end before the jobs and the pool
        fits = Fits(settings.fits_per_client)
        if keys is not None:
            await stack.enter_async_context(in_background(keys.follow()))
        app.state.coaster = AppState(
            settings=settings,
            measures=measures,
            keys=keys,
            pool=pool,
            jobs=jobs,
            fits=fits,
            streams=streams,
            budget=Budget(settings.held_bytes, settings.waiting, settings.max_wait_seconds),
            connections=Connections(settings.max_connections),
        )
        yield
