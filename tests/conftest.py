import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from service.workers.pool import ONE_THREAD
from tests.server import Server, serving

np.seterr(over="ignore", invalid="ignore", divide="ignore")  # as in a worker
os.environ |= ONE_THREAD


@pytest.fixture(scope="session")
def lecture() -> dict[str, Any]:
    """The lecture's numbers, as literals."""
    loaded: dict[str, Any] = json.loads(
        (Path(__file__).parent / "data" / "lecture.json").read_text()
    )
    return loaded


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """One service for every test that does not end or load it."""
    with serving("--workers", "2", COASTER_LOG_LEVEL="debug") as started:
        yield started


@pytest.fixture(scope="session")
def client(server: Server) -> Iterator[httpx.Client]:
    """A client of the service, as other services are."""
    with httpx.Client(base_url=server.url, timeout=30) as opened:
        yield opened
