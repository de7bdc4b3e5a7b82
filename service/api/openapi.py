"""The OpenAPI document that FastAPI makes, completed by what our own code reads and writes."""

import asyncio
import json
from dataclasses import is_dataclass
from functools import cache, partial
from importlib.resources import files

from fastapi import APIRouter, FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from pydantic import TypeAdapter
from starlette.responses import HTMLResponse, JSONResponse

from service.api.endpoints import ENDPOINTS, JSON
from service.api.keys import is_open
from service.api.problems import MEDIA_TYPE, Code, Problem
from service.api.routing import SCHEMAS, Json, problem_response, request_name
from service.api.schemas.job import JobRequest
from service.descent.questions.setting import Question, adapter

BEARER = {
    "type": "http",
    "scheme": "bearer",
    "description": "A key, if the service requires one. Ask the operator of the service for a key.",
}
REQUESTS = (*dict.fromkeys(endpoint.question for endpoint in ENDPOINTS), JobRequest)
"""The bodies that our own code reads, so that FastAPI does not describe them."""
ANSWERS = (Problem, *(endpoint.answer for endpoint in ENDPOINTS))
"""The answers that our own code writes, so that FastAPI does not describe them."""
BOUNDS = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minItems", "maxItems"}


def install(app: FastAPI) -> None:
    """Serve the document and a page to read it, and build the validators of all requests.

    The first request for the document waits half a second until it is made. Other requests are not
    delayed.
    """
    for kind in REQUESTS:
        adapter(kind)  # now: the first request would wait 0.1 s for it
    app.openapi = cache(partial(_document, app))  # type: ignore[method-assign]  # as FastAPI says
    router, making = APIRouter(include_in_schema=False), asyncio.Lock()

    @router.api_route("/openapi.json", methods=["GET", "HEAD"])
    async def document() -> JSONResponse:
        async with making:
            return JSONResponse(await asyncio.to_thread(app.openapi))

    @router.api_route("/docs", methods=["GET", "HEAD"])
    async def docs() -> HTMLResponse:
        return get_swagger_ui_html(openapi_url="openapi.json", title=app.title)

    app.include_router(router)


def _document(app: FastAPI) -> Json:
    document = FastAPI.openapi(app)
    schemas = document["components"]["schemas"]
    for unused in ("HTTPValidationError", "ValidationError"):
        del schemas[unused]
    answers = dict(schemas)
    for answer in ANSWERS:
        schema = TypeAdapter(answer).json_schema(
            ref_template=SCHEMAS + "{model}", mode="serialization"
        )
        answers |= {**schema.pop("$defs", {}), answer.__name__: schema}
    for kind in REQUESTS:
        schemas |= _requested(kind)
    schemas |= json.loads(json.dumps(answers), object_hook=_without_rules)
    document["components"]["securitySchemes"] = {"key": BEARER}
    _adapt_responses(document["paths"])
    _add_examples(document["paths"])
    return document


def _without_rules(schema: Json) -> Json:
    """Return a part of an answer's schema without the rules that hold only for requests.

    A computed number may be larger than any that is accepted, and later answers may have more
    fields. An optional field of an answer is absent, not null, if it does not apply.
    """
    if names := schema.pop("patternProperties", None):
        (schema["additionalProperties"],) = names.values()
    if schema.get("additionalProperties") is False:
        del schema["additionalProperties"]
    if "prefixItems" not in schema:
        for bound in BOUNDS & schema.keys():
            del schema[bound]
    for name, field in schema.get("properties", {}).items():
        if name not in schema.get("required", ()) and "anyOf" in field:
            there = [choice for choice in field.pop("anyOf") if choice != {"type": "null"}]
            field.update(there[0] if len(there) == 1 else {"anyOf": there})
            if field.get("default", ...) is None:
                del field["default"]
    return schema


def _requested(kind: type[Question]) -> Json:
    """Return the schemas of a request and of its parts. Pydantic describes only the fields of the
    class itself, so the descriptions of inherited fields are added.
    """
    schema = adapter(kind).json_schema(  # type: ignore[arg-type]  # a class can be hashed
        ref_template=SCHEMAS + "{model}Request"
    )
    for base in filter(is_dataclass, kind.__mro__):
        for name, inherited in TypeAdapter(base).json_schema()["properties"].items():
            if "description" in inherited:
                schema["properties"][name].setdefault("description", inherited["description"])
    parts = schema.pop("$defs") | {kind.__name__: schema}
    named = {request_name(name): part for name, part in parts.items()}
    return {name: part | {"title": name} for name, part in named.items()}


def _adapt_responses(paths: Json) -> None:
    """Remove FastAPI's own validation errors, as the service answers with problems instead, and
    add the API key to all operations that are not open to every client.
    """
    for path, operations in paths.items():
        for operation in operations.values():
            responses = operation["responses"]
            if JSON in responses.get("422", {}).get("content", {}):
                del responses["422"]
            if not is_open(path):
                operation["security"] = [{}, {"key": []}]
                responses["401"] = problem_response(Code.UNAUTHORIZED)


def _add_examples(paths: Json) -> None:
    """Add real requests with their real answers."""
    examples = json.loads(files("service.api").joinpath("examples.json").read_text())
    for endpoint in ENDPOINTS:
        if shown := examples.get(endpoint.name):
            operation = paths[endpoint.path]["post"]
            request, responses = operation["requestBody"], operation["responses"]
            request["content"][JSON]["examples"] = _values(shown, "request")
            responses["200"]["content"][JSON]["examples"] = _values(shown, "answer")
            problem = responses["422"]["content"][MEDIA_TYPE]
            problem["examples"] = _values(examples["problems"], "answer")


def _values(group: Json, field: str) -> Json:
    return {
        name: {"summary": each["summary"], "value": each[field]} for name, each in group.items()
    }
