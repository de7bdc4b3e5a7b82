"""The contract: the OpenAPI document for programs, and a page to read and try it."""

import asyncio
from functools import cache, partial

from fastapi import APIRouter, FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.responses import HTMLResponse, JSONResponse

from service.api.contract import document
from service.descent.questions.setting import adapter


def add_contract(app: FastAPI) -> None:
    """Serve the document and the page, and build the validators of all requests.

    The first request for the document waits half a second until it is made. Other requests are not
    delayed.
    """
    for kind in document.REQUESTS:
        # now: the first request would wait 0.1 s for it
        adapter(kind)  # type: ignore[arg-type]  # a class can be hashed
    app.openapi_version = document.VERSION
    app.openapi = cache(partial(document.document, app))  # type: ignore[method-assign]  # as FastAPI says
    router, making = APIRouter(include_in_schema=False), asyncio.Lock()

    @router.api_route("/openapi.json", methods=["GET", "HEAD"])
    async def openapi() -> JSONResponse:
        async with making:
            return JSONResponse(await asyncio.to_thread(app.openapi))

    @router.api_route("/docs", methods=["GET", "HEAD"])
    async def docs() -> HTMLResponse:
        return get_swagger_ui_html(openapi_url="openapi.json", title=app.title)

    app.include_router(router)
