"""The reading of requests: the body, and the representation that the client prefers.

The size of a body is limited, and its bytes are validated once, as sent.
"""

import re
from collections.abc import Mapping
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request

from service.api.body_errors import invalid
from service.api.problems import Code, ProblemError
from service.api.state import app_state
from service.descent.methods.option import RuleError
from service.descent.questions.setting import Question, adapter

Asked = TypeVar("Asked", bound=Question)

BODY_TYPES = {b"application/json", b"application/json;charset=utf-8"}
LARGE_BYTES = 64 * 1024
MOST_VALUES, MOST_PARTS = 200_000, 5_000
"""The most commas, and the most colons and brackets, of a large body.

The largest valid body has 140,000 and 700. Reading and rejecting 4 MiB of them takes up to two
seconds, in which the process answers no other request. Counting takes a few milliseconds.
"""
ANYTHING = {"", "*/*"}
"""The Accept headers that most clients send."""
QUALITY = re.compile(r"0(\.\d{0,3})?|1(\.0{0,3})?|\.\d{1,3}")


async def read(request: Request, kind: type[Asked]) -> Asked:
    """Read the body, and return it as a question of this kind. Raises ProblemError."""
    return parse(await content(request), kind)


async def content(request: Request) -> bytes:
    """Return the body. Raises ProblemError if it is not JSON by its media type, or too large."""
    headers = dict(request.scope["headers"])
    _check_media_type(headers)
    body = await _bytes(request, headers, app_state(request).settings.max_body_bytes)
    if len(body) > LARGE_BYTES:
        _check_parts(body)
    return body


def parse(body: bytes, kind: type[Asked]) -> Asked:
    """Return the question of this kind that a body asks. Raises ProblemError."""
    validator: TypeAdapter[Asked] = adapter(kind)  # type: ignore[arg-type]  # it has a hash
    try:
        question = validator.validate_json(body)
        question.check()
    except (ValidationError, RuleError) as error:
        raise invalid(error, validator) from None
    return question


def _check_media_type(headers: Mapping[bytes, bytes]) -> None:
    media_type = headers.get(b"content-type", b"").lower().replace(b" ", b"").replace(b'"', b"")
    if (
        media_type not in BODY_TYPES
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


def preferred(request: Request, *offered: str) -> str:
    """Return the media type that the Accept header ranks highest (RFC 9110, 12.5.1). If it names
    none of those offered, or ranks several equally, return the first of them.
    """
    accept = (
        b",".join(value for name, value in request.scope["headers"] if name == b"accept")
        .decode("latin-1")
        .lower()
    )
    if accept in ANYTHING or accept == offered[0]:
        return offered[0]
    ranks = dict(_rank(part) for part in accept.split(","))
    return max(offered, key=lambda media_type: _quality(ranks, media_type))


def _rank(part: str) -> tuple[str, float]:
    """Return a media range and its quality, which is 0 if it is not a valid number."""
    media_range, *parameters = (piece.strip() for piece in part.split(";"))
    quality = next((parameter[2:] for parameter in parameters if parameter.startswith("q=")), "1")
    return media_range, float(quality) if QUALITY.fullmatch(quality) else 0.0


def _quality(ranks: dict[str, float], media_type: str) -> float:
    """Return the quality of a media type, given by the most specific range that includes it."""
    ranges = (media_type, media_type.partition("/")[0] + "/*", "*/*")
    return next((ranks[each] for each in ranges if each in ranks), 0.0)
