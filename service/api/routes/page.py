"""The page that a browser shows at /, its files, and the guide for language models. The contract
does not include them.
"""

from pathlib import Path

from fastapi import APIRouter, FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from service.api.files import File

FOLDER = Path(__file__).parents[2] / "web"
TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
}
"""The media types by suffix. They are fixed here, as machines differ in the media type of .js."""
POLICY = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob: data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
)
"""The content security policy: no requests to other services, and no markup made from text."""


def add_page(app: FastAPI) -> None:
    """Serve the page. Its files are read and compressed at this call, as the first visit requests
    all of them one by one.
    """
    files = {
        path.name: File(path.read_bytes(), TYPES[path.suffix], POLICY)
        for path in FOLDER.iterdir()
        if path.suffix in TYPES
    }
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    async def index(request: Request) -> Response:
        return files["index.html"].answer(request)

    @router.get("/llms.txt")
    async def guide(request: Request) -> Response:
        return files["llms.txt"].answer(request)

    @router.get("/page/{name}")
    async def file(request: Request, name: str) -> Response:
        if name not in files:
            raise HTTPException(404)
        return files[name].answer(request)

    app.include_router(router)
