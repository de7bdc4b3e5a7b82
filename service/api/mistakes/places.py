"""Places in a body: their names, and what may be there by the JSON schema of the body."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from service.descent.methods.models.parameters import LETTERS

Json = dict[str, Any]  # a JSON schema has no better type
KEY = "[key]"
"""The last part of the path of an error in a name."""


@dataclass(frozen=True)
class Place:
    """A place in a body. `path` are the names and indices that lead to it, and the tags with which
    pydantic distinguishes the members of a union.
    """

    path: tuple[str | int, ...]
    validator: TypeAdapter[Any]

    @property
    def parent(self) -> "Place":
        """The object that has this field, or the list that has this value."""
        return Place(self.path[:-1], self.validator)

    def field(self, name: str) -> "Place":
        """Return the place of a field of the object at this place."""
        return Place((*self.path, name), self.validator)

    @property
    def is_key(self) -> bool:
        """True if the path leads to the name of a value, not to the value."""
        return self.path[-1:] == (KEY,)

    @property
    def pointer(self) -> str:
        """The JSON pointer of known names and indices, so that it does not repeat other text."""
        fields = _fields(self.validator)
        known = (part for part in self.path if isinstance(part, int) or part in fields)
        return "".join(f"/{part}" for part in known)

    @property
    def name(self) -> str:
        """The name of the value at this place: its field, with its indices if that is a list."""
        fields, name = _fields(self.validator), ""
        for part in self.path:
            if isinstance(part, int):
                name += f"[{part}]"
            elif part in fields:
                name = part
        if self.is_key:
            return f"A name in {self.parent.parent.name}"
        if self.path and any(each.get("additionalProperties") for each in self.parent.schemas):
            return f"A value in {self.parent.name}"
        return f"`{name}`" if name else "The body"

    @property
    def known_fields(self) -> list[str]:
        """The names of the fields that an object at this place can have."""
        schemas = self.schemas
        return [*dict.fromkeys(name for each in schemas for name in each.get("properties", ()))]

    @property
    def kinds(self) -> list[str]:
        """The kinds of the objects that can be at this place, if they have a kind."""
        path, fields = self.path, _fields(self.validator)
        while path and isinstance(path[-1], str) and path[-1] not in fields:
            path = path[:-1]  # a tag, which stands for one kind
        schemas = Place(path, self.validator).schemas
        return [kind for each in schemas if (kind := _kind(each))]

    @property
    def words(self) -> list[str]:
        """The strings that can be at this place, if only some can."""
        schemas = self.schemas
        words = [each.get("enum") or [each["const"]] for each in schemas if _is_words(each)]
        return [word for some in words for word in some]

    @property
    def types(self) -> list[str]:
        """The JSON types of the values that can be at this place, other than these strings."""
        types = [each["type"] for each in self.schemas if "type" in each and not _is_words(each)]
        return [*dict.fromkeys(types)]

    @property
    def item_types(self) -> tuple[str, ...]:
        """The JSON types of the values of a list at this place, other than null."""
        types = [each.get("type") for each in Place((*self.path, 0), self.validator).schemas]
        return tuple(dict.fromkeys(each for each in types if each and each != "null"))

    @property
    def schemas(self) -> list[Json]:
        """The schemas of the values that can be at this place: several for a union."""
        whole = _schema(self.validator)
        found = _members(whole, whole)
        for part in self.path:
            inner = [child for each in found if (child := _child(each, part))]
            if inner:
                found = [member for child in inner for member in _members(child, whole)]
            else:  # a tag
                found = [each for each in found if _kind(each) == part] or found
        return found


def _child(schema: Json, part: str | int) -> Json | None:
    children = schema if isinstance(part, int) else schema.get("properties", {})
    child: Json | None = children.get("items" if isinstance(part, int) else part)
    for pattern, value in schema.get("patternProperties", {}).items():
        if isinstance(part, str) and re.match(pattern, part):
            child = value
    return child


def _is_words(schema: Json) -> bool:
    """Return whether a schema is that of some strings."""
    return schema.get("type") == "string" and bool({"enum", "const"} & schema.keys())


def _kind(schema: Json) -> str | None:
    """Return the kind that an object of a schema has, or None."""
    field = schema.get("properties", {}).get("kind", {})
    kinds = (each.get("const") for each in field.get("anyOf", [field]))
    return next(kinds, None)


def _members(schema: Json, whole: Json) -> list[Json]:
    """Return the members of a union, or the schema itself."""
    if "$ref" in schema:
        return _members(whole["$defs"][schema["$ref"].rpartition("/")[2]], whole)
    members = schema.get("anyOf") or schema.get("oneOf")
    if members is None:
        return [schema]
    return [each for member in members for each in _members(member, whole)]


@cache
def _schema(validator: TypeAdapter[Any]) -> Json:
    return validator.json_schema()


@cache
def _fields(validator: TypeAdapter[Any]) -> frozenset[str]:
    """Return the names of all fields of a body."""
    schema = _schema(validator)
    objects: list[Json] = [schema, *schema.get("$defs", {}).values()]
    return frozenset(LETTERS).union(*(each.get("properties", {}) for each in objects))
