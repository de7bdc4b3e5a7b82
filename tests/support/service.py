"""Fixtures of a real service: imported by the suites that start one."""

from collections.abc import Iterator

import httpx
import pytest

from tests.support.server import PATIENCE_SECONDS, Server, serving


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """One service for every test that neither ends nor loads it."""
    with serving("--workers", "2", COASTER_LOG_LEVEL="debug") as started:
        yield started


@pytest.fixture(scope="session")
def client(server: Server) -> Iterator[httpx.Client]:
    """A client of the service, as other services are."""
    with httpx.Client(base_url=server.url, timeout=PATIENCE_SECONDS) as opened:
        yield opened
