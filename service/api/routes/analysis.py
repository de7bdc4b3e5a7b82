"""POST /analysis: the properties of a descent, computed without a step."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from service.api.body import read
from service.api.dispatch import CODES, ask
from service.api.openapi import answers, asks, problems
from service.api.routes.json_route import JsonRoute
from service.descent.questions.specs import AnalysisSpec

router = APIRouter(route_class=JsonRoute, tags=["fit"])


@router.post(
    AnalysisSpec.path,
    summary="Predict what each learning rate would do",
    openapi_extra=asks(AnalysisSpec),
    responses={200: answers("AnalysisResult"), **problems(*CODES)},
)
async def analysis(request: Request) -> Response:
    """Return the optimum, the limit, the best rate and every direction of the descent, computed
    without a step. If `lr` is given, return its verdict too.
    """
    return await ask(await read(request, AnalysisSpec), request)
