"""What a client sends does not stay: the misuses of promise 3, all at once, for a minute."""

import asyncio
import time
from collections.abc import Callable

import httpx
import pytest

from service.process import TRIM_SECONDS
from tests.promises.test_03_one_bad_client_does_not_stall_others import MISUSES
from tests.server import Server, serving

pytestmark = pytest.mark.long

SECONDS = 60
AT_ONCE = 3
"""Clients of each kind."""
MORE = 150 * 1024 * 1024
LEFT = 30 * 1024 * 1024
MEGABYTE = 1024 * 1024


async def misused(server: Server) -> int:
    """The most memory that the API process has meanwhile, in bytes."""
    most, ended = 0, time.monotonic() + SECONDS

    async def again(kind: str) -> None:
        async with httpx.AsyncClient(base_url=server.url, timeout=30) as client:
            while time.monotonic() < ended:
                await MISUSES[kind](client)

    tasks = [asyncio.create_task(again(kind)) for kind in MISUSES for _ in range(AT_ONCE)]
    while time.monotonic() < ended:
        most = max(most, server.memory())
        await asyncio.sleep(0.1)
    await asyncio.gather(*tasks)
    return most


def test_memory_stays_within_bounds_and_comes_back(tell: Callable[[str], None]) -> None:
    with serving("--workers", "2") as server:
        httpx.post(server.url + "/fit", json={"synthetic": {}, "seed": 42})
        idle = server.memory()

        most = asyncio.run(misused(server))

        time.sleep(TRIM_SECONDS + 1)
        left = server.memory()

    tell(f"API process {idle / MEGABYTE:.0f} MB, at most {most / MEGABYTE:.0f} MB, {left / MEGABYTE:.0f} MB after it")
    assert most <= idle + MORE
    assert left <= idle + LEFT
