"""The problems of bodies that are invalid."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from service.api.mistakes.places import Place
from service.api.mistakes.suggestions import (
    LISTED,
    SYNONYMS,
    closest,
    object_meant,
    object_of,
    one_of,
    question,
    unknown,
)
from service.api.mistakes.words import allowed, reworded
from service.api.problems import MAX_ERRORS, Code, Error, ProblemError
from service.descent.methods.models.parameters import LETTERS
from service.descent.methods.option import RuleError
from service.descent.methods.stamps import is_stamp

MANY_ERRORS = 1000
NUMERIC = re.compile(r"[-+.\deE]+")
"""A number that is sent as a string."""
LENGTHS = ("string_too_short", "string_too_long")
BOUNDS = ("greater_than", "greater_than_equal", "less_than", "less_than_equal")
CODES: dict[str, Code] = {
    **dict.fromkeys((*LENGTHS, *BOUNDS, "finite_number"), Code.OUT_OF_RANGE),
    "literal_error": Code.UNKNOWN_VALUE,
    "too_short": Code.TOO_FEW_ITEMS,
    "too_long": Code.TOO_MANY_ITEMS,
    Code.OUT_OF_RANGE: Code.OUT_OF_RANGE,
    Code.UNKNOWN_VALUE: Code.UNKNOWN_VALUE,
}
"""The codes of pydantic's types of errors. For all others, a value has the wrong type."""
EXPECTED = {
    "bool_type": "true or false",
    "dataclass_type": "an object",
    "dict_type": "an object",
    "float_type": "a number",
    "int_from_float": "a whole number",
    "int_type": "a whole number",
    "list_type": "a list",
    "model_attributes_type": "an object",
    "string_type": "a string",
}
"""The descriptions of expected values, by pydantic's types of errors."""
TYPES = {"number": "a number", "object": "an object"}
"""The descriptions of expected values in place of a word, by their JSON type."""
SENT = {
    bool: "a boolean",
    dict: "an object",
    float: "a decimal number",
    int: "a number",
    list: "a list",
    str: "a string",
    type(None): "null",
}
"""The descriptions of values that were sent, by their type."""
ITEMS = {
    ("number",): " of numbers",
    ("integer",): " of whole numbers",
    ("string",): " of strings",
    ("number", "string"): " of numbers or time stamps",
}
"""The descriptions of the items of a list, by their JSON types."""
POINT_LISTS = {("data", name) for name in ("t", "y", "weights", "sigma")}
"""The places of the lists that have a value for each point."""
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
        return against(error)
    if error.error_count() > MANY_ERRORS:
        detail = f"More than {MANY_ERRORS} fields are unknown or wrong."
        return ProblemError.of([Error(pointer="", code=Code.UNKNOWN_FIELD, detail=detail)])
    details = error.errors(include_url=False)
    if details[0]["type"] == "json_invalid":
        reason = details[0]["msg"].removeprefix("Invalid JSON: ").capitalize()
        return ProblemError(Code.MALFORMED_JSON, f"{reason}.")
    found = [_error(each, Place(each["loc"], validator)) for each in details[:MAX_ERRORS]]
    # a field is often missing because its name is misspelt, so say that first
    found.sort(key=lambda each: each.code is Code.MISSING_FIELD)
    return ProblemError.of([*_listed_once(found)])


def against(rule: RuleError) -> ProblemError:
    """Return the problem of a question that is valid, but breaks a rule."""
    broken = _broken(rule, "")
    return ProblemError(
        broken.code, broken.detail, errors=[broken], limit=rule.limit, given=rule.given
    )


def _listed_once(errors: Iterable[Error]) -> Iterator[Error]:
    """Yield errors without the lists of known fields that repeat the list of an earlier error."""
    seen = set()
    for error in errors:
        reason, _, known = error.detail.partition(LISTED.format("field"))
        if known in seen:
            yield error.model_copy(update={"detail": reason})
        else:
            yield error
        if known:
            seen.add(known)


