"""The schemas of the contract, and the references from one to another."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from service.api.routes.contract import DOCUMENT

Schema = dict[str, Any]  # a JSON schema has no better type
Schemas = dict[str, Schema]


def contract() -> Schema:
    """Return the committed document."""
    document: Schema = json.loads(DOCUMENT.read_text())
    return document


def schemas_of(document: Schema) -> Schemas:
    """Return the schemas of a document by name."""
    schemas: Schemas = document["components"]["schemas"]
    return schemas


def inside(roots: Sequence[str], schemas: Schemas) -> list[str]:
    """Return the names of these schemas and of all schemas in them, each once."""
    names: dict[str, None] = {}
    waiting = list(reversed(roots))
    while waiting:
        name = waiting.pop()
        if name not in names:
            names[name] = None
            waiting += reversed([*references(schemas[name])])
    return [*names]


def references(value: object) -> Iterator[str]:
    """Yield the names of the schemas to which a part of the document refers, in their order."""
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield name_of(value["$ref"])
        for part in value.values():
            yield from references(part)
    elif isinstance(value, list):
        for part in value:
            yield from references(part)


def name_of(reference: str) -> str:
    """Return the name of the schema to which a reference leads."""
    return reference.rpartition("/")[2]
