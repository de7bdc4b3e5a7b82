"""The receiving of files of jobs, which are stored as they arrive."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import count

from starlette.requests import Request

from service.api.mistakes.bodies import against
from service.api.problems import Code, ProblemError
from service.api.requests import announced, too_large
from service.api.state import state_of
from service.api.transfer.budget import held_by
from service.descent.methods.option import RuleError
from service.descent.questions.file import FileSetting
from service.descent.questions.table import FileKind
from service.jobs.errors import StoreUnavailableError
from service.jobs.files import PIECE_BYTES, Cutter, StoredFile
from service.jobs.storage import files
from service.jobs.storage.store import RETRY_SECONDS

HELD_BYTES = 2 * PIECE_BYTES
"""The size in bytes of what is in memory of a file that arrives."""
RETRIES = 3
"""The number of times that a piece is written again if the store is not available."""


async def stored(
    request: Request, upload: str, kind: FileKind, settings: FileSetting
) -> StoredFile:
    """Store the body of a request, a file of this kind, under the ID of an upload. Return what is
    known of it.

    Raises ProblemError if it is too large, if there is no room for it, or if it must be read in
    parts and the question needs all points. Raises StoreError.
    """
    state = state_of(request.app)
    limits = state.settings
    most = limits.max_job_file_bytes if kind == "csv" else limits.max_upload_bytes
    announced(request, most)
    held_by(request).resize(HELD_BYTES, Code.TOO_MANY_UPLOADS)
    cutter, numbers, in_parts = Cutter(kind), count(), False

    async def keep(piece: bytes) -> None:
        number = next(numbers)
        await several_times(
            lambda: state.jobs.store.write(
                files.keep, upload, number=number, piece=piece, settings=limits
            )
        )

    async for chunk in request.stream():
        if cutter.size + len(chunk) > most:
            raise too_large(most, cutter.size + len(chunk))
        for piece in cutter.add(chunk):
            await keep(piece)
        if not in_parts and _must_be_in_parts(cutter, limits.max_upload_bytes):
            _check(settings)
            in_parts = True
        if in_parts:
            _check_lines(cutter)
    await keep(cutter.last())
    if not in_parts and _must_be_in_parts(cutter, limits.max_upload_bytes):
        _check(settings)
        in_parts = True
    return cutter.file(in_parts=in_parts, max_seconds=limits.max_job_seconds)


async def several_times(write: Callable[[], Awaitable[None]]) -> None:
    """Write to the store, and try again a few times if it is not available: the whole file would
    have to be sent again. Raises StoreError.
    """
    for _ in range(RETRIES):
        try:
            return await write()
        except StoreUnavailableError:
            await asyncio.sleep(RETRY_SECONDS)
    return await write()


def _must_be_in_parts(cutter: Cutter, most: int) -> bool:
    """Return whether a file is too large for one worker."""
    return cutter.size > most or cutter.has_too_many_lines


def _check(settings: FileSetting) -> None:
    """Check that the factors of the parts are enough for the question. Raises ProblemError."""
    try:
        settings.check_parts()
    except RuleError as error:
        raise against(error) from None


def _check_lines(cutter: Cutter) -> None:
    """Check that the file was cut at ends of lines. Raises ProblemError."""
    if cutter.uncut_line is not None:
        detail = (
            f"Line {cutter.uncut_line} is too long to be read in parts, or has a quote that is not "
            "closed."
        )
        raise ProblemError(Code.MALFORMED_FILE, detail)
