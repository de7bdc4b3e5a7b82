"""A load generator: some connections that each send the next request when the last is answered."""

import argparse
import asyncio
import json
import random
from time import perf_counter

import uvloop

LECTURE = {"lr": 1e-5, "steps": 10, "seed": 42}


def bodies(count: int, **fields: object) -> list[bytes]:
    """Requests with the lecture's twenty points, each with a noise of its own, and with these
    fields.
    """
    generator = random.Random(42)
    times = list(range(20))
    speeds = [
        [generator.gauss(0, 3) + 0.75 * (t - 9.5) ** 2 + 1 for t in times] for _ in range(count)
    ]
    return [
        json.dumps(LECTURE | fields | {"data": {"t": times, "y": speed}}).encode()
        for speed in speeds
    ]


class Client(asyncio.Protocol):
    """One connection; counts answers with status 200."""

    def __init__(self, path: str, key: str, requests: list[bytes]) -> None:
        shown = f"authorization: Bearer {key}\r\n" if key else ""
        head = (
            f"POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n{shown}"
        )
        self._requests = [
            head.encode() + b"content-length: %d\r\n\r\n" % len(body) + body for body in requests
        ]
        self._received = b""
        self.answers = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, separator, body = self._received.partition(b"\r\n\r\n")
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        if not separator or len(body) < int(length):
            return
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(self._received.decode())
        self._received = b""
        self.answers += 1
        self._send()

    def _send(self) -> None:
        self._transport.write(self._requests[self.answers % len(self._requests)])


async def run(given: argparse.Namespace) -> float:
    """Answers a second."""
    loop = asyncio.get_running_loop()
    requests = bodies(64, **given.fields)

    def client() -> Client:
        return Client(given.path, given.key, requests)

    pairs = [
        await loop.create_connection(client, "127.0.0.1", given.port)
        for _ in range(given.connections)
    ]
    await asyncio.sleep(given.seconds / 4)
    before, began = sum(client.answers for _, client in pairs), perf_counter()
    await asyncio.sleep(given.seconds)
    rate = (sum(client.answers for _, client in pairs) - before) / (perf_counter() - began)
    for transport, _ in pairs:
        transport.close()
    return rate


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("path")
    parser.add_argument("--key", default="")
    parser.add_argument("--fields", type=json.loads, default={})
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=2)
    print(uvloop.run(run(parser.parse_args())))
