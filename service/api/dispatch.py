"""The way of a question to a worker, and of its answer to the client.

The question must be within the limits and within the quota of its client. When the client
disconnects, the computation is cancelled.
"""

import asyncio
from typing import Self

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive

from service.api.body_errors import BODY_CODES
from service.api.problems import Code, Error, ProblemError
from service.api.state import app_state, client
from service.descent.questions.records import MAX_NUMBERS, MAX_RECORDS
from service.descent.questions.setting import Question

CODES = (
    *BODY_CODES,
    Code.NOT_COMPUTABLE,
    Code.COST_OVER_BUDGET,
    Code.TOO_MANY_FITS,
    Code.QUEUE_FULL,
    Code.SHUTTING_DOWN,
    Code.WORKER_LOST,
    Code.FIT_TIMEOUT,
)
"""The problem codes with which a question can end."""
WATCH_SECONDS = 0.05
"""Delay in seconds before the watch for a disconnect begins. Most answers are sent earlier."""


async def ask(question: Question, request: Request, media_type: str) -> Response:
    """Send the question to a worker and return its answer as a response.

    Raises ProblemError, ClientLeftError or one of PoolError.
    """
    state = app_state(request)
    seconds = affordable(question, state.settings.max_fit_seconds)
    with state.fits.slot(client(request)), Watch(request.receive):
        answer = await state.pool.answer(question, seconds)
    return Response(answer, media_type=media_type)


def affordable(question: Question, max_seconds: float) -> float:
    """Return the predicted CPU seconds of a question.

    Raises ProblemError if its answer would hold too much, or if it costs more than `max_seconds`.
    """
    for limit, given in (
        (MAX_RECORDS, question.records_in_answer),
        (MAX_NUMBERS, question.numbers_in_answer),
    ):
        if given > limit:
            advice = question.advice_if_too_large
            raise _over(Code.ANSWER_TOO_LARGE, advice, limit=limit, given=given)
    seconds = question.seconds
    if seconds > max_seconds:
        advice = question.advice_if_over(max_seconds)
        raise _over(Code.COST_OVER_BUDGET, advice, limit=max_seconds, given=round(seconds, 3))
    return seconds


def _over(code: Code, detail: str, *, limit: float, given: float) -> ProblemError:
    return ProblemError(
        code, detail, errors=[Error(pointer="", code=code, detail=detail)], limit=limit, given=given
    )


class ClientLeftError(Exception):
    """The client disconnected before the answer was sent."""


class Watch:
    """A context that is cancelled when the client disconnects, and then raises ClientLeftError.

    The watch begins after `WATCH_SECONDS`, as most answers are sent earlier.
    """

    def __init__(self, receive: Receive) -> None:
        self.client_left = False
        self._receive = receive
        task = asyncio.current_task()
        assert task
        self._answering = task
        self._loop = asyncio.get_running_loop()
        self._start = self._loop.call_later(WATCH_SECONDS, self._begin)
        self._watching: asyncio.Task[None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._start.cancel()
        if self._watching:
            self._watching.cancel()
        if self.client_left and kind is asyncio.CancelledError:
            self._answering.uncancel()
            raise ClientLeftError from None

    def _begin(self) -> None:
        self._watching = self._loop.create_task(self._until_gone())

    async def _until_gone(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.client_left = self._answering.cancel()
