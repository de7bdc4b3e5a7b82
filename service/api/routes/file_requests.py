"""Requests whose body is a file, with their settings in a header or in the query."""

from collections.abc import Mapping

from starlette.requests import Request

from service.api.endpoints import ARROW, ARROW_FILE, CSV, JSON, NPY, PARQUET
from service.api.problems import Code, Error, ProblemError
from service.api.requests import Parsed, header, parse
from service.api.routing import SCHEMAS, Json, request_name
from service.descent.questions.table import FileKind

KINDS: Mapping[str, FileKind] = {
    CSV: "csv",
    PARQUET: "parquet",
    ARROW: "arrow",
    ARROW_FILE: "arrow_file",
    NPY: "npy",
}
"""The kinds of files by media type."""
OPTIONS_HEADER, OPTIONS = "Coaster-Options", "options"
"""The header and the query parameter with the settings of a file as JSON."""


def file_options(request: Request, kind: type[Parsed]) -> Parsed:
    """Return the settings of a file. Raises ProblemError."""
    return parsed_options(given_options(request) or b"{}", kind)


def parsed_options(given: bytes, kind: type[Parsed]) -> Parsed:
    """Return settings of this kind, which were given as JSON. Raises ProblemError."""
    try:
        return parse(given, kind)
    except ProblemError as error:
        if error.code is not Code.MALFORMED_JSON:
            raise error.reworded(_of_options) from None
        detail = f"The options of the file are not valid JSON: {error.detail}"
        raise ProblemError(error.code, detail) from None


def _of_options(error: Error) -> Error:
    """Return what is wrong with the options of a file, in place of a body."""
    detail = error.detail.replace("The body", "The options of the file")
    return error.model_copy(update={"detail": detail})


def check_no_options(request: Request) -> None:
    """Check that a request in JSON has no options of a file. Raises ProblemError."""
    if given_options(request):
        detail = f"`{OPTIONS_HEADER}` belongs to a file. In JSON, the options are fields."
        raise ProblemError(Code.CONFLICTING_FIELDS, detail)


def given_options(request: Request) -> bytes:
    """Return the options of a file, or nothing if there are none. Raises ProblemError."""
    in_header = header(request.scope, OPTIONS_HEADER.lower().encode()).encode("latin-1")
    if not request.scope["query_string"]:
        return in_header
    in_query = request.query_params.get(OPTIONS, "").encode()
    if in_header and in_query:
        detail = f"Give the options in `{OPTIONS_HEADER}` or in `{OPTIONS}`, not in both."
        raise ProblemError(Code.CONFLICTING_FIELDS, detail)
    return in_header or in_query


def option_parameters(example: str, *settings: type) -> list[Json]:
    """Return the two places of the settings of a file, which are of one of these types, as the
    contract describes them.
    """
    kinds = [{"$ref": SCHEMAS + request_name(each.__name__)} for each in settings]
    schema = {
        "type": "string",
        "contentMediaType": JSON,
        "contentSchema": kinds[0] if len(kinds) == 1 else {"oneOf": kinds},
    }
    description = (
        "The settings of a file, as JSON. A request in JSON has them in its body. For example: "
        f"`{example}`."
    )
    return [
        {
            "name": name,
            "in": place,
            "required": False,
            "description": description,
            "schema": schema,
        }
        for place, name in (("header", OPTIONS_HEADER), ("query", OPTIONS))
    ]
