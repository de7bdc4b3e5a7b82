"""Write the types of the Python client from openapi/openapi.json.

    python -m scripts.client

An object that the service answers becomes a class with a typed attribute for each field. An object
that it takes becomes a TypedDict, so that a type checker knows the options of a request.
"""

import subprocess
import sys
from keyword import iskeyword
from pathlib import Path
from textwrap import fill, indent

from scripts.contract import ROOT
from scripts.schemas import Schema, contract, inside, name_of, references, schemas_of

MODELS = ROOT / "client" / "coaster_client" / "models.py"
HEAD = '''\
"""Types of the requests and answers of Coaster. `python -m scripts.client` writes this file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Required, TypeAlias, TypedDict

from coaster_client.answer import Answer
'''
POINTS = "data"
"""The field of a request whose type is that of `points.py`, which takes frames and arrays too."""
WIDTH = 96
"""The width of a docstring in a class, in characters."""
SCALARS = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}


def models(document: Schema) -> str:
    """Return the module for a contract."""
    schemas = schemas_of(document)
    sent = [
        operation.get(part)
        for path in document["paths"].values()
        for operation in path.values()
        for part in ("requestBody", "parameters")
    ]
    taken = inside([*references(sent)], schemas)
    classes = [
        _request(name, schema) if name in taken else _answer(name, schema)
        for name, schema in schemas.items()
        if "properties" in schema
    ]
    aliases = [
        f"{name}: TypeAlias = {_type(schema, is_request=name in taken)}\n"
        for name, schema in schemas.items()
        if "properties" not in schema
    ]
    return _formatted("\n\n".join([HEAD, *classes, *aliases]))


def _request(name: str, schema: Schema) -> str:
    """Return a TypedDict for an object that the service takes."""
    required = schema.get("required", [])
    properties = {field: each for field, each in schema["properties"].items() if field != POINTS}
    kinds = {field: _type(each, is_request=True) for field, each in properties.items()}
    kinds |= {field: f"Required[{kinds[field]}]" for field in required if field in kinds}
    if any(map(iskeyword, kinds)):  # a class cannot have such a field
        return f"{name} = TypedDict({name!r}, {kinds!r}, total=False)\n"
    fields = [_field(field, kind, properties[field]) for field, kind in kinds.items()]
    return _class(f"{name}(TypedDict, total=False)", schema, fields)


def _answer(name: str, schema: Schema) -> str:
    """Return a class for an object that the service answers. Absent fields are None."""
    required = schema.get("required", [])
    fields = []
    for field, described in schema["properties"].items():
        kind = _type(described, is_request=False)
        optional = field not in required and "None" not in kind.split(" | ")
        fields.append(_field(field, f"{kind} | None" if optional else kind, described))
    return _class(f"{name}(Answer)", schema, fields)


def _class(head: str, schema: Schema, fields: list[str]) -> str:
    described = schema.get("description", f"The schema {head.partition('(')[0]} of the contract.")
    return f"class {head}:\n{_documented(described)}\n" + "".join(fields)


def _field(name: str, kind: str, schema: Schema) -> str:
    described = schema.get("description")
    return f"    {name}: {kind}\n" + (_documented(described) if described else "")


def _documented(text: str) -> str:
    """Return an indented docstring."""
    first, *others = fill(f'"""{text}'.replace("\\", "\\\\"), WIDTH).splitlines()
    lines = [first, *others]
    if others or len(first) + 3 > WIDTH:
        lines.append("")
    return indent("\n".join(lines) + '"""\n', "    ", predicate=lambda _: True)


def _type(schema: Schema, *, is_request: bool) -> str:
    """Return the annotation for a schema."""
    if "$ref" in schema:
        return name_of(schema["$ref"])
    for union in ("anyOf", "oneOf"):
        if union in schema:
            kinds = [_type(each, is_request=is_request) for each in schema[union]]
            return " | ".join(dict.fromkeys(kinds))
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    if values:
        return f"Literal[{', '.join(map(repr, values))}]"
    kinds = schema.get("type", "any")
    each_kind = kinds if isinstance(kinds, list) else [kinds]
    return " | ".join(_kind(kind, schema, is_request=is_request) for kind in each_kind)


def _kind(kind: str, schema: Schema, *, is_request: bool) -> str:
    """Return the annotation for one of the kinds of JSON values that a schema allows."""
    if kind == "array":
        item = _type(schema.get("items", {}), is_request=is_request)
        return f"Sequence[{item}]" if is_request else f"list[{item}]"
    if kind == "object":
        return _mapping(schema, is_request=is_request)
    return SCALARS.get(kind, "Any")


def _mapping(schema: Schema, *, is_request: bool) -> str:
    value = schema.get("additionalProperties")
    item = _type(value, is_request=is_request) if isinstance(value, dict) else "Any"
    return f"Mapping[str, {item}]" if is_request else f"dict[str, {item}]"


def _formatted(source: str) -> str:
    """Return a module in the format of the project."""
    command = [sys.executable, "-m", "ruff", "format", "--stdin-filename", str(MODELS), "-"]
    ended = subprocess.run(
        command, input=source, capture_output=True, text=True, check=True, cwd=ROOT
    )
    return ended.stdout


def main(target: Path = MODELS) -> None:
    """Write the module."""
    target.write_text(models(contract()))


if __name__ == "__main__":
    main()
