"""The page that a browser shows at /, and the files it is made of."""

from os import PathLike, stat_result
from pathlib import Path

from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import FileResponse, Response
from starlette.routing import Route
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import Receive, Scope, Send

FOLDER = Path(__file__).parent.parent / "web"
TYPES = {".css": "text/css", ".html": "text/html", ".js": "text/javascript", ".svg": "image/svg+xml"}
"""Of our own: machines differ in what they take a .js for."""
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
"""The page asks this service and nobody else, and makes no markup out of text."""
HEADERS = {
    "Accept-Ranges": "none",
    "Cache-Control": "no-cache",
    "Content-Security-Policy": "; ".join(POLICY),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Files(StaticFiles):
    """Whole files: a part of one has no use here, and one that does not exist would be refused in other words than ours."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers as if no range were asked for."""
        headers = [(name, value) for name, value in scope["headers"] if name != b"range"]
        await super().__call__({**scope, "headers": headers}, receive, send)

    def file_response(self, full_path: str | PathLike[str], stat_result: stat_result, scope: Scope, status_code: int = 200) -> Response:
        """The file, or that it is the one that the browser has."""
        media_type = TYPES.get(Path(full_path).suffix)
        response = FileResponse(full_path, status_code, HEADERS, media_type, stat_result=stat_result)
        if not self.is_not_modified(response.headers, Headers(scope=scope)):
            return response
        unchanged = NotModifiedResponse(response.headers)
        unchanged.headers["Vary"] = "Accept-Encoding"  # as the file itself has it, once compressed
        return unchanged


class Index(Files):
    """The page itself."""

    def get_path(self, scope: Scope) -> str:  # noqa: ARG002 - it is the same for all
        """Its file."""
        return "index.html"


def install(app: FastAPI) -> None:
    """Serves the page. The contract does not have it: it is for people."""
    app.router.routes.append(Route("/", GZipMiddleware(Index(directory=FOLDER)), methods=["GET"], include_in_schema=False))
    app.mount("/page", GZipMiddleware(Files(directory=FOLDER)))
