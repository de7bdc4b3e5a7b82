"""The problems of bodies that are invalid."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from service.api.problems import MAX_ERRORS, MAX_POINTER, Code, Error, ProblemError
from service.descent.methods.models.parameters import LETTERS
from service.descent.methods.option import RuleError

OF_POINTS = {Code.TOO_FEW_ITEMS: Code.TOO_FEW_POINTS, Code.TOO_MANY_ITEMS: Code.TOO_MANY_POINTS}
MANY_ERRORS = 1000
LONG = re.compile(r"\d{20,}")
"""A number that is easier to read with an exponent."""
LENGTHS = {"string_too_short", "string_too_long"}
CODES: dict[str, Code] = {
    "missing": Code.MISSING_FIELD,
    "literal_error": Code.UNKNOWN_VALUE,
    "string_too_short": Code.OUT_OF_RANGE,
    "string_too_long": Code.OUT_OF_RANGE,
    "finite_number": Code.OUT_OF_RANGE,
    "greater_than": Code.OUT_OF_RANGE,
    "greater_than_equal": Code.OUT_OF_RANGE,
    "less_than": Code.OUT_OF_RANGE,
    "less_than_equal": Code.OUT_OF_RANGE,
    "too_short": Code.TOO_FEW_ITEMS,
    "too_long": Code.TOO_MANY_ITEMS,
    Code.UNKNOWN_VALUE: Code.UNKNOWN_VALUE,
}

BODY_CODES = (
    Code.MALFORMED_JSON,
    Code.BODY_TOO_LARGE,
    Code.UNSUPPORTED_MEDIA_TYPE,
    Code.INVALID_BODY,
    Code.MISSING_FIELD,
    Code.UNKNOWN_FIELD,
    Code.UNKNOWN_VALUE,
    Code.WRONG_TYPE,
    Code.OUT_OF_RANGE,
    Code.TOO_FEW_POINTS,
    Code.TOO_MANY_POINTS,
    Code.TOO_FEW_ITEMS,
    Code.TOO_MANY_ITEMS,
    Code.LENGTH_MISMATCH,
    Code.CONFLICTING_FIELDS,
)
"""The problem codes with which the reading of a body can end."""


def invalid(error: ValidationError | RuleError, validator: TypeAdapter[Any]) -> ProblemError:
    """Return the problem of a body that its validator, or a rule between its fields, rejects."""
    if isinstance(error, RuleError):
        return ProblemError.of([_broken(error, "")])
    if error.error_count() > MANY_ERRORS:
        detail = f"More than {MANY_ERRORS} fields are unknown or wrong."
        return ProblemError.of([Error(pointer="", code=Code.UNKNOWN_FIELD, detail=detail)])
    details = error.errors(include_url=False, include_input=False)
    if details[0]["type"] == "json_invalid":
        reason = details[0]["msg"].removeprefix("Invalid JSON: ").capitalize()
        return ProblemError(Code.MALFORMED_JSON, f"{reason}.")
    names = Names.of(validator)
    return ProblemError.of([_error(detail, names) for detail in details[:MAX_ERRORS]])


def _error(found: ErrorDetails, names: "Names") -> Error:
    place, kind = found["loc"], found["type"]
    context = found.get("ctx", {})
    if isinstance(broken := context.get("error"), RuleError):
        return _broken(broken, names.pointer(place))
    if kind == "missing":
        return _missing(str(place[-1]), names.pointer(place[:-1]))
    if kind == "union_tag_not_found":
        return _missing("kind", names.pointer(place))
    if kind == "union_tag_invalid":
        known = context["expected_tags"].replace("'", "")
        pointer = f"{names.pointer(place)}/kind"
        return Error(
            pointer=pointer, code=Code.UNKNOWN_VALUE, detail=f"`kind` must be one of {known}."
        )
    is_name = place[-1:] == ("[key]",)
    if kind == "unexpected_keyword_argument" or (is_name and kind not in LENGTHS):
        pointer = names.pointer(place[:-2] if is_name else place[:-1])
        known = "" if pointer else f" Known fields are {', '.join(names.top)}."
        detail = f"This object has an unknown field.{known}"
        return Error(pointer=pointer, code=Code.UNKNOWN_FIELD, detail=detail)
    code = CODES.get(kind, Code.WRONG_TYPE)
    if place[:1] == ("data",):
        code = OF_POINTS.get(code, code)
    message = LONG.sub(lambda digits: f"{float(digits[0]):g}", found["msg"])
    prefix = "The name of a field: " if is_name else ""
    return Error(pointer=names.pointer(place), code=code, detail=f"{prefix}{message}.")


def _broken(rule: RuleError, pointer: str) -> Error:
    return Error(pointer=rule.pointer or pointer, code=Code(rule.code), detail=f"{rule}.")


def _missing(name: str, pointer: str) -> Error:
    return Error(pointer=pointer, code=Code.MISSING_FIELD, detail=f"`{name}` is missing.")


@dataclass(frozen=True)
class Names:
    """The names that a body can hold: those at the `top`, those of all `fields`, and the `kinds` of
    its options.
    """

    top: list[str]
    fields: frozenset[str]
    kinds: frozenset[str]

    @staticmethod
    @cache
    def of(validator: TypeAdapter[Any]) -> "Names":
        """Return the names in the schema of a validator."""
        schema = validator.json_schema()
        objects: list[dict[str, Any]] = [schema, *schema.get("$defs", {}).values()]
        properties = [each.get("properties", {}) for each in objects]
        return Names(
            top=list(schema["properties"]),
            fields=frozenset(LETTERS).union(*properties),
            kinds=frozenset(
                choice["const"]
                for named in (each["kind"] for each in properties if "kind" in each)
                for choice in named.get("anyOf", [named])
                if "const" in choice
            ),
        )

    def pointer(self, place: Iterable[str | int]) -> str:
        """Return a JSON pointer of known names and indices.

        It stops before a name that the service does not know, so that it does not repeat the
        caller's text. It leaves out the tags with which pydantic distinguishes the members of a
        union.
        """
        pointer = ""
        for part in place:
            if isinstance(part, str) and part not in self.fields:
                if part.startswith("~") or part in self.kinds:
                    continue
                break
            pointer += f"/{part}"
        return pointer[:MAX_POINTER]
