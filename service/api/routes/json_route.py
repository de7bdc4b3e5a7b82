"""Routes whose endpoints read the body themselves, as bytes, and answer in bytes."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response


class JsonRoute(APIRoute):
    """A route that the contract describes like any FastAPI route. If it describes its own body, the
    endpoint is called with the request only.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the endpoint if it reads the body itself, otherwise FastAPI's own handler."""
        if "requestBody" in (self.openapi_extra or {}):
            return self.endpoint
        return super().get_route_handler()
