"""Answers that a worker or the database has made: how they wait for their clients to read them."""

import asyncio
from collections import deque
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from service.api.disconnect import DisconnectError, Watch
from service.api.problems import Code, Error, ProblemError
from service.api.state import client, state_of
from service.api.streaming import abort
from service.api.transfer.budget import held_by
from service.descent.questions.asked import Asked, question_of
from service.descent.questions.fit import FitSpec
from service.descent.questions.records import MAX_NUMBERS, NUMBER_BYTES
from service.descent.questions.sweep import SweepSpec
from service.pool.frames import PART_BYTES
from service.pool.scheduling import SMALL_SECONDS

GRACE_SECONDS, LEAST_PER_SECOND = 30, 256 * 1024
"""A client must read an answer within GRACE_SECONDS and a second for each LEAST_PER_SECOND bytes.
For the largest answers, 50 MB, these are less than four minutes.
"""

NOTHING = nullcontext()
"""The context of a question whose points need none."""


class Pieces(Response):
    """An answer that is sent piece by piece, each after most of the one before has been read.

    A large answer counts until it has been read. A client that takes too long is disconnected.
    """

    def __init__(
        self,
        request: Request,
        pieces: deque[bytes | memoryview],
        status_code: int = 200,
        headers: Mapping[str, str] | None = None,
        media_type: str | None = None,
    ) -> None:
        self.status_code, self.media_type, self.background = status_code, media_type, None
        self._pieces = pieces
        self._size = sum(map(len, pieces))
        self.body = b""
        self.init_headers({"Content-Length": str(self._size), **(headers or {})})
        held_by(request).resize(self._size, Code.TOO_MANY_ANSWERS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - the names of ASGI
        """Send the answer. Raises DisconnectError if the client does not read it in time."""
        try:
            async with asyncio.timeout(GRACE_SECONDS + self._size / LEAST_PER_SECOND):
                await self._send(send)
        except TimeoutError:
            await abort(scope)
            raise DisconnectError from None

    async def _send(self, send: Send) -> None:
        head = {"type": "http.response.start", "status": self.status_code}
        await send({**head, "headers": self.raw_headers})
        while self._pieces:
            piece = bytes(self._pieces.popleft())
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        # a server lets this wait until nearly all pieces have been read
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def whole(
    request: Request,
    body: bytes,
    status_code: int = 200,
    headers: Mapping[str, str] | None = None,
    media_type: str | None = None,
) -> Response:
    """Return the response with this body, in pieces if it is large. Raises ProblemError if there is
    no room for it.
    """
    if len(body) <= PART_BYTES:
        return Response(body, status_code, headers, media_type)
    view, starts = memoryview(body), range(0, len(body), PART_BYTES)
    pieces: deque[bytes | memoryview] = deque(view[at : at + PART_BYTES] for at in starts)
    return Pieces(request, pieces, status_code, headers, media_type)


def check_room(request: Request, question: Asked, size: int) -> None:
    """Check that a body of this size in bytes, and the largest answer to its question, can be held
    together. Raises ProblemError.
    """
    most = state_of(request.app).budget.most - _most_bytes(question)
    if size <= most:
        return
    asked = question_of(question)
    has_include = isinstance(asked, FitSpec | SweepSpec) and asked.include
    detail = (
        f"With an answer as large as this question can have, the body can have at most {most} "
        "bytes: ask for fewer columns in `include`, or set a larger `record_every`."
    )
    pointer = "/include" if has_include else "/record_every"
    raise ProblemError(
        Code.BODY_TOO_LARGE,
        detail,
        errors=[Error(pointer=pointer, code=Code.BODY_TOO_LARGE, detail=detail)],
        limit=most,
        given=size,
        headers={"Connection": "close"},
    )


def _most_bytes(question: Asked) -> int:
    """Return the maximum size of the answer to a question, in bytes."""
    return NUMBER_BYTES * min(MAX_NUMBERS, question_of(question).numbers_in_answer)


@dataclass(eq=False)
class WorkerAnswer(Response):
    """The answer of a worker to a question.

    `slot` is held until the answer has been written, and `source`, which keeps the points, until
    the worker has answered.
    """

    request: Request
    question: Asked
    seconds: float
    """The predicted CPU time of the question."""
    slot: AbstractContextManager[object]
    media_type: str
    fields: Mapping[str, str] | None = None
    """More headers."""
    source: AbstractContextManager[object] = NOTHING

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Ask a worker, and send its answer. Raises PoolError, and ProblemError if there is no room
        for the answer.
        """
        pool = state_of(self.request.app).pool
        with self.slot:
            with self.source, Watch(receive):
                if self.seconds > SMALL_SECONDS:
                    await self._make_room()
                whose = client(self.request.scope)
                pieces = await pool.pieces(self.question, self.seconds, whose)
            del self.question  # a client may take long to read the answer
            await self._response(pieces)(scope, receive, send)

    async def _make_room(self) -> None:
        """Hold the bytes of a large answer before a worker computes it. Raises ProblemError."""
        expected = _most_bytes(self.question)
        if expected > PART_BYTES:
            held = held_by(self.request)
            check_room(self.request, self.question, held.size)
            await held.add(expected, Code.TOO_MANY_ANSWERS)

    def _response(self, pieces: list[bytes]) -> Response:
        if len(pieces) == 1:
            return Response(pieces[0], 200, self.fields, self.media_type)
        left: deque[bytes | memoryview] = deque(pieces)
        pieces.clear()
        return Pieces(self.request, left, 200, self.fields, self.media_type)
