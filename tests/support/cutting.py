"""A proxy that cuts each connection after a random number of bytes of the answer."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from random import Random
from threading import Event, Thread

from tests.support.server import address


class CuttingProxy:
    """Passes connections on, and cuts each after at most `most_bytes` of what is answered.

    Half of them are closed, which may look like the end of an answer, the others are reset.
    """

    def __init__(self, target: str, *, most_bytes: int, seed: int) -> None:
        self._target = address(target)
        self._most_bytes = most_bytes
        self._random = Random(seed)
        self.url = ""
        self.cuts = 0

    async def serve(self, started: Event) -> None:
        """Serve on a free port until `stop` is called."""
        self._loop, self._stopped = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        started.set()
        await self._stopped.wait()
        server.close()

    def stop(self) -> None:
        """Make `serve` return. Any thread may call this."""
        self._loop.call_soon_threadsafe(self._stopped.set)

    async def _connected(self, reader: StreamReader, writer: StreamWriter) -> None:
        with suppress(OSError):
            theirs, ours = await asyncio.open_connection(*self._target)
            asking = asyncio.create_task(self._ask(reader, ours))
            try:
                await self._answer(theirs, writer)
            finally:
                asking.cancel()
                ours.transport.abort()
                writer.close()

    async def _ask(self, reader: StreamReader, writer: StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)

    async def _answer(self, reader: StreamReader, writer: StreamWriter) -> None:
        left = self._random.randrange(self._most_bytes)
        while left > 0 and (data := await reader.read(4096)):
            writer.write(data[:left])
            await writer.drain()
            left -= len(data)
        self.cuts += left <= 0
        if self._random.random() < 0.5:
            writer.transport.abort()


@contextmanager
def cutting(target: str, *, most_bytes: int, seed: int) -> Iterator[CuttingProxy]:
    """Run a proxy in a thread until the block ends."""
    proxy, started = CuttingProxy(target, most_bytes=most_bytes, seed=seed), Event()
    thread = Thread(target=lambda: asyncio.run(proxy.serve(started)))
    thread.start()
    started.wait()
    try:
        yield proxy
    finally:
        proxy.stop()
        thread.join()
