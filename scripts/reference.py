"""Write the fields of requests, answers and events, from the contract, as tables in Markdown."""

import json
from collections.abc import Mapping, Sequence

from scripts.schemas import Schema, Schemas, contract, inside, name_of, schemas_of
from service.api.contract import document
from service.api.endpoints import ENDPOINTS, JSON, SERIES
from service.api.routing import request_name
from service.api.schemas.job import JobRequest
from service.descent.methods.bounds import MAX_NUMBER

Links = Mapping[str, str]
"""How each type with a name is written: as a link to its section, or as its words."""

REQUESTS = [request_name(kind.__name__) for kind in document.REQUESTS]
REQUESTS.append(request_name(JobRequest.__name__))
ANSWERS = [each.answer.__name__ for each in ENDPOINTS if JSON in each.representations]
ANSWERS += [SERIES.answer.__name__, "Job", "JobPage", "Problem"]
EVENTS = (
    "StartedEvent",
    "StepsEvent",
    "DoneEvent",
    "RowsEvent",
    "SeriesDoneEvent",
    "JobDoneEvent",
    "ReadingEvent",
    "FailedEvent",
)
WHOLE = ("FitPointsRequest", "FitResult", "Resolved")
"""The objects of which others have many fields."""
MANY = 5
"""The number of common fields from which on they are listed instead of described again."""
NOWHERE: Mapping[str, Sequence[str]] = {}
SIGNS = {
    "exclusiveMinimum": "above {}",
    "minimum": "from {}",
    "exclusiveMaximum": "below {}",
    "maximum": "up to {}",
    "minLength": "{} or more characters",
    "maxLength": "up to {} characters",
    "minItems": "{} or more items",
    "maxItems": "up to {} items",
    "maxProperties": "up to {} members",
}
"""The words for the bounds of a value."""


def fields_of(roots: Sequence[str], elsewhere: Mapping[str, Sequence[str]] = NOWHERE) -> str:
    """Return a section for each of the objects `roots` and for each object in them. `elsewhere` has
    the roots of other pages, whose objects are only linked.
    """
    schemas = schemas_of(contract())
    links = {name: words(schema) for name, schema in schemas.items() if "enum" in schema}
    links["Code"] = "[problem code](problems.md)"
    for page, others in elsewhere.items():
        links |= {name: link(name, page) for name in inside(others, schemas) if name not in links}
    names = [name for name in inside(roots, schemas) if name not in links]
    links |= {name: link(name) for name in names}
    return "\n".join(section(name, schemas, links) for name in names)


def link(name: str, page: str = "") -> str:
    """Return a link to the section of an object."""
    return f"[{name}]({page}#{name.lower()})"


def section(name: str, schemas: Schemas, links: Links) -> str:
    """Return the section of an object: its description, and a table of its fields without those
    that it has in common with the object of the page that has most fields.
    """
    schema = schemas[name]
    text = f"## {name}\n\n{line(schema)}\n"
    if "properties" not in schema:
        return f"{text}\nThe value is {type_of(schema, links)}.\n"
    fields: Schemas = schema["properties"]
    for whole in [each for each in WHOLE if each in links]:
        common = [field for field, part in fields.items() if is_field(field, part, schemas[whole])]
        if name not in WHOLE and len(common) >= MANY:
            listed = ", ".join(f"`{field}`" for field in common)
            text += f"\nIt has these fields of {links[whole]}: {listed}.\n"
            fields = {field: part for field, part in fields.items() if field not in common}
    required = schema.get("required", ())
    rows = [
        f"| `{field}` | {type_of(part, links)} | {'yes' * (field in required)} | {line(part)} |\n"
        for field, part in fields.items()
    ]
    if not rows:
        return text
    return f"{text}\n| Field | Type | Required | Meaning |\n|---|---|---|---|\n{''.join(rows)}"


def is_field(name: str, schema: Schema, whole: Schema) -> bool:
    """Return whether an object has the same field."""
    return bool(whole["properties"].get(name) == schema)


def line(schema: Schema) -> str:
    """Return the description on one line, as a cell of a table needs it."""
    return " ".join(schema.get("description", "").split()).replace("|", "\\|")


def type_of(schema: Schema, links: Links) -> str:
    """Return the type of a value in words, with links to the objects of the page."""
    if "$ref" in schema:
        return links[name_of(schema["$ref"])]
    if "const" in schema:
        return f"`{json.dumps(schema['const'])}`"
    if "enum" in schema:
        return words(schema)
    for union in ("anyOf", "oneOf"):
        if union in schema:
            return alternatives([type_of(part, links) for part in schema[union]])
    if "prefixItems" in schema:
        parts = ", ".join(type_of(part, links) for part in schema["prefixItems"])
        return f"[{parts}]"
    return structure(schema, links)


def structure(schema: Schema, links: Links) -> str:
    """Return the type of a value that is no union, with its bounds in parentheses."""
    kind = schema.get("type")
    limits = bounds(schema)
    if kind == "array":
        return f"list{limits} of {type_of(schema['items'], links)}"
    if kind == "object":
        member = schema.get("additionalProperties")
        if not isinstance(member, dict):
            return "object"
        return f"object{limits} of {type_of(member, links)}"
    if "format" in schema:
        return f"{kind} ({schema['format']}){limits}"
    return f"{kind or 'any value'}{limits}"


def bounds(schema: Schema) -> str:
    """Return the bounds of a value in parentheses, without those of every number."""
    words = [
        text.format(f"{schema[name]:,}")
        for name, text in SIGNS.items()
        if name in schema and abs(schema[name]) < MAX_NUMBER
    ]
    return f" ({', '.join(words)})" if words else ""


def words(schema: Schema) -> str:
    """Return the values of which one is allowed."""
    return alternatives([f"`{json.dumps(value)}`" for value in schema["enum"]])


def alternatives(types: Sequence[str]) -> str:
    """Return types of which a value has one."""
    return " or ".join(dict.fromkeys(types))


def requests() -> str:
    """Return the sections of all requests."""
    return fields_of(REQUESTS)


def answers() -> str:
    """Return the sections of all answers."""
    return fields_of(ANSWERS)


def events() -> str:
    """Return the sections of all events, without the objects that answers also have."""
    return fields_of(EVENTS, elsewhere={"answers.md": ANSWERS})