def _error(found: ErrorDetails, place: Place) -> Error:
    kind, context = found["type"], found.get("ctx", {})
    if isinstance(broken := context.get("error"), RuleError):
        return _broken(broken, place.pointer)
    if kind in {"missing", "union_tag_not_found"}:
        return _missing(place if kind == "missing" else place.field("kind"))
    if kind == "union_tag_invalid":
        return _unknown_kind(place, found["input"])
    if kind == "unexpected_keyword_argument":
        return _unknown_field(place, place.parent.known_fields)
    if place.is_key and kind not in LENGTHS:
        return _unknown_field(place.parent, [*LETTERS, *place.parent.parent.known_fields])
    code = CODES.get(kind, Code.WRONG_TYPE)
    if place.path in POINT_LISTS:
        code = OF_POINTS.get(code, code)
    return Error(pointer=place.pointer, code=code, detail=_detail(found, place))


def _broken(rule: RuleError, pointer: str) -> Error:
    return Error(pointer=rule.pointer or pointer, code=Code(rule.code), detail=f"{rule}.")


def _missing(place: Place) -> Error:
    detail = f"`{place.path[-1]}` is missing."
    return Error(pointer=place.parent.pointer, code=Code.MISSING_FIELD, detail=detail)


def _unknown_kind(place: Place, sent: Mapping[str, object]) -> Error:
    kind, kinds = sent.get("kind"), place.kinds
    meant = object_meant(kind, kinds) if isinstance(kind, str) else None
    detail = f"`kind` must be one of {', '.join(kinds)}.{question(meant)}"
    return Error(pointer=place.field("kind").pointer, code=Code.UNKNOWN_VALUE, detail=detail)


def _unknown_field(place: Place, known: Collection[str]) -> Error:
    if place.path[-1] in known:  # the other fields choose a form of the object that lacks it
        name, whole = place.path[-1], place.parent
        detail = f"`{name}` does not go with the other fields of {whole.name}: leave it out."
        return Error(pointer=whole.pointer, code=Code.CONFLICTING_FIELDS, detail=detail)
    detail = unknown("field", str(place.path[-1]), known, SYNONYMS)
    return Error(pointer=place.parent.pointer, code=Code.UNKNOWN_FIELD, detail=detail)


def _detail(found: ErrorDetails, place: Place) -> str:
    """Return what is wrong with a value, in the words of the caller."""
    kind, name, sent, context = found["type"], place.name, found["input"], found.get("ctx", {})
    if kind == "float_type" and is_stamp(sent) and "string" in place.types:
        return f"{name} must be a number, as the values before it are."
    if kind in EXPECTED:
        hint = _instead_of(sent, EXPECTED[kind], place)
        return f"{name} must be {_expected(kind, place)}, not {SENT[type(sent)]}.{hint}"
    if kind == "literal_error":
        return one_of(name, allowed(found), sent)
    if kind in {"too_short", "too_long"}:
        bound = "at least" if kind == "too_short" else "at most"
        count = context.get("min_length") or context["max_length"]
        return f"{name} must have {bound} {count} item{'s' if count > 1 else ''}."
    message = reworded(found, name)
    if kind == Code.UNKNOWN_VALUE and isinstance(sent, str):
        message += question(closest(sent, place.words))
    return message


def _expected(kind: str, place: Place) -> str:
    """Return the description of the values that are expected: of all, where some words are too."""
    if words := place.words:
        others = [TYPES[each] for each in place.types if each in TYPES]
        *choices, last = [*others, *(f'"{word}"' for word in words)]
        return f"{', '.join(choices)} or {last}"
    if kind == "list_type":
        return EXPECTED[kind] + ITEMS.get(place.item_types, "")
    if kind == "float_type" and "string" in place.types:
        return "a number or a time stamp"
    return EXPECTED[kind]


def _instead_of(sent: object, expected: str, place: Place) -> str:
    """Return what to send instead of an object with a kind, or instead of a number in a string."""
    if kinds := place.kinds:
        meant = object_meant(sent, kinds) if isinstance(sent, str) else None
        return f" Send {meant or object_of(kinds[0])}, for example."
    if not isinstance(sent, str) or "number" not in expected:
        return ""
    if is_stamp(sent):
        return " Send times as Unix seconds, such as 1767225600."
    return " Send it without quotes." if NUMERIC.fullmatch(sent) else ""
