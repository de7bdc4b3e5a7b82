"""The receiving of files. They are kept in pieces as they arrive, and a worker reads them."""

from pickle import PickleBuffer
from typing import Self

from starlette.requests import Request

from service.api.requests import header, too_large
from service.api.state import Uploads


class Upload:
    """A file of one request. It is a context, after which the file is no longer in memory."""

    def __init__(self, uploads: Uploads) -> None:
        self.pieces: list[PickleBuffer] = []
        self._uploads = uploads
        self._held = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.pieces.clear()
        self._uploads.release(self._held)

    async def receive(self, request: Request) -> None:
        """Receive the body of a request. Raises ProblemError if it is too large."""
        self._hold(int(header(request.scope, b"content-length").lstrip("0") or "0"))
        size = 0
        async for chunk in request.stream():
            size += len(chunk)
            self._hold(size)
            self.pieces.append(PickleBuffer(chunk))

    def _hold(self, size: int) -> None:
        """Count the bytes of the file, which can be announced before they arrive."""
        if size > self._uploads.most:
            raise too_large(self._uploads.most, size)
        if size > self._held:
            self._uploads.hold(size - self._held)
            self._held = size
