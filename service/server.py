"""uvicorn, taught to end every stream when the service ends, and to end without jobs."""

import asyncio
import logging
import socket
import sys
from time import perf_counter

import uvicorn
from fastapi import FastAPI

from service import os_limits as process
from service.protocol import Bounds, bounded
from service.settings import Settings

log = logging.getLogger(__name__)

READY_SECONDS = 0.05
"""The time between two looks whether every worker is warm."""
CLOSING_SECONDS = 2
"""Of the time to end: for workers, jobs that are given back, and the database."""


class Server(uvicorn.Server):
    """Ends when jobs cannot be kept, and ends every stream before it waits for open requests."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begins to serve."""
        await super().startup(sockets)
        self._app.state.jobs.add_done_callback(self._end_without_jobs)
        self._trimming = asyncio.create_task(process.give_back_memory())
        self._announcing = asyncio.create_task(self._announce())

    async def _announce(self) -> None:
        """Log where to find the service and its jobs, as soon as it takes fits and jobs."""
        state, began = self._app.state, perf_counter()
        await asyncio.wait({state.jobs})
        if state.jobs.exception():
            return
        while not state.pool.ready:
            await asyncio.sleep(READY_SECONDS)
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        fields = {
            "open": f"http://{host}:{port}/",
            "jobs_in": state.settings.jobs_in,
            "seconds": round(perf_counter() - began, 1),
        }
        log.info("ready", extra={"fields": fields})

    def _end_without_jobs(self, jobs: asyncio.Future[object]) -> None:
        self.should_exit = self.should_exit or jobs.exception() is not None

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Ends the service."""
        self._app.state.streams.end()
        await super().shutdown(sockets)


def serve(app: FastAPI, settings: Settings) -> None:
    """Runs the one API process until it is told to stop.

    Raises StoreUnopenedError.
    """
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        http=bounded(
            Bounds(settings.max_head_seconds, settings.max_body_seconds, settings.max_connections)
        ),
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=max(1, settings.shutdown_seconds - CLOSING_SECONDS),
        server_header=False,
        proxy_headers=False,
    )
    process.make_room(settings.max_connections)
    server = Server(config, app)
    server.run()
    if not server.started:
        sys.exit(1)
    app.state.jobs.result()
