"""The application under hypercorn, an ASGI server without our connections, in a thread."""

import asyncio
import socket
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from hypercorn.asyncio import serve
from hypercorn.config import Config

from service.api.state import state_of
from service.app import create_app
from service.settings import Settings
from tests.support.server import until


@dataclass(frozen=True)
class Portable:
    """A running application and its address."""

    app: FastAPI
    url: str
    _loop: asyncio.AbstractEventLoop
    _ending: asyncio.Event

    def end(self) -> None:
        """Shut down as the server does it: open requests are cancelled after a moment."""
        self._loop.call_soon_threadsafe(self._ending.set)


@contextmanager
def under_hypercorn(**given: Any) -> Iterator[Portable]:
    """Serve the application until the block ends. It begins when every worker is warm."""
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(1) as thread:
        own = {"workers": 1, "job_workers": 1, "database_url": f"sqlite:///{folder}/coaster.db"}
        app = create_app(Settings(**own | given))
        listening = socket.create_server(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        config = Config.from_mapping(
            bind=[f"fd://{listening.detach()}"], graceful_timeout=0.5, errorlog=None
        )
        loop, ending = asyncio.new_event_loop(), asyncio.Event()
        serving = thread.submit(_serve, app, config, loop, ending)
        portable = Portable(app, url, loop, ending)
        try:
            until(lambda: serving.done() or _ready(app))
            yield portable
        finally:
            portable.end()
            serving.result()


def _serve(
    app: FastAPI, config: Config, loop: asyncio.AbstractEventLoop, ending: asyncio.Event
) -> None:
    serving = serve(app, config, shutdown_trigger=ending.wait)  # type: ignore[arg-type]  # starlette's types
    # hypercorn cancels its lifespan task at the end, and then waits for it
    with asyncio.Runner(loop_factory=lambda: loop) as runner, suppress(asyncio.CancelledError):
        runner.run(serving)


def _ready(app: FastAPI) -> bool:
    return hasattr(app.state, "coaster") and state_of(app).pool.ready
