"""The reading of request bodies: the size is limited, and the bytes are validated once, as sent."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails
from starlette.requests import Request

from service.api.problems import MAX_ERRORS, MAX_POINTER, Code, Error, ProblemError
from service.api.state import app_state
from service.descent.frozen import frozen
from service.descent.methods.models.parameters import LETTERS
from service.descent.methods.option import RuleError
from service.descent.questions import rules
from service.descent.questions.specs import Question

Asked = TypeVar("Asked", bound=Question)

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


async def read(request: Request, kind: type[Asked]) -> Asked:
    """Read the body, and return it as a question of this kind.

    Raises ProblemError.
    """
    return parse(await content(request), kind)


async def content(request: Request) -> bytes:
    """Return the body.

    Raises ProblemError if it is not JSON by its media type, or too large.
    """
    headers = dict(request.scope["headers"])
    _check_media_type(headers)
    body = await _bytes(request, headers, app_state(request).settings.max_body_bytes)
    if len(body) > LARGE_BYTES:
        _check_parts(body)
    return body


def parse(body: bytes, kind: type[Asked]) -> Asked:
    """Return the question of this kind that a body asks.

    Raises ProblemError.
    """
    try:
        validator: TypeAdapter[Asked] = adapter(kind)  # type: ignore[arg-type]  # it has a hash
        question = validator.validate_json(body)
        rules.check(question)
    except ValidationError as error:
        raise _problem(error, kind) from None
    except RuleError as error:
        raise ProblemError.of([_broken(error, "")]) from None
    return question


@cache
def adapter(kind: type[Asked]) -> TypeAdapter[Asked]:
    """Return the validator of a kind of question."""
    return TypeAdapter(kind)


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


def _problem(error: ValidationError, kind: type[Question]) -> ProblemError:
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
    names = Names.of(kind)  # type: ignore[arg-type]  # a class can be hashed
    return ProblemError.of([_error(detail, names) for detail in details[:MAX_ERRORS]])


def _error(detail: ErrorDetails, names: "Names") -> Error:
    place, kind = detail["loc"], detail["type"]
    context = detail.get("ctx", {})
    if isinstance(broken := context.get("error"), RuleError):
        return _broken(broken, names.pointer(place))
    if kind == "missing":
        return _missing(str(place[-1]), names.pointer(place[:-1]))
    if kind == "union_tag_not_found":
        return _missing("kind", names.pointer(place))
    if kind == "union_tag_invalid":
        known = context["expected_tags"].replace("'", "")
        pointer = f"{names.pointer(place)}/kind"
        return Error(pointer=pointer, code=Code.UNKNOWN_VALUE, detail=f"`kind` is one of {known}.")
    is_name = place[-1:] == ("[key]",)
    if kind == "unexpected_keyword_argument" or (is_name and kind not in LENGTHS):
        parent = place[:-2] if is_name else place[:-1]
        return _unknown(names.pointer(parent), names)
    code = CODES.get(kind, Code.WRONG_TYPE)
    if place[:1] == ("data",):
        code = OF_POINTS.get(code, code)
    message = LONG.sub(lambda digits: f"{float(digits[0]):g}", detail["msg"])
    prefix = "The name of a field: " if is_name else ""
    return Error(pointer=names.pointer(place), code=code, detail=f"{prefix}{message}.")


def _broken(rule: RuleError, pointer: str) -> Error:
    return Error(pointer=rule.pointer or pointer, code=Code(rule.code), detail=f"{rule}.")


def _missing(name: str, pointer: str) -> Error:
    return Error(pointer=pointer, code=Code.MISSING_FIELD, detail=f"`{name}` is missing.")


def _unknown(pointer: str, names: "Names") -> Error:
    known = "" if pointer else f" Known fields are {', '.join(names.top)}."
    detail = f"This object has an unknown field.{known}"
    return Error(pointer=pointer, code=Code.UNKNOWN_FIELD, detail=detail)


@frozen
class Names:
    """The names that a body can hold: those at the `top`, those of all `fields`, and the `kinds` of
    its options.
    """

    top: list[str]
    fields: frozenset[str]
    kinds: frozenset[str]

    @staticmethod
    @cache
    def of(kind: type[Question]) -> "Names":
        """Return the names in the schema of a question."""
        schema = adapter(kind).json_schema()  # type: ignore[arg-type]  # a class can be hashed
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
