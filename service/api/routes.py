"""How a route with a body is served: validated from the bytes, answered in bytes."""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from service.api.body import read
from service.api.problems import Code

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
"""How reading a body may end."""


class JsonRoute(APIRoute):
    """An ordinary FastAPI route in the contract; at run time its endpoint is called with the body and the request alone."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Reads the body, asks the endpoint."""
        endpoint: Callable[[BaseModel, Request], Awaitable[Response]] = self.endpoint
        assert self.body_field is not None
        model = self.body_field.field_info.annotation
        assert isinstance(model, type)
        assert issubclass(model, BaseModel)

        async def handle(request: Request) -> Response:
            max_bytes = request.app.state.settings.max_body_bytes
            return await endpoint(await read(request, model, max_bytes=max_bytes), request)

        return handle
