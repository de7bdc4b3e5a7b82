"""uvicorn, taught two things: streams end when the service does, and a connection can be cut."""

import asyncio
import socket
import sys

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from service.api.streaming import ABORT, PIECE_BYTES
from service.settings import Settings

CLOSING_SECONDS = 2
"""Of the time to end: for workers, jobs that are given back, and the database."""


class Protocol(HttpToolsProtocol):
    """HTTP/1.1 on one connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Somebody has connected: of what he is slow to take, little is kept here."""
        super().connection_made(transport)
        transport.set_write_buffer_limits(high=PIECE_BYTES)

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self.scope["extensions"] = {ABORT: {ABORT: self.transport.abort}}


class Server(uvicorn.Server):
    """Ends when jobs cannot be kept, and ends every stream before it waits for open requests."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begins to serve."""
        await super().startup(sockets)
        self._app.state.jobs.add_done_callback(self._end_without_jobs)

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
        http=Protocol,
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=max(1, settings.shutdown_seconds - CLOSING_SECONDS),
        server_header=False,
        proxy_headers=False,
    )
    server = Server(config, app)
    server.run()
    if not server.started:
        sys.exit(1)
    app.state.jobs.result()
