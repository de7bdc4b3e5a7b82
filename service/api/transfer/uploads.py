"""The receiving of files. They are kept in memory as they arrive, and a worker reads them."""

from pickle import PickleBuffer
from typing import Self

from starlette.requests import Request

from service.api.problems import Code
from service.api.requests import announced, too_large
from service.api.state import state_of
from service.api.transfer.budget import held_by
from service.pool.memory import Mapping, SharedMemory

SHARED_BYTES = 4 * 1024 * 1024
"""The size from which on a file is in shared memory, in bytes. This keeps two file descriptors
open, and smaller files are sent to a worker in a few milliseconds.
"""


class Upload:
    """A file of one request. It is a context, after which the file is no longer in memory."""

    def __init__(self) -> None:
        self.pieces: list[PickleBuffer] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.pieces.clear()

    async def receive(self, request: Request) -> None:
        """Receive the body of a request, of which all that has arrived counts.

        Raises ProblemError if it is too large, or if there is no room for it.
        """
        most, held = state_of(request.app).settings.max_upload_bytes, held_by(request)
        size = announced(request, most)
        held.check(size, Code.TOO_MANY_UPLOADS)
        size, shared = 0, None
        async for chunk in request.stream():
            size += len(chunk)
            if size > most:
                raise too_large(most, size)
            held.resize(size, Code.TOO_MANY_UPLOADS)
            self.pieces.append(PickleBuffer(chunk))
            if size >= SHARED_BYTES:
                shared = shared or SharedMemory()
                self._move(shared)
        if shared:
            self.pieces.append(PickleBuffer(Mapping(shared)))

    def _move(self, shared: SharedMemory) -> None:
        """Move what has arrived to shared memory."""
        for piece in self.pieces:
            shared.write(piece.raw())
        self.pieces.clear()
