"""Files that a browser loads, and may keep."""

import gzip
from collections.abc import Sequence
from hashlib import sha256

from starlette.requests import Request
from starlette.responses import Response

HEADERS = {
    "Cache-Control": "no-cache",
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept-Encoding",
    "X-Content-Type-Options": "nosniff",
}


class File:
    """A file, compressed once. `policy` is its content security policy: the default lets it load
    nothing.
    """

    def __init__(
        self, content: bytes, media_type: str, policy: Sequence[str] = ("default-src 'none'",)
    ) -> None:
        self.content = content
        self.compressed = gzip.compress(content)
        self.media_type = media_type
        self.etag = f'W/"{sha256(content).hexdigest()}"'
        self.headers = HEADERS | {
            "Content-Security-Policy": "; ".join(policy),
            "ETag": self.etag,
        }

    def answer(self, request: Request) -> Response:
        """Return the file, or status 304 if the browser already has it."""
        if self.etag in request.headers.get("If-None-Match", ""):
            return Response(status_code=304, headers=self.headers)
        if "gzip" not in request.headers.get("Accept-Encoding", ""):
            return Response(self.content, headers=self.headers, media_type=self.media_type)
        headers = self.headers | {"Content-Encoding": "gzip"}
        return Response(self.compressed, headers=headers, media_type=self.media_type)
