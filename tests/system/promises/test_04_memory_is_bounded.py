"""The misuses of promise 3 leave no memory behind: all of them at once, for a minute."""

import asyncio
import json
import time
from collections.abc import Callable

import httpx
import numpy as np
import pytest

from service.server import TRIM_SECONDS
from tests.support.kernel import peak_bytes, resident_bytes
from tests.support.server import PATIENCE_SECONDS, serving
from tests.support.tables import NPY, from_npy, npy
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


def test_a_file_of_40_mb_is_passed_on_in_pieces(tell: Callable[[str], None]) -> None:
    """100,000 series without points: only their way counts, 40 MB in and 14 MB out."""
    file = npy(np.full((100_000, 50), np.nan))
    options = json.dumps({"t": list(range(50)), "at": list(range(10))})
    headers = NPY | {"Accept": NPY["Content-Type"], "Coaster-Options": options}
    with serving("--workers", "1") as server:
        httpx.post(
            server.url + "/fit", json={"synthetic": {}, "seed": 42}, timeout=PATIENCE_SECONDS
        )
        idle = resident_bytes(server.pid)

        answer = httpx.post(
            server.url + "/series", content=file, headers=headers, timeout=PATIENCE_SECONDS
        )

        time.sleep(TRIM_SECONDS + 1)
        most, left = peak_bytes(server.pid), resident_bytes(server.pid)

    tell(f"{most / MEGABYTE:.0f} MB while a file of 40 MB comes in, {idle / MEGABYTE:.0f} MB idle")
    assert from_npy(answer.content).shape == (100_000, 18)
    assert most <= idle + MORE
    assert left <= idle + LEFT
