import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.support.applications import client_in_process
from tests.support.paths import ROOT


@pytest.fixture(scope="session")
def client() -> Iterator[httpx.Client]:
    """A client of an application in this process: its fits are made here, its jobs are kept in
    memory.
    """
    with client_in_process() as opened:
        yield opened


@pytest.fixture(scope="session")
def contract() -> dict[str, Any]:
    """The OpenAPI document. A test of it proves that the application serves this one."""
    document: dict[str, Any] = json.loads((ROOT / "openapi" / "openapi.json").read_text())
    return document
