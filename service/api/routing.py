"""The declaration of routes: what the contract says about them, and how they are called."""

from dataclasses import fields
from functools import cached_property
from inspect import signature
from operator import attrgetter
from typing import Any

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from service.api.endpoints import JSON, NDJSON, SSE
from service.api.mistakes.urls import check_names
from service.api.problems import MEDIA_TYPE, Code
from service.api.requests import FIELDS

SCHEMAS = "#/components/schemas/"
HEADERS = "#/components/headers/"

Json = dict[str, Any]  # a JSON document has no better type


class BareRoute(APIRoute):
    """A route that the contract describes like any FastAPI route. An endpoint that takes nothing
    but the request is called without FastAPI's work, which takes an eighth of the time of the
    process: it reads the body itself, as bytes.
    """

    @cached_property
    def _bare(self) -> bool:
        return [*signature(self.endpoint).parameters] == ["request"]

    @cached_property
    def _query(self) -> list[str]:
        """The names of the query parameters."""
        extra = (self.openapi_extra or {}).get("parameters", ())
        known = [field.alias for field in self.dependant.query_params]
        return known + [each["name"] for each in extra if each["in"] == "query"]

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request to this path. FastAPI rejects other methods.

        Raises ProblemError if a query parameter is unknown.
        """
        if scope["query_string"]:
            check_names(Request(scope), self._query)
        if self._bare and scope["method"] in (self.methods or ()):
            response = await self.endpoint(Request(scope, receive, send))
            await response(scope, receive, send)
        else:
            await super().handle(scope, receive, send)


def router_of(tag: str, kind: type[APIRoute] = APIRoute) -> APIRouter:
    """Return a router of one kind of routes, which the contract describes under this tag and by
    their own names.
    """
    return APIRouter(tags=[tag], route_class=kind, generate_unique_id_function=attrgetter("name"))


def request_name(name: str) -> str:
    """Return the name of a part of a request in the document. Answers have other names."""
    return f"{name.removesuffix('Spec').removesuffix('Request')}Request"


def fields_of(*answers: type) -> list[str]:
    """Return the names of the top-level members that one of these answers can have."""
    return [*dict.fromkeys(each.name for answer in answers for each in fields(answer))]


def selects(*answers: type) -> Json:
    """Return the query parameter `fields` of a route with these answers, as `openapi_extra`."""
    names = {"type": "string", "enum": fields_of(*answers)}
    parameter = {
        "name": FIELDS,
        "in": "query",
        "required": False,
        "description": (
            "Return only these top-level members of the answer, in its order. All others are "
            "absent, also if the schema requires them, and so are members that do not apply."
        ),
        "style": "form",
        "explode": False,
        "schema": {"type": "array", "items": names},
    }
    return {"parameters": [parameter]}


def asks(name: str) -> Json:
    """Return the `openapi_extra` of a route that takes a question of this name."""
    content = {JSON: {"schema": {"$ref": SCHEMAS + request_name(name)}}}
    return {"requestBody": {"required": True, "content": content}}


def answers(schema: str) -> Json:
    """Return the response of a route that answers with JSON made elsewhere."""
    content = {JSON: {"schema": {"$ref": SCHEMAS + schema}}}
    return {"description": "The result", "content": content}


def binary(*media_types: str) -> Json:
    """Return contents that are bytes, as `content`."""
    schema = {"type": "string", "format": "binary"}
    return {each: {"schema": schema | {"contentMediaType": each}} for each in media_types}


def pictures(*media_types: str) -> Json:
    """Return the response of a route that answers with a picture."""
    return {"description": "The picture", "content": binary(*media_types)}


def streams(event_schema: str) -> Json:
    """Return the response of a route that answers with events. OpenAPI 3.1 has no word for a
    stream, so the schema is that of one event, as generators expect it.
    """
    event = {"schema": {"$ref": SCHEMAS + event_schema}}
    content = {SSE: event, NDJSON: event}
    description = (
        "Events, of which the last is `done` or `failed`. The schema describes one event: the "
        "`data` of a server-sent event, or one line of JSON."
    )
    return {"description": description, "content": content}


def problems(*codes: Code) -> dict[int | str, Json]:
    """Return the responses of a route that can end in these problems."""
    by_status: dict[int | str, list[Code]] = {}
    for code in (*codes, Code.INTERNAL_ERROR):
        by_status.setdefault(code.status, []).append(code)
    return {status: problem_response(*codes) for status, codes in by_status.items()}


def problem_response(*codes: Code) -> Json:
    """Return the response with one of these problems, which have the same status."""
    description = "; ".join(f"`{code}`: {code.summary}" for code in codes)
    content = {MEDIA_TYPE: {"schema": {"$ref": f"{SCHEMAS}Problem"}}}
    return {"description": description, "content": content}
