"""Coaster with one more route: it validates the body of POST /fit and fits nothing."""

import os
import sys

from service.api.schemas.questions import FitRequest
from starlette.requests import Request
from starlette.responses import Response

from service import logs
from service.api.routes.json_route import JsonRoute
from service.app import create_app
from service.server import serve
from service.settings import from_environment


async def empty(body: FitRequest, request: Request) -> Response:
    return Response(b'{"steps":%d}' % body.steps, media_type="application/json")


if __name__ == "__main__":
    settings = from_environment(os.environ | {"COASTER_PORT": sys.argv[1]})
    app = create_app(settings)
    app.router.add_api_route("/empty", empty, methods=["POST"], route_class_override=JsonRoute)
    logs.configure("json", settings.log_level)
    serve(app, settings)
