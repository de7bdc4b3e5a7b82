"""The setup of uvicorn for this application, and what the process asks of the operating system."""

import asyncio
import ctypes
import logging
import resource
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import perf_counter

import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp, Message

from service.api.state import state_of
from service.background import in_background
from service.connections.protocol import Protocol
from service.settings import Settings
from service.signals import ending_signals

log = logging.getLogger(__name__)

READY_SECONDS = 0.05
"""The time between two checks whether every worker is warm, in seconds."""
CLOSING_SECONDS = 2
"""The part of the shutdown time that workers, running jobs and the database need, in seconds."""
OTHER_FILES = 64
"""File descriptors reserved for everything but connections and workers. With a SQLite file, the
process has 22 of them open when nothing happens, and each more query of it takes two.
"""
WORKER_FILES = 4
"""File descriptors reserved for each worker: two sockets, and two pipes of `multiprocessing`."""
UPLOAD_FILES = 2
"""File descriptors reserved for each file that can be in shared memory."""
TRIM_SECONDS = 1


class AddressError(Exception):
    """The service cannot listen on its address; the message says why."""


class FilesError(Exception):
    """The process may not open enough files; the message says how many it needs."""


class Server(uvicorn.Server):
    """A server that starts the application before it listens and ends open streams first."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until a signal ends the process. Raises AddressError or StoreUnopenedError."""
        if sockets is None:
            await check_address(self.config.host, self.config.port)
        async with lifespan(self._app), in_background(give_back_memory(), self._announce()):
            self._handle_signals()
            await super().serve(sockets)

    def _handle_signals(self) -> None:
        """Read the keys again for SIGHUP, and end for other signals as for SIGTERM."""
        loop, keys = asyncio.get_running_loop(), state_of(self._app).keys
        if keys is not None:
            loop.add_signal_handler(signal.SIGHUP, keys.reload)
        for each in ending_signals():
            loop.add_signal_handler(each, self.handle_exit, signal.SIGTERM, None)

    async def _announce(self) -> None:
        """Log the address and the location of the jobs as soon as every worker is warm."""
        state, began = state_of(self._app), perf_counter()
        while not (self.started and state.pool.ready):
            await asyncio.sleep(READY_SECONDS)
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        fields = {
            "open": f"http://{host}:{port}/",
            "jobs_in": state.settings.jobs_in,
            "seconds": round(perf_counter() - began, 1),
        }
        log.info("ready", extra={"fields": fields})

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End all streams, then wait for open requests."""
        state_of(self._app).streams.end()
        await super().shutdown(sockets)


@asynccontextmanager
async def lifespan(app: ASGIApp) -> AsyncIterator[None]:
    """Start an application by the ASGI lifespan protocol, and end it after the block.

    An error of the start keeps its type, so that the command line can explain it. uvicorn's own
    lifespan would log a traceback, and the router's would not send the last spans to a collector.
    """
    orders: asyncio.Queue[Message] = asyncio.Queue()
    reports: asyncio.Queue[Message] = asyncio.Queue()
    scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": {}}
    running = asyncio.ensure_future(app(scope, orders.get, reports.put))
    await orders.put({"type": "lifespan.startup"})
    if (await reports.get())["type"] == "lifespan.startup.failed":
        await running
    try:
        yield
    finally:
        await orders.put({"type": "lifespan.shutdown"})
        await running


def serve(app: FastAPI, settings: Settings) -> None:
    """Run the API process until a signal stops it. Raises AddressError or StoreUnopenedError."""
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        lifespan="off",  # `Server` runs it, so that its errors keep their type
        http=Protocol,
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=max(1, settings.shutdown_seconds - CLOSING_SECONDS),
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=[str(network) for network in settings.trusted_proxies],
    )
    Server(config, app).run()


async def check_address(host: str, port: int) -> None:
    """Raise AddressError if the process cannot listen on an address, before anything starts.

    uvicorn would notice it last, log it and end the process.
    """
    loop = asyncio.get_running_loop()
    try:
        listener = await loop.create_server(asyncio.Protocol, host, port, start_serving=False)
    except OSError as error:
        reason = str(error.strerror).rpartition(": ")[2].lower()
        raise AddressError(f"The service cannot listen on {host}:{port}: {reason}.") from None
    listener.close()


def possible_connections(wanted: int, workers: int, uploads: int) -> int:
    """Raise the limit of open files, because the usual one of a shell is too low for the
    connections, next to so many workers and files in shared memory. Return how many of them are
    possible. Raises FilesError if none is.
    """
    others = OTHER_FILES + WORKER_FILES * workers + UPLOAD_FILES * uploads
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = max(soft, min(hard, wanted + others))
    if files <= others:
        raise FilesError(
            f"The process may open {files} files, but it needs {others} for {workers} workers, "
            f"{uploads} uploads and the database, and one for each connection: raise `ulimit -n`, "
            "or lower COASTER_WORKERS, COASTER_JOB_WORKERS and COASTER_MAX_HELD_BYTES."
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, hard))
    return min(wanted, files - others)


async def give_back_memory() -> None:
    """Return unused memory of large bodies and responses to the system, again and again."""
    # only glibc keeps so much, and only it has this call, which takes 0.2 ms
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    while trim:
        await asyncio.sleep(TRIM_SECONDS)
        trim(0)
