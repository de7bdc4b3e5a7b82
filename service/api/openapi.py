"""The OpenAPI document that FastAPI makes, extended to describe the answers exactly."""

import asyncio
import json
from dataclasses import is_dataclass
from functools import cache, partial
from importlib.resources import files
from typing import Any, get_args

from fastapi import APIRouter, FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic import TypeAdapter
from starlette.responses import HTMLResponse, JSONResponse

from service.api.endpoints import ENDPOINTS, JSON, NDJSON, SSE
from service.api.keys import is_open
from service.api.problems import MEDIA_TYPE, Code, Problem
from service.api.schemas.answers import StreamEvent
from service.api.schemas.job import JobRequest
from service.descent.questions.setting import Question, adapter
from service.pool.frames import TYPES

SCHEMAS = "#/components/schemas/"
BEARER = {
    "type": "http",
    "scheme": "bearer",
    "description": "A key, if the service requires one. Ask the operator of the service for a key.",
}

REQUESTS = (*dict.fromkeys(endpoint.question for endpoint in ENDPOINTS), JobRequest)
"""The bodies that our own code reads, so that FastAPI does not describe them."""
ANSWERS = (
    Problem,
    *(endpoint.answer for endpoint in ENDPOINTS if JSON in endpoint.representations),
    *get_args(StreamEvent),
)
"""The answers that our own code writes, so that FastAPI does not describe them."""

BOUNDS = (
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "minItems",
    "maxItems",
    "additionalProperties",
)

Json = dict[str, Any]  # a JSON document has no better type


def operation_id(route: APIRoute) -> str:
    """Return the name of the endpoint as the id of its operation."""
    return route.name


def asks(kind: type[Question]) -> Json:
    """Return the `openapi_extra` entry of a route that takes a question."""
    schema = {"$ref": SCHEMAS + _request_name(kind.__name__)}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def answers(schema: str, *pictures: str) -> Json:
    """Return the `responses` entry of a route that answers with JSON made elsewhere, or with
    pictures.
    """
    content: Json = {JSON: {"schema": {"$ref": SCHEMAS + schema}}}
    for media_type in pictures:
        content[media_type] = {"schema": {"type": "string", "contentMediaType": media_type}}
    return {"description": "The result", "content": content}


def streams() -> Json:
    """Return the `responses` entry of a route that answers with events."""
    event = {"$ref": f"{SCHEMAS}StreamEvent"}
    framed = {
        "type": "object",
        "properties": {
            "event": {"type": "string", "enum": [*TYPES], "description": "The event's `type`."},
            "id": {
                "type": "string",
                "description": "For `steps`: the number of the last step in the event.",
            },
            "data": {
                "type": "string",
                "contentMediaType": "application/json",
                "contentSchema": event,
            },
        },
        "required": ["event", "data"],
    }
    content = {SSE: {"itemSchema": framed}, NDJSON: {"itemSchema": event}}
    return {"description": "Events, of which the last is `done` or `failed`", "content": content}


def problems(*codes: Code) -> dict[int | str, Json]:
    """Return the `responses` of a route that can end in these problems."""
    by_status: dict[int, list[Code]] = {}
    for code in (*codes, Code.INTERNAL_ERROR):
        by_status.setdefault(code.kind.status, []).append(code)
    return {status: _response(codes) for status, codes in by_status.items()}


def _response(codes: list[Code]) -> Json:
    description = "; ".join(f"`{code}`: {code.kind.title}" for code in codes)
    return {
        "description": description,
        "content": {MEDIA_TYPE: {"schema": {"$ref": f"{SCHEMAS}Problem"}}},
    }


@cache
def examples() -> Json:
    """Return real requests with their real answers, by name."""
    loaded: Json = json.loads(files("service.api").joinpath("examples.json").read_text())
    return loaded


def install(app: FastAPI) -> None:
    """Serve the document and a page to read it, and build the validators of all requests.

    The first request for the document waits half a second until it is made. Other requests are not
    delayed.
    """
    for kind in REQUESTS:
        adapter(kind)  # now: the first request would wait 0.1 s for it
    app.openapi = partial(openapi, app)  # type: ignore[method-assign]  # FastAPI's documented way
    router, making = APIRouter(include_in_schema=False), asyncio.Lock()

    @router.api_route("/openapi.json", methods=["GET", "HEAD"])
    async def document() -> JSONResponse:
        async with making:
            return JSONResponse(await asyncio.to_thread(app.openapi))

    @router.api_route("/docs", methods=["GET", "HEAD"])
    async def docs() -> HTMLResponse:
        return get_swagger_ui_html(openapi_url="openapi.json", title=app.title)

    app.include_router(router)


