"""POST /analysis: the properties of a descent, computed without a step."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from service.api.dispatch import CODES, ask
from service.api.openapi import answers, problems
from service.api.routes.json_route import JsonRoute
from service.api.schemas.questions import AnalysisRequest

router = APIRouter(route_class=JsonRoute, tags=["fit"])


@router.post(
    "/analysis",
    summary="Predict what each learning rate would do",
    responses={200: answers("AnalysisResult"), **problems(*CODES)},
)
async def analysis(body: AnalysisRequest, request: Request) -> Response:
    """Return the optimum, the limit, the best rate and every direction of the descent, computed
    without a step. If `lr` is given, return its verdict too.
    """
    return await ask(body.spec(), request)
