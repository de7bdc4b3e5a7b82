from typing import Any

import httpx
import pytest


@pytest.fixture(scope="session")
def contract(client: httpx.Client) -> dict[str, Any]:
    """The OpenAPI document that the application serves."""
    document: dict[str, Any] = client.get("/openapi.json").json()
    return document