def openapi(app: FastAPI) -> Json:
    """Return the document, which is made once and kept by the application."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title,
            version=app.version,
            openapi_version=app.openapi_version,
            description=app.description,
            routes=app.routes,
        )
        schemas = document["components"]["schemas"]
        for kind in REQUESTS:
            schemas |= _requested(kind)
        for answer in ANSWERS:
            schemas |= _described(answer)
        schemas["StreamEvent"] = {
            "oneOf": [{"$ref": f"{SCHEMAS}{event.__name__}"} for event in get_args(StreamEvent)],
            "discriminator": {
                "propertyName": "type",
                "mapping": {name: f"{SCHEMAS}{name.title()}Event" for name in TYPES},
            },
        }
        _without_unused(document)
        _add_keys(document)
        for endpoint in ENDPOINTS:
            if endpoint.examples:
                _add_examples(document["paths"][endpoint.path]["post"], endpoint.examples)
        for name, schema in schemas.items():
            if not name.endswith("Request"):
                _absent_not_null(schema)
        app.openapi_schema = document
    return app.openapi_schema


def _without_unused(document: Json) -> None:
    """Remove FastAPI's own validation errors, as the service answers with problems instead."""
    for path in document["paths"].values():
        for operation in path.values():
            if "application/json" in operation["responses"].get("422", {}).get("content", {}):
                del operation["responses"]["422"]
    for name in ("HTTPValidationError", "ValidationError"):
        document["components"]["schemas"].pop(name, None)


def _add_keys(document: Json) -> None:
    """Describe the API key of all operations that are not open to every client. A service with keys
    rejects requests without one.
    """
    document["components"]["securitySchemes"] = {"key": BEARER}
    for path, operations in document["paths"].items():
        for operation in () if is_open(path) else operations.values():
            operation["security"] = [{}, {"key": []}]
            operation["responses"]["401"] = _response([Code.UNAUTHORIZED])


def _request_name(name: str) -> str:
    return f"{name.removesuffix('Spec').removesuffix('Request')}Request"


def _requested(kind: type[Question]) -> Json:
    """Return the schemas of a request. Their names differ from those of answers."""
    schema = adapter(kind).json_schema(  # type: ignore[arg-type]  # a class can be hashed
        ref_template=SCHEMAS + "{model}Request"
    )
    for base in filter(is_dataclass, kind.__mro__):
        for name, inherited in TypeAdapter(base).json_schema()["properties"].items():
            if "description" in inherited:
                schema["properties"][name].setdefault("description", inherited["description"])
    parts = schema.pop("$defs", {}) | {kind.__name__: schema}
    named = {_request_name(name): part for name, part in parts.items()}
    return {name: part | {"title": name} for name, part in named.items()}


def _described(answer: type) -> Json:
    """Return the schemas of an answer that FastAPI does not describe itself."""
    schema = TypeAdapter(answer).json_schema(ref_template=SCHEMAS + "{model}", mode="serialization")
    _unbounded(schema)
    return {**schema.pop("$defs", {}), answer.__name__: schema}


def _add_examples(operation: Json, group: str) -> None:
    shown, problems = examples()[group], examples()["problems"]
    _json(operation["requestBody"])["examples"] = _values(shown, "request")
    _json(operation["responses"]["200"])["examples"] = _values(shown, "answer")
    operation["responses"]["422"]["content"][MEDIA_TYPE]["examples"] = _values(problems, "answer")


def _json(part: Json) -> Json:
    content: Json = part["content"]["application/json"]
    return content


def _values(group: Json, field: str) -> Json:
    return {
        name: {"summary": example["summary"], "value": example[field]}
        for name, example in group.items()
    }


def _absent_not_null(schema: Json) -> None:
    """Describe each optional field of an answer as absent, not null, if it does not apply."""
    for name, field in schema.get("properties", {}).items():
        if name in schema.get("required", ()) or "anyOf" not in field:
            continue
        there = [choice for choice in field.pop("anyOf") if choice != {"type": "null"}]
        field.update(there[0] if len(there) == 1 else {"anyOf": there})
        if field.get("default", ...) is None:
            del field["default"]


def _unbounded(schema: object) -> None:
    """Remove the bounds of requests from the parts of requests that answers contain: a computed
    number may be larger than any that is accepted, and later answers may have more fields.
    """
    if isinstance(schema, list):
        for part in schema:
            _unbounded(part)
    if not isinstance(schema, dict):
        return
    for bound in BOUNDS:
        if isinstance(schema.get(bound), int | float) and "prefixItems" not in schema:
            del schema[bound]
    if names := schema.pop("patternProperties", None):
        (schema["additionalProperties"],) = names.values()
    for part in schema.values():
        _unbounded(part)
