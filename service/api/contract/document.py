"""The OpenAPI document that FastAPI makes, completed by what our own code reads and writes."""

import json
from importlib.resources import files

from fastapi import FastAPI

from service.api.contract.components import components, simplified
from service.api.endpoints import ENDPOINTS, JSON, SERIES
from service.api.keys import is_open
from service.api.limits import Limits
from service.api.problems import MEDIA_TYPE, Code, Problem
from service.api.routing import HEADERS, SCHEMAS, Json, problem_response, request_name
from service.api.schemas.answers import JobEvent, JobResult, SeriesEvent
from service.api.schemas.job import (
    JOB_FILE_REQUESTS,
    JOB_REQUESTS,
    JobPage,
    JobRequest,
    PartsOfPoints,
)
from service.descent.methods.option import Option
from service.descent.questions.series import SeriesFileSpec, SeriesSpec

OPENAPI_VERSION = "3.1.0"
"""The newest version of OpenAPI that generators of clients read."""
BEARER = {
    "type": "http",
    "scheme": "bearer",
    "description": "A key, if the service requires one. Ask the operator of the service for a key.",
}
REQUESTS: tuple[type[Option], ...] = (
    *dict.fromkeys(endpoint.question for endpoint in ENDPOINTS),
    *JOB_REQUESTS.values(),
    *JOB_FILE_REQUESTS.values(),
    PartsOfPoints,
    SeriesSpec,
    SeriesFileSpec,
    *dict.fromkeys(endpoint.file for endpoint in ENDPOINTS if endpoint.file),
)
"""The bodies that our own code reads, so that FastAPI does not describe them."""
ANSWERS = (
    Problem,
    JobPage,
    Limits,
    *(endpoint.answer for endpoint in ENDPOINTS if endpoint.answer),
    SERIES.answer,
    SeriesEvent,
    JobResult,
    JobEvent,
)
"""The answers that our own code writes, so that FastAPI does not describe them, and those with
fields that may be absent, which FastAPI describes as null.
"""
SAME_REQUESTS = {"fit_picture": "fit", "fit_stream": "fit", "create_job": "fit"}
"""The operations whose requests have the examples of another operation."""
REQUEST_ID = {
    "description": "The id of the request, which the log of the service has too.",
    "required": True,
    "schema": {"type": "string"},
}
RETRY_AFTER = {
    "description": "The number of seconds after which to try again.",
    "schema": {"type": "integer"},
}
CHALLENGE = {"description": "The scheme of the key: `Bearer`.", "schema": {"type": "string"}}


def document(app: FastAPI) -> Json:
    """Return the OpenAPI document of the application. This takes some seconds."""
    app.openapi_version = OPENAPI_VERSION
    made = app.openapi()
    schemas = made["components"]["schemas"]
    for unused in ("HTTPValidationError", "ValidationError"):
        del schemas[unused]
    paths = json.loads(json.dumps(made["paths"]), object_hook=simplified)
    for path, operations in paths.items():
        for operation in operations.values():
            _complete(operation, needs_key=not is_open(path))
    _add_examples(paths)
    described = components(REQUESTS, ANSWERS, schemas)
    described[JobRequest.__name__] = job_request()
    return made | {
        "paths": paths,
        "components": {
            "schemas": described,
            "securitySchemes": {"key": BEARER},
            "headers": {"X-Request-ID": REQUEST_ID, "Retry-After": RETRY_AFTER},
        },
    }


def job_request() -> Json:
    """Return the schema of the body of a job: one of those of its kinds."""
    kinds = [{"$ref": SCHEMAS + request_name(kind.__name__)} for kind in JOB_REQUESTS.values()]
    return {"description": "The question that a job answers.", "oneOf": kinds}


def _complete(operation: Json, *, needs_key: bool) -> None:
    """Add the API key and the headers of responses, and remove FastAPI's own validation errors, as
    the service answers with problems instead.
    """
    responses = operation["responses"]
    if JSON in responses.get("422", {}).get("content", {}):
        del responses["422"]
    operation["security"] = []
    if needs_key:
        operation["security"] = [{}, {"key": []}]
        responses["401"] = problem_response(Code.UNAUTHORIZED)
    for status, response in responses.items():
        headers = response.setdefault("headers", {})
        headers["X-Request-ID"] = {"$ref": f"{HEADERS}X-Request-ID"}
        if status in {"429", "503"}:
            headers["Retry-After"] = {"$ref": f"{HEADERS}Retry-After"}
        if status == "401":
            headers["WWW-Authenticate"] = CHALLENGE


def _add_examples(paths: Json) -> None:
    """Add real requests with their real answers."""
    examples = json.loads(files(__package__).joinpath("examples.json").read_text())
    problems = _values(examples["problems"], "answer")
    for operation in (paths[path]["post"] for path in paths if "post" in paths[path]):
        name = operation["operationId"]
        if shown := examples.get(SAME_REQUESTS.get(name, name)):
            operation["requestBody"]["content"][JSON]["examples"] = _values(shown, "request")
            operation["responses"]["422"]["content"][MEDIA_TYPE]["examples"] = problems
        if answered := examples.get(name):
            operation["responses"]["200"]["content"][JSON]["examples"] = _values(answered, "answer")


def _values(group: Json, field: str) -> Json:
    return {
        name: {"summary": each["summary"], "value": each[field]} for name, each in group.items()
    }
