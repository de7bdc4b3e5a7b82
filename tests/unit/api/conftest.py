from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.support.applications import client_in_process


@pytest.fixture(scope="session")
def client() -> Iterator[httpx.Client]:
    """A client of an application in this process: its fits are made here, its jobs are kept in
    memory.
    """
    with client_in_process() as opened:
        yield opened


@pytest.fixture(scope="session")
def contract(client: httpx.Client) -> dict[str, Any]:
    """The OpenAPI document that the application serves."""
    document: dict[str, Any] = client.get("/openapi.json").json()
    return document
