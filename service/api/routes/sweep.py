"""POST /sweep: a comparison of several rates."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from service.api.body import read
from service.api.dispatch import CODES, ask
from service.api.limits import check_answer
from service.api.openapi import answers, asks, problems
from service.api.problems import Code
from service.api.routes.json_route import JsonRoute
from service.descent.questions.specs import SweepSpec

router = APIRouter(route_class=JsonRoute, tags=["fit"])


@router.post(
    SweepSpec.path,
    summary="Compare learning rates",
    openapi_extra=asks(SweepSpec),
    responses={200: answers("SweepResult"), **problems(*CODES, Code.ANSWER_TOO_LARGE)},
)
async def sweep(request: Request) -> Response:
    """Return a row for each rate, in the order of the request, including rates that diverge. `best`
    is the best of these rates. `exact` is the best possible rate, if it can be computed.
    """
    spec = await read(request, SweepSpec)
    check_answer(spec)
    return await ask(spec, request)
