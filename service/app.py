"""The composition root: the one place where the rooms are put together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

import service
from service import VERSION
from service.api import analysis, contract, failures, fit, operations, sweep
from service.api.requests import Requests
from service.settings import Settings
from service.workers.pool import Pool, PoolLimits


def create_app(settings: Settings) -> FastAPI:
    """The application; its workers live as long as its lifespan."""
    app = FastAPI(
        title="Coaster",
        version=VERSION,
        description=service.__doc__,
        lifespan=_lifespan,
        redirect_slashes=False,
        redoc_url=None,
        swagger_ui_oauth2_redirect_url=None,
        generate_unique_id_function=contract.operation_id,
    )
    app.state.settings = settings
    app.include_router(fit.router)
    app.include_router(sweep.router)
    app.include_router(analysis.router)
    app.include_router(operations.router)
    app.openapi = partial(contract.openapi, app)  # type: ignore[method-assign]  # FastAPI's documented way
    failures.install(app)
    app.add_middleware(Requests)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["*"],
            allow_headers=["*"],
            expose_headers=["X-Request-ID", "Retry-After"],
        )
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    limits = PoolLimits(
        workers=settings.workers,
        waiting=settings.waiting,
        wait_seconds=settings.max_wait_seconds,
        wall_clock_seconds=2 * settings.max_fit_seconds,
    )
    async with Pool(limits) as pool:
        app.state.pool = pool
        yield
