"""Generators of clients make usable code of the schemas: see the module for each rule."""

from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from service.api.problems import Code
from tests.support.streams import Json

REQUESTS = ["FitRequest", "JobRequest", "SweepRequest", "AnalysisRequest"]
RATES = {"lrs": [0.1]}
DATA: Json = {"data": {"t": [0, 1], "y": [1, 3]}}
SYNTHETIC: Json = {"synthetic": {}}


def valid(contract: Json, name: str, body: Json) -> bool:
    """Return whether a body matches the schema of a request."""
    schema = {"$ref": f"#/components/schemas/{name}", "components": contract["components"]}
    body = body | RATES if name == "SweepRequest" else body
    return jsonschema.Draft202012Validator(schema).is_valid(body)


def schemas(node: Any) -> Iterator[Json]:
    """Yield all schemas within a schema."""
    if isinstance(node, dict):
        yield node
    if isinstance(node, dict | list):
        for part in node.values() if isinstance(node, dict) else node:
            yield from schemas(part)


def properties(contract: Json) -> Iterator[tuple[str, str, Json]]:
    """Yield the name of each schema with each of its properties."""
    for name, schema in contract["components"]["schemas"].items():
        for field, described in schema.get("properties", {}).items():
            yield name, field, described


def test_every_property_has_a_description(contract: Json) -> None:
    assert [
        (name, field)
        for name, field, described in properties(contract)
        if not described.get("description")
    ] == []


def test_every_code_is_described_with_its_status(contract: Json) -> None:
    description = contract["components"]["schemas"]["Code"]["description"]

    assert [code for code in Code if f"`{code}` ({code.status}): " not in description] == []


def test_no_field_has_a_default_but_in_its_description(contract: Json) -> None:
    fields = list(properties(contract))

    assert [(name, field) for name, field, each in fields if "default" in each] == []
    assert [
        each["description"]
        for name, field, each in fields
        if (name, field) == ("FitPointsRequest", "steps")
    ] == ["The number of updates to make. Default: `100`."]


def test_a_field_that_may_be_absent_is_not_null_instead(contract: Json) -> None:
    optional = [
        (name, field, described)
        for name, field, described in properties(contract)
        if field not in contract["components"]["schemas"][name].get("required", [])
    ]

    assert [
        (name, field) for name, field, each in optional if {"type": "null"} in each.get("anyOf", [])
    ] == []


def test_no_choice_has_a_single_member(contract: Json) -> None:
    assert [
        each
        for each in schemas(contract)
        for word in ("anyOf", "oneOf", "allOf")
        if isinstance(each.get(word), list) and len(each[word]) == 1
    ] == []


def test_every_enumeration_has_a_name(contract: Json) -> None:
    named = contract["components"]["schemas"]

    assert [
        each["enum"]
        for schema in named.values()
        for part in schema.values()
        for each in schemas(part)
        if "enum" in each
    ] == []


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_has_data_or_synthetic(contract: Json, name: str) -> None:
    assert valid(contract, name, DATA)
    assert valid(contract, name, SYNTHETIC)


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_has_neither_both_nor_none(contract: Json, name: str) -> None:
    assert not valid(contract, name, DATA | SYNTHETIC)
    assert not valid(contract, name, {})


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_has_no_unknown_field(contract: Json, name: str) -> None:
    assert not valid(contract, name, DATA | {"learning_rate": 0.1})
