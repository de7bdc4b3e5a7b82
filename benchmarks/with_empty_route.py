"""Coaster with one more route: it validates the body of POST /fit and fits nothing."""

import os
import sys

from starlette.requests import Request
from starlette.responses import Response

from service import logs
from service.api.requests import content, parse
from service.api.routing import BareRoute
from service.app import create_app
from service.descent.questions.fit import FitSpec
from service.server import serve
from service.settings import from_environment


async def empty(request: Request) -> Response:
    body = parse(await content(request), FitSpec)
    return Response(b'{"steps":%d}' % body.steps, media_type="application/json")


if __name__ == "__main__":
    settings = from_environment(os.environ | {"COASTER_PORT": sys.argv[1]})
    app = create_app(settings)
    app.router.add_api_route("/empty", empty, methods=["POST"], route_class_override=BareRoute)
    logs.configure("json", settings.log_level)
    serve(app, settings)
