"""A proxy between a browser and the service that loses connections in the middle."""

import asyncio
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.support.server import address


@dataclass
class Proxy:
    """Resets its first connections, each after some bytes of the answer; later ones pass whole."""

    target: tuple[str, int]
    cuts: list[int]
    url: str = ""
    requests: list[str] = field(default_factory=list)
    """The heads of all requests, in lower case."""

    async def pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection, which has one request."""
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head.lower())
        body = await reader.readexactly(int(length[1]) if length else 0)
        left = self.cuts[len(self.requests)] if len(self.requests) < len(self.cuts) else None
        self.requests.append(head.decode().lower())
        answer, request = await asyncio.open_connection(*self.target)
        request.write(head + body)
        try:
            while part := await answer.read(4096):
                writer.write(part if left is None else part[:left])
                await writer.drain()
                left = None if left is None else left - len(part)
                if left is not None and left <= 0:
                    break
        finally:
            request.transport.abort()
            writer.close()


@contextmanager
def between(url: str, cuts: list[int]) -> Iterator[Proxy]:
    """Run a proxy to a service, on a port of its own."""
    proxy, loop = Proxy(address(url), cuts), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(
        asyncio.start_server(proxy.pass_on, "127.0.0.1", 0), loop
    ).result(5)
    host, port = server.sockets[0].getsockname()
    proxy.url = f"http://{host}:{port}"
    try:
        yield proxy
    finally:
        asyncio.run_coroutine_threadsafe(_end(server), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _end(server: asyncio.Server) -> None:
    server.close()
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
