"""The problems of URLs: parameters of the query and of the path that are unknown or invalid."""

from collections.abc import Collection

from pydantic_core import ErrorDetails
from starlette.requests import Request

from service.api.mistakes.bodies import CODES
from service.api.mistakes.suggestions import one_of, unknown
from service.api.mistakes.words import allowed, reworded
from service.api.problems import Code, ProblemError

NOT_FOUND = {
    "id": "There is no job with this ID. The ID of a job has 26 hexadecimal digits.",
    "code": "There is no problem with this code. Codes have only small letters and underscores.",
}
"""The details for invalid parts of a path, by their names."""


def check_names(request: Request, known: Collection[str]) -> None:
    """Raise ProblemError if a query parameter is not one of these."""
    for name in request.query_params:
        if name not in known:
            raise ProblemError(Code.UNKNOWN_FIELD, unknown("query parameter", name, known))


def invalid_parameter(found: ErrorDetails) -> ProblemError:
    """Return the problem of a parameter that FastAPI rejects with this error of pydantic."""
    where, name = map(str, found["loc"][:2])
    if where == "path":
        return ProblemError(Code.NOT_FOUND, NOT_FOUND[name])
    code = CODES.get(found["type"], Code.WRONG_TYPE)
    if found["type"] == "literal_error":
        return ProblemError(code, one_of(f"`{name}`", allowed(found), found["input"]))
    return ProblemError(code, reworded(found, f"`{name}`"))
