"""POST /sweep: a comparison of several rates."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from service.api.dispatch import CODES, ask
from service.api.limits import check_answer
from service.api.openapi import answers, problems
from service.api.problems import Code
from service.api.routes.json_route import JsonRoute
from service.api.schemas.questions import SweepRequest

router = APIRouter(route_class=JsonRoute, tags=["fit"])


@router.post(
    "/sweep",
    summary="Compare learning rates",
    responses={200: answers("SweepResult"), **problems(*CODES, Code.ANSWER_TOO_LARGE)},
)
async def sweep(body: SweepRequest, request: Request) -> Response:
    """Return a row for each rate, in the order of the request, including rates that diverge. `best`
    is the best of these rates. `exact` is the best possible rate, if it can be computed.
    """
    spec = body.spec()
    check_answer(spec)
    return await ask(spec, request)
