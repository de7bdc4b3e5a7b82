"""The problems of bodies that are invalid."""

import re
from collections.abc import Iterable
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from service.api.problems import MAX_ERRORS, Code, Error, ProblemError
from service.descent.methods.models.parameters import LETTERS
from service.descent.methods.option import RuleError

MANY_ERRORS = 1000
LONG = re.compile(r"\d{20,}")
"""A number that is easier to read with an exponent."""
LENGTHS = ("string_too_short", "string_too_long")
BOUNDS = ("greater_than", "greater_than_equal", "less_than", "less_than_equal")
CODES: dict[str, Code] = {
    **dict.fromkeys((*LENGTHS, *BOUNDS, "finite_number"), Code.OUT_OF_RANGE),
    "literal_error": Code.UNKNOWN_VALUE,
    "too_short": Code.TOO_FEW_ITEMS,
    "too_long": Code.TOO_MANY_ITEMS,
    Code.UNKNOWN_VALUE: Code.UNKNOWN_VALUE,
}
"""The codes of pydantic's types of errors. For all others, a value has the wrong type."""
OF_POINTS = {Code.TOO_FEW_ITEMS: Code.TOO_FEW_POINTS, Code.TOO_MANY_ITEMS: Code.TOO_MANY_POINTS}
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
    return ProblemError.of([_error(each, validator) for each in details[:MAX_ERRORS]])


def _error(found: ErrorDetails, validator: TypeAdapter[Any]) -> Error:
    place, kind, context = found["loc"], found["type"], found.get("ctx", {})
    pointer, parent = _pointer(place, validator), _pointer(place[:-1], validator)
    if isinstance(broken := context.get("error"), RuleError):
        return _broken(broken, pointer)
    if kind == "missing":
        detail = f"`{place[-1]}` is missing."
        return Error(pointer=parent, code=Code.MISSING_FIELD, detail=detail)
    if kind == "union_tag_not_found":
        return Error(pointer=pointer, code=Code.MISSING_FIELD, detail="`kind` is missing.")
    if kind == "union_tag_invalid":
        detail = "`kind` must be one of {}.".format(context["expected_tags"].replace("'", ""))
        return Error(pointer=f"{pointer}/kind", code=Code.UNKNOWN_VALUE, detail=detail)
    is_name = place[-1:] == ("[key]",)
    if kind == "unexpected_keyword_argument" or (is_name and kind not in LENGTHS):
        if is_name:
            parent = _pointer(place[:-2], validator)
        known = "" if parent else f" Known fields are {', '.join(_fields(validator)[0])}."
        detail = f"This object has an unknown field.{known}"
        return Error(pointer=parent, code=Code.UNKNOWN_FIELD, detail=detail)
    code = CODES.get(kind, Code.WRONG_TYPE)
    if place[:1] == ("data",):
        code = OF_POINTS.get(code, code)
    message = LONG.sub(lambda digits: f"{float(digits[0]):g}", found["msg"])
    prefix = "The name of a field: " if is_name else ""
    return Error(pointer=pointer, code=code, detail=f"{prefix}{message}.")


def _broken(rule: RuleError, pointer: str) -> Error:
    return Error(pointer=rule.pointer or pointer, code=Code(rule.code), detail=f"{rule}.")


@cache
def _fields(validator: TypeAdapter[Any]) -> tuple[list[str], frozenset[str]]:
    """Return the names of the fields at the top of a body, and those of all of its fields."""
    schema = validator.json_schema()
    objects: list[dict[str, Any]] = [schema, *schema.get("$defs", {}).values()]
    properties = [each.get("properties", {}) for each in objects]
    return list(schema["properties"]), frozenset(LETTERS).union(*properties)


def _pointer(place: Iterable[str | int], validator: TypeAdapter[Any]) -> str:
    """Return a JSON pointer of known names and indices.

    It leaves out names that the service does not know, so that it does not repeat the caller's
    text, and the tags with which pydantic distinguishes the members of a union.
    """
    fields = _fields(validator)[1]
    known = (part for part in place if isinstance(part, int) or part in fields)
    return "".join(f"/{part}" for part in known)
