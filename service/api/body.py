"""The reading of request bodies: the size is limited, and the bytes are validated once, as sent."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from starlette.requests import Request

from service.api.problems import MAX_ERRORS, MAX_POINTER, Code, Error, ProblemError
from service.descent.questions.options import MAX_DEGREE, coefficient_names

Model = TypeVar("Model", bound=BaseModel)

MEDIA_TYPES = {b"application/json", b"application/json;charset=utf-8"}
OF_POINTS = {Code.TOO_FEW_ITEMS: Code.TOO_FEW_POINTS, Code.TOO_MANY_ITEMS: Code.TOO_MANY_POINTS}
MANY_ERRORS = 1000
LARGE_BYTES = 64 * 1024
MOST_VALUES, MOST_PARTS = 200_000, 5_000
"""The most commas, and the most colons and brackets, of a large body.

The largest valid body has 140,000 and 700. Reading and rejecting 4 MiB of them takes up to two
seconds, in which the process answers no other request. Counting takes a few milliseconds.
"""
LONG = re.compile(r"\d{20,}")
"""A number that is easier to read with an exponent."""
UNION_TAGS = {
    *("~word", "~number", "~params", "~network", "~scaled", "~list", "~range"),
    *("~polynomial", "~mlp", "~sgd", "~adam", "~rmsprop"),
    *("~constant", "~step", "~cosine", "~one_cycle", "~mse", "~mae", "~huber"),
}
"""The tags that pydantic adds to the location of an error to distinguish the members of a union."""
LENGTHS = {"string_too_short", "string_too_long"}
CODES: dict[str, Code] = {
    "missing": Code.MISSING_FIELD,
    "extra_forbidden": Code.UNKNOWN_FIELD,
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
    Code.MISSING_FIELD: Code.MISSING_FIELD,
    Code.UNKNOWN_FIELD: Code.UNKNOWN_FIELD,
    Code.UNKNOWN_VALUE: Code.UNKNOWN_VALUE,
    Code.OUT_OF_RANGE: Code.OUT_OF_RANGE,
    Code.LENGTH_MISMATCH: Code.LENGTH_MISMATCH,
    Code.CONFLICTING_FIELDS: Code.CONFLICTING_FIELDS,
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


async def read(request: Request, model: type[Model], *, max_bytes: int) -> Model:
    """Read and validate the body, and return it as a model.

    Raises ProblemError.
    """
    headers = dict(request.scope["headers"])
    _check_media_type(headers)
    body = await _bytes(request, headers, max_bytes)
    if len(body) > LARGE_BYTES:
        _check_parts(body)
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise _problem(error, model) from None


def _check_media_type(headers: Mapping[bytes, bytes]) -> None:
    media_type = headers.get(b"content-type", b"").lower().replace(b" ", b"").replace(b'"', b"")
    if (
        media_type not in MEDIA_TYPES
        or headers.get(b"content-encoding", b"identity").lower() != b"identity"
    ):
        raise ProblemError(
            Code.UNSUPPORTED_MEDIA_TYPE,
            "Send application/json in UTF-8, without a content encoding.",
        )


async def _bytes(request: Request, headers: Mapping[bytes, bytes], limit: int) -> bytes:
    declared = int(headers.get(b"content-length", b"0").lstrip(b"0") or b"0")
    if declared > limit:
        raise _too_large(limit, declared)
    chunks, size = [], 0
    async for chunk in request.stream():
        chunks.append(chunk)
        size += len(chunk)
        if size > limit:
            raise _too_large(limit, size)
    return b"".join(chunks)


def _check_parts(body: bytes) -> None:
    """Raise ProblemError if a large body has more values than any valid request.

    Brackets and colons are counted only as far as there are commas. A body that is nested deeply,
    with few commas, makes the parser stop early.
    """
    values = body.count(b",")
    parts = body.count(b":") + body.count(b"[") + body.count(b"{")
    for given, most in ((values, MOST_VALUES), (min(values, parts), MOST_PARTS)):
        if given > most:
            raise ProblemError(
                Code.TOO_MANY_ITEMS,
                "The body has more values than any valid request.",
                limit=most,
                given=given,
            )


def _too_large(limit: int, given: int) -> ProblemError:
    detail = f"The body can have at most {limit} bytes."
    return ProblemError(
        Code.BODY_TOO_LARGE, detail, limit=limit, given=given, headers={"Connection": "close"}
    )


def _problem(error: ValidationError, model: type[BaseModel]) -> ProblemError:
    if error.error_count() > MANY_ERRORS:
        return ProblemError.of(
            [
                Error(
                    pointer="",
                    code=Code.UNKNOWN_FIELD,
                    detail=f"More than {MANY_ERRORS} fields are unknown or wrong.",
                )
            ]
        )
    details = error.errors(include_url=False, include_input=False)
    if details[0]["type"] == "json_invalid":
        return ProblemError(
            Code.MALFORMED_JSON, details[0]["msg"].removeprefix("Invalid JSON: ").capitalize() + "."
        )
    return ProblemError.of([_error(detail, model) for detail in details[:MAX_ERRORS]])


def _error(detail: ErrorDetails, model: type[BaseModel]) -> Error:
    names = _names(model)
    kind, place, parent = detail["type"], detail["loc"], _pointer(detail["loc"][:-1], names)
    if kind == "missing":
        return Error(pointer=parent, code=Code.MISSING_FIELD, detail=f"`{place[-1]}` is missing.")
    named = place[-1:] == ("[key]",)  # the name of a field is wrong
    if kind == "extra_forbidden" or (named and kind not in LENGTHS):
        known = "" if parent else f" Known fields are {', '.join(model.model_fields)}."
        return Error(
            pointer=parent,
            code=Code.UNKNOWN_FIELD,
            detail=f"This object has an unknown field.{known}",
        )
    code = CODES.get(kind, Code.WRONG_TYPE)
    pointer = detail.get("ctx", {}).get("pointer") or _pointer(place, names)
    if place[:1] == ("data",):
        code = OF_POINTS.get(code, code)
    message = LONG.sub(lambda digits: f"{float(digits[0]):g}", detail["msg"])
    return Error(
        pointer=pointer, code=code, detail=f"{'The name of a field: ' if named else ''}{message}."
    )


def _pointer(place: Iterable[str | int], names: frozenset[str]) -> str:
    """Return a JSON pointer of known names and indices.

    It stops before a name that the service does not know, so that it does not repeat the caller's
    text.
    """
    pointer = ""
    for part in place:
        if part in UNION_TAGS:
            continue
        if isinstance(part, str) and part not in names:
            break
        pointer += f"/{part}"
    return pointer[:MAX_POINTER]


@cache
def _names(model: type[BaseModel]) -> frozenset[str]:
    """Return every field name that a body of this model may hold."""
    schema = model.model_json_schema()
    objects = [schema, *schema.get("$defs", {}).values()]
    return frozenset(name for each in objects for name in each.get("properties", {})) | frozenset(
        coefficient_names(MAX_DEGREE)
    )
