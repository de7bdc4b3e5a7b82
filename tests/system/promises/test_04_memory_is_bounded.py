"""The misuses of promise 3 leave no memory behind: all of them at once, for a minute."""

import asyncio
import time
from collections.abc import Callable

import httpx
import pytest

from service.server import TRIM_SECONDS
from tests.support.kernel import peak_bytes, resident_bytes
from tests.support.server import PATIENCE_SECONDS, serving
from tests.system.promises.test_03_one_bad_client_does_not_stall_others import MISUSES

pytestmark = pytest.mark.long

SECONDS = 60
AT_ONCE = 3
"""Clients of each kind."""
MORE = 150 * 1024 * 1024
LEFT = 30 * 1024 * 1024
MEGABYTE = 1024 * 1024


async def misuse(url: str) -> None:
    """Let all kinds of clients misuse the service for a minute."""
    ended = time.monotonic() + SECONDS

    async def again(kind: str) -> None:
        async with httpx.AsyncClient(base_url=url, timeout=30) as client:
            while time.monotonic() < ended:
                await MISUSES[kind](client)

    await asyncio.gather(*(again(kind) for kind in MISUSES for _ in range(AT_ONCE)))


def test_memory_stays_within_bounds_and_comes_back(tell: Callable[[str], None]) -> None:
    with serving("--workers", "2") as server:
        httpx.post(
            server.url + "/fit", json={"synthetic": {}, "seed": 42}, timeout=PATIENCE_SECONDS
        )
        idle = resident_bytes(server.pid)

        asyncio.run(misuse(server.url))

        time.sleep(TRIM_SECONDS + 1)
        most, left = peak_bytes(server.pid), resident_bytes(server.pid)

    tell(
        f"API process {idle / MEGABYTE:.0f} MB, at most {most / MEGABYTE:.0f} MB, "
        f"{left / MEGABYTE:.0f} MB after it"
    )
    assert most <= idle + MORE
    assert left <= idle + LEFT
