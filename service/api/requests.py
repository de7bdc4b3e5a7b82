"""The reading of requests: a body within the limits, the representation that is preferred, and the
members of the answer that are chosen.

The size of a body is limited, and its bytes are validated once, as sent.
"""

import re
from collections.abc import Callable, Collection
from typing import TypeVar

from pydantic import ValidationError
from starlette.requests import ClientDisconnect, Request
from starlette.types import Scope

from service.api.endpoints import JSON
from service.api.mistakes.bodies import invalid
from service.api.mistakes.suggestions import unknown
from service.api.problems import Code, ProblemError
from service.api.state import state_of
from service.api.transfer.budget import SMALL_BODY_BYTES, held_by
from service.descent.methods.option import RuleError
from service.descent.questions.file import FileSetting
from service.descent.questions.series import SeriesChoices
from service.descent.questions.setting import Question, adapter

Parsed = TypeVar("Parsed", bound=Question | SeriesChoices | FileSetting)

LARGE_BYTES = 64 * 1024
MOST_VALUES, MOST_PARTS = 200_000, 5_000
"""The most commas, and the most colons and brackets, of a large body.

The largest valid body without factors has 140,000 and 700, and 1,000 factors of degree 10 add
98,000 and 27,000. Reading and rejecting 4 MiB of them takes up to two seconds, in which the process
answers no other request, and at most 0.5 s within these bounds. Counting takes a few milliseconds.
"""
SAME_DIGITS = bytes.maketrans(b"123456789", b"000000000")
"""The table that turns every digit into 0, so that one search finds the colons after digits."""
FIELDS = "fields"
"""The query parameter that chooses members of the answer."""
ANYTHING = {"", "*/*"}
"""The Accept headers that most clients send."""
QUALITY = re.compile(r"0(\.\d{0,3})?|1(\.0{0,3})?|\.\d{1,3}")


def header(scope: Scope, name: bytes) -> str:
    """Return the value of a header, or an empty string. Repeated headers are joined by commas
    (RFC 9110, 5.3).
    """
    joined = b""
    for given, value in scope["headers"]:
        if given == name:
            joined = joined + b"," + value if joined else value
    return joined.decode("latin-1") if joined else ""


def media_type_of(request: Request, *others: str) -> str:
    """Return the media type of the body: JSON, or one of these others.

    Raises ProblemError if it has another one, or a content encoding.
    """
    media_type = header(request.scope, b"content-type")
    if media_type != JSON:
        media_type = media_type.lower().replace(" ", "").replace('"', "")
        media_type = media_type.removesuffix(";charset=utf-8")
    encoding = header(request.scope, b"content-encoding").lower()
    is_known = media_type == JSON or media_type in others
    if not is_known or encoding not in {"", "identity"}:
        accepted = ", ".join((f"{JSON} in UTF-8", *others))
        detail = f"Send one of these, without a content encoding: {accepted}."
        raise ProblemError(Code.UNSUPPORTED_MEDIA_TYPE, detail)
    return media_type


def check_parts(body: bytes) -> None:
    """Raise ProblemError if a large body has more values than any valid request.

    Brackets and colons are counted only as far as there are commas. A body that is nested deeply,
    with few commas, makes the parser stop early.
    """
    values = body.count(b",")
    parts = colons(body) + body.count(b"[") + body.count(b"{")
    for given, most in ((values, MOST_VALUES), (min(values, parts), MOST_PARTS)):
        if given > most:
            detail = "The body has more values than any valid request."
            raise ProblemError(Code.TOO_MANY_ITEMS, detail, limit=most, given=given)


def colons(body: bytes) -> int:
    """Return the number of colons after names. Those after digits belong to time stamps."""
    found = body.count(b":")
    if found <= MOST_PARTS:
        return found
    return found - body.translate(SAME_DIGITS).count(b"0:")


async def content(request: Request, check: Callable[[bytes], None] = check_parts) -> bytes:
    """Return the body, which `check` examines if it is large.

    Raises ProblemError if it is too large, or if there is no room for it.
    """
    limit = state_of(request.app).settings.max_body_bytes
    if announced(request, limit) > SMALL_BODY_BYTES:
        held_by(request).check(announced(request, limit), Code.TOO_MANY_UPLOADS)
    chunks, size, more = [], 0, True
    while more:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk = message.get("body", b"")
        chunks.append(chunk)
        size += len(chunk)
        if size > limit:
            raise too_large(limit, size)
        if size > SMALL_BODY_BYTES:
            held_by(request).resize(size, Code.TOO_MANY_UPLOADS)
        more = message.get("more_body", False)
    body = b"".join(chunks)
    if size > LARGE_BYTES:
        check(body)
    return body


def announced(request: Request, limit: int) -> int:
    """Return the size of the body that the head announces, or 0 if it does not. Raises ProblemError
    if it is above the limit.
    """
    size = int(header(request.scope, b"content-length").lstrip("0") or "0")
    if size > limit:
        raise too_large(limit, size)
    return size


def parse(body: bytes, kind: type[Parsed]) -> Parsed:
    """Return the question of this kind that a body asks. Raises ProblemError."""
    validator = adapter(kind)
    try:
        question = validator.validate_json(body)
        question.check()
    except (ValidationError, RuleError) as error:
        raise invalid(error, validator) from None
    return question


def too_large(limit: int, given: int) -> ProblemError:
    """Return the problem of a body that has more bytes than the limit."""
    detail = f"The body can have at most {limit} bytes."
    return ProblemError(
        Code.BODY_TOO_LARGE, detail, limit=limit, given=given, headers={"Connection": "close"}
    )


def chosen_fields(request: Request, members: Collection[str]) -> frozenset[str] | None:
    """Return the members of the answer that the parameter `fields` names, or None without it.

    Raises ProblemError if the answer cannot have one of them.
    """
    if not request.scope["query_string"] or FIELDS not in request.query_params:
        return None
    names = ",".join(request.query_params.getlist(FIELDS)).split(",")
    for name in names:
        if name not in members:
            detail = unknown("member", name, members)
            raise ProblemError(Code.UNKNOWN_VALUE, f"`{FIELDS}`: {detail}")
    return frozenset(names)


def preferred(request: Request, *offered: str) -> str:
    """Return the media type that the Accept header ranks highest (RFC 9110, 12.5.1). If it names
    none of those offered, or ranks several equally, return the first of them.
    """
    accept = header(request.scope, b"accept").lower()
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
