"""The contract is what a running service serves, and its examples are what it answers."""

import json
from typing import Any

import httpx

from scripts.answers import same
from scripts.contract import PATHS
from tests.support.paths import ROOT

DOCUMENT = json.loads((ROOT / "openapi" / "openapi.json").read_text())
EXAMPLES: dict[str, dict[str, Any]] = json.loads(
    (ROOT / "service" / "api" / "contract" / "examples.json").read_text()
)


def answer(client: httpx.Client, group: str, request: object) -> object:
    """Return what the service answers to an example."""
    path = PATHS.get(group, "/fit")
    answered: object = client.post(path, json=request, headers={"X-Request-ID": "example"}).json()
    return answered


def test_the_service_serves_the_committed_document(client: httpx.Client) -> None:
    assert client.get("/openapi.json").json() == DOCUMENT


def test_the_examples_are_what_the_service_answers(client: httpx.Client) -> None:
    changed = [
        name
        for group, examples in EXAMPLES.items()
        for name, example in examples.items()
        if not same(example["answer"], answer(client, group, example["request"]))
    ]

    assert changed == []
