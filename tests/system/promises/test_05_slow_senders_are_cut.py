"""500 connections of each kind: they send nothing, half a head, half a body, or a byte a second.
Some others read nothing.
"""

import asyncio
import json
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack

import httpx
import pytest

from service.connections.transport import READER_SECONDS
from tests.support.kernel import resident_bytes, settled_sockets, sockets
from tests.support.raw import post
from tests.support.server import address, serving
from tests.system.promises.listeners import many_files

pytestmark = [pytest.mark.long, pytest.mark.shares]

EACH = 500
CLOSED_SECONDS = 15
HEAD = (
    b"POST /fit HTTP/1.1\r\n"
    b"Host: coaster\r\n"
    b"Content-Type: application/json\r\n"
    b"Content-Length: 1000\r\n"
    b"\r\n"
)
SENT = {
    "nothing": b"",
    "half a head": HEAD[:40],
    "half a body": HEAD + b"{" + b" " * 500,
    "a byte a second": b"",
}
FIT = {"synthetic": {}, "seed": 42, "lr": 1e-5, "steps": 10}
LARGE = json.dumps(
    {"synthetic": {}, "seed": 42, "lr": 1e-5, "steps": 240_000, "record_every": 1}
).encode()
"""A request with an answer of some 5 MB."""
NOT_TAKEN = 5


async def seconds_open(target: tuple[str, int], kind: str, after: float) -> float:
    """Open a connection of a kind after some seconds, and return how long it is kept."""
    await asyncio.sleep(after)
    reader, writer = await asyncio.open_connection(*target)
    began = time.monotonic()
    writer.write(SENT[kind])
    dribble = asyncio.create_task(_dribble(writer)) if kind == "a byte a second" else None
    try:
        await asyncio.wait_for(reader.read(), 2 * CLOSED_SECONDS)
    except ConnectionError:
        pass  # closed is closed
    finally:
        if dribble:
            dribble.cancel()
        writer.close()
    return time.monotonic() - began


async def _dribble(writer: asyncio.StreamWriter) -> None:
    for byte in HEAD + b" " * 1000:
        writer.write(bytes([byte]))
        await asyncio.sleep(1)


async def fits(url: str, ended: asyncio.Event) -> list[float]:
    """Return how long the fits of another client take meanwhile."""
    seconds = []
    async with httpx.AsyncClient(base_url=url, timeout=10) as client:
        while not ended.is_set():
            began = time.monotonic()
            (await client.post("/fit", json=FIT)).raise_for_status()
            seconds.append(time.monotonic() - began)
            await asyncio.sleep(0.05)
    return seconds


async def slowly(url: str) -> tuple[dict[str, float], list[float]]:
    """Return how long connections of each kind were kept at most, and how long fits took."""
    ended = asyncio.Event()
    fitting = asyncio.create_task(fits(url, ended))
    kept = await asyncio.gather(
        *(seconds_open(address(url), kind, 2 * i / EACH) for kind in SENT for i in range(EACH))
    )
    ended.set()
    longest = {kind: max(kept[EACH * i : EACH * (i + 1)]) for i, kind in enumerate(SENT)}
    return longest, await fitting


def test_every_slow_sender_is_gone_in_time_and_fits_go_on(tell: Callable[[str], None]) -> None:
    with many_files(2 * len(SENT) * EACH), serving("--workers", "1") as server:
        longest, seconds = asyncio.run(slowly(server.url))

    tell(
        f"{len(SENT)} x {EACH} slow senders: "
        + ", ".join(f"{kind} {kept:.1f} s" for kind, kept in longest.items())
    )
    tell(f"{len(seconds)} fits meanwhile, the slowest {1000 * max(seconds):.0f} ms")
    assert max(longest.values()) < CLOSED_SECONDS
    assert len(seconds) > 20
    assert max(seconds) < 2


def ask_for_more_than_is_taken(url: str) -> socket.socket:
    """Return a connection that reads nothing of a large answer."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect(address(url))
    connection.sendall(post("/fit", LARGE))
    return connection


def test_answers_that_are_not_read_are_given_up(tell: Callable[[str], None]) -> None:
    with serving("--workers", "1") as server, ExitStack() as stack:
        idle, began = settled_sockets(server.pid), time.monotonic()
        for _ in range(NOT_TAKEN):
            stack.enter_context(ask_for_more_than_is_taken(server.url))
        time.sleep(READER_SECONDS / 2)
        asked, held = sockets(server.pid), resident_bytes(server.pid)
        while sockets(server.pid) > idle and time.monotonic() - began < 2 * READER_SECONDS:
            time.sleep(0.2)
        kept = time.monotonic() - began

    tell(
        f"{NOT_TAKEN} answers of 5 MB that are not read are given up after {kept:.0f} s; the "
        f"process had {held / 1e6:.0f} MB meanwhile"
    )
    assert asked == idle + NOT_TAKEN
    assert kept < READER_SECONDS + 10
