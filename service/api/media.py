"""The choice of the representation that a client prefers."""

import re

from starlette.requests import Request

from service.descent.questions.options import Form

JSON = "application/json"
ANYTHING = {"", "*/*"}
"""The Accept headers that most clients send."""
PICTURES: dict[str, Form] = {"image/svg+xml": "svg", "image/png": "png"}
QUALITY = re.compile(r"0(\.\d{0,3})?|1(\.0{0,3})?|\.\d{1,3}")


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
