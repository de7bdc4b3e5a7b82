"""The receiving of files of jobs, which are stored as they arrive."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from functools import partial

from starlette.requests import Request

from service.api.problems import Code, ProblemError
from service.api.requests import too_large
from service.api.state import state_of
from service.api.transfer.budget import held_by
from service.descent.questions.file import FileSetting
from service.descent.questions.table import FileKind, uncut
from service.jobs.errors import StoreUnavailableError
from service.jobs.files import PIECE_BYTES, Cutter, StoredFile
from service.jobs.kinds import FileSettings
from service.jobs.storage import files
from service.jobs.storage.store import RETRY_SECONDS

HELD_BYTES = 2 * PIECE_BYTES
"""The size in bytes of what is in memory of a file that arrives."""
RETRIES = 3
"""The number of times that a piece is written again if the store is not available."""


def most_bytes(request: Request, kind: FileKind) -> int:
    """Return the maximum size of a file of this kind, in bytes."""
    limits = state_of(request.app).settings
    return limits.max_job_file_bytes if kind == "csv" else limits.max_upload_bytes


async def stored(
    request: Request, upload: str, kind: FileKind, settings: FileSettings
) -> StoredFile:
    """Store the body of a request, a file of this kind, under the ID of an upload. Return what is
    known of it.

    Raises ProblemError if it is too large, or if there is no room for it, RuleError if it must be
    read in parts and the question needs all points, and StoreError.
    """
    state = state_of(request.app)
    limits, cutter = state.settings, Cutter(kind)
    held_by(request).resize(HELD_BYTES, Code.TOO_MANY_UPLOADS)
    number, in_parts = 0, False
    async with aclosing(_pieces(request, cutter)) as pieces:
        async for piece in pieces:
            keep = partial(files.keep, number=number, piece=piece, settings=limits)
            await _several_times(partial(state.jobs.store.write, keep, upload))
            number += 1
            in_parts = _is_in_parts(cutter, settings, limits.max_upload_bytes)
    return cutter.file(in_parts=in_parts, max_seconds=limits.max_job_seconds)


async def _pieces(request: Request, cutter: Cutter) -> AsyncGenerator[bytes, None]:
    """Yield the pieces of a file as it arrives. Raises ProblemError if it is too large."""
    most = most_bytes(request, cutter.kind)
    async for chunk in request.stream():
        size = cutter.size + len(chunk)
        if size > most:
            raise too_large(most, size)
        for piece in cutter.add(chunk):
            yield piece
    yield cutter.last()


async def _several_times(write: Callable[[], Awaitable[None]]) -> None:
    """Write to the store, and try again a few times if it is not available: the whole file would
    have to be sent again. Raises StoreError.
    """
    for _ in range(RETRIES):
        try:
            return await write()
        except StoreUnavailableError:
            await asyncio.sleep(RETRY_SECONDS)
    return await write()


def _is_in_parts(cutter: Cutter, settings: FileSettings, most: int) -> bool:
    """Return whether a file must be read in parts, because it has more bytes than this or too many
    points. Raises RuleError if the question needs all points at once, and ProblemError if a line is
    too long.
    """
    if cutter.size <= most and not cutter.has_too_many_points:
        return False
    assert isinstance(settings, FileSetting)  # a file of series is not of CSV
    settings.check_parts()
    if cutter.uncut_line is not None:
        raise ProblemError(Code.MALFORMED_FILE, f"{uncut(cutter.uncut_line)}.")
    return True
