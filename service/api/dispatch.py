"""The transfer of questions to the workers and of answers to the clients."""

from starlette.requests import Request
from starlette.responses import Response

from service.api.body import BODY_CODES
from service.api.disconnect import while_connected
from service.api.limits import check_cost
from service.api.media import JSON
from service.api.problems import Code
from service.api.state import app_state, client
from service.descent.questions import cost
from service.descent.questions.specs import Question

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


async def ask(question: Question, request: Request, media_type: str = JSON) -> Response:
    """Send the question to a worker and return its answer as a response.

    Raises ProblemError, ClientLeftError or one of PoolError.
    """
    state = app_state(request)
    seconds = affordable(question, state.settings.max_fit_seconds)
    with state.fits.place(client(request)):
        answer = await while_connected(request, state.pool.answer(question, seconds))
    return Response(answer, media_type=media_type)


def affordable(question: Question, max_seconds: float) -> float:
    """Return the predicted CPU seconds of a question.

    Raises ProblemError if they exceed `max_seconds`.
    """
    seconds = cost.seconds(question)
    check_cost(question, seconds, max_seconds)
    return seconds
