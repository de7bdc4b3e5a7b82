"""POST /fit: fits, and answers when done."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from service.api.clients import while_connected
from service.api.contract import answers, problems
from service.api.limits import check_answer, check_cost
from service.api.problems import Code
from service.api.routes import BODY_CODES, JsonRoute
from service.api.schemas import FitRequest
from service.descent import cost

router = APIRouter(route_class=JsonRoute, tags=["fit"])

CODES = (
    *BODY_CODES,
    Code.NOT_COMPUTABLE,
    Code.COST_OVER_BUDGET,
    Code.ANSWER_TOO_LARGE,
    Code.QUEUE_FULL,
    Code.SHUTTING_DOWN,
    Code.WORKER_LOST,
    Code.FIT_TIMEOUT,
)


@router.post("/fit", summary="Fit a curve by gradient descent", responses={200: answers("FitResult"), **problems(*CODES)})
async def fit(body: FitRequest, request: Request) -> Response:
    """Always the whole result, or a problem. A run that diverges is a result: its `outcome` says so."""
    spec = body.spec()
    seconds = cost.seconds(spec)
    check_answer(spec)
    check_cost(spec, seconds, request.app.state.settings.max_fit_seconds)
    answer = await while_connected(request, request.app.state.pool.fit(spec, seconds))
    return Response(answer, media_type="application/json")
