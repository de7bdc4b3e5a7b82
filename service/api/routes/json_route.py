"""Routes with a JSON body, which is validated from the bytes as sent and answered in bytes."""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from service.api.body import read
from service.api.state import app_state


class JsonRoute(APIRoute):
    """A route that the contract describes like any FastAPI route. At run time its endpoint is
    called with the body and the request only.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return a handler that reads the body and calls the endpoint. For a route without a body,
        return FastAPI's own handler.
        """
        if self.body_field is None:
            return super().get_route_handler()
        endpoint: Callable[[BaseModel, Request], Awaitable[Response]] = self.endpoint
        model = self.body_field.field_info.annotation
        assert isinstance(model, type)
        assert issubclass(model, BaseModel)

        async def handle(request: Request) -> Response:
            max_bytes = app_state(request).settings.max_body_bytes
            return await endpoint(await read(request, model, max_bytes=max_bytes), request)

        return handle
