"""The page that a browser shows at /, its files, and the guide for language models. The contract
does not include them.
"""

import gzip
from hashlib import sha256
from pathlib import Path

from fastapi import APIRouter, FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

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
PAGE_HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": "; ".join(POLICY),
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept-Encoding",
    "X-Content-Type-Options": "nosniff",
}


class File:
    """A file, read and compressed once, as the first visit requests all files one by one."""

    def __init__(self, path: Path) -> None:
        self.content = path.read_bytes()
        self.compressed = gzip.compress(self.content)
        self.media_type = TYPES[path.suffix]
        self.etag = f'W/"{sha256(self.content).hexdigest()}"'

    def answer(self, request: Request) -> Response:
        """Return the file, or status 304 if the browser already has it."""
        headers = PAGE_HEADERS | {"ETag": self.etag}
        if self.etag in request.headers.get("If-None-Match", ""):
            return Response(status_code=304, headers=headers)
        if "gzip" not in request.headers.get("Accept-Encoding", ""):
            return Response(self.content, headers=headers, media_type=self.media_type)
        headers["Content-Encoding"] = "gzip"
        return Response(self.compressed, headers=headers, media_type=self.media_type)


def add_page(app: FastAPI) -> None:
    """Serve the page. Its files are read at this call."""
    files = {path.name: File(path) for path in FOLDER.iterdir() if path.suffix in TYPES}
    router = APIRouter(include_in_schema=False)

    @router.api_route("/", methods=["GET", "HEAD"])
    async def index(request: Request) -> Response:
        return files["index.html"].answer(request)

    @router.api_route("/llms.txt", methods=["GET", "HEAD"])
    async def guide(request: Request) -> Response:
        return files["llms.txt"].answer(request)

    @router.api_route("/page/{name}", methods=["GET", "HEAD"])
    async def file(request: Request, name: str) -> Response:
        if name not in files:
            raise HTTPException(404)
        return files[name].answer(request)

    app.include_router(router)
