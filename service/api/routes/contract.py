"""The contract: the OpenAPI document for programs, and Swagger UI to read and try it.

The script and the style sheet of Swagger UI come from the package fastapi-swagger, which holds the
files of each release, so that the page needs no other service.
"""

import asyncio
import re
from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

from fastapi import APIRouter, FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from service.api.contract.document import REQUESTS
from service.api.endpoints import JSON
from service.api.files import File
from service.descent.questions.setting import adapter

DOCUMENT = Path(__file__).parents[3] / "openapi" / "openapi.json"
"""The document. `python -m scripts.contract` makes it, which takes too long for a service."""
ASSETS = {"swagger-ui-bundle.js": "text/javascript", "swagger-ui.css": "text/css"}
"""The files of Swagger UI, and their media types."""


def add_contract(app: FastAPI) -> None:
    """Serve the document and the page, and build the validators of all requests."""
    for kind in REQUESTS:
        adapter(kind)  # now: the first request would wait 0.1 s for it
    served = File(DOCUMENT.read_bytes(), JSON)
    router = APIRouter(include_in_schema=False)

    @router.get("/openapi.json")
    async def openapi(request: Request) -> Response:
        return served.answer(request)

    @router.get("/docs")
    async def docs(request: Request) -> Response:
        return page(app.title).answer(request)

    @router.get("/docs/{name}")
    async def docs_file(request: Request, name: str) -> Response:
        if name not in ASSETS:
            raise HTTPException(404)
        return (await asyncio.to_thread(asset, name)).answer(request)

    app.include_router(router)


@cache
def page(title: str) -> File:
    """Return the page. Its only script in the text is allowed by its hash."""
    html = bytes(
        get_swagger_ui_html(
            openapi_url="openapi.json",
            title=title,
            swagger_js_url="docs/swagger-ui-bundle.js",
            swagger_css_url="docs/swagger-ui.css",
            swagger_favicon_url="page/icon.svg",
        ).body
    )
    (script,) = re.findall(b"<script>(.*?)</script>", html, re.DOTALL)
    policy = (
        "default-src 'none'",
        f"script-src 'self' 'sha256-{b64encode(sha256(script).digest()).decode()}'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
    return File(html, "text/html", policy)


@cache
def asset(name: str) -> File:
    """Return a file of Swagger UI."""
    content = files("fastapi_swagger").joinpath("resources", name).read_bytes()
    return File(content, ASSETS[name])
