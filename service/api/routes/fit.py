"""POST /fit: a fit, answered when it is done."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from service.api.body import read
from service.api.dispatch import CODES, ask
from service.api.limits import check_answer, drawn
from service.api.media import JSON, PICTURES, preferred
from service.api.openapi import answers, asks, problems
from service.api.problems import Code
from service.api.routes.json_route import JsonRoute
from service.descent.questions.specs import FitSpec

router = APIRouter(route_class=JsonRoute, tags=["fit"])


@router.post(
    FitSpec.path,
    summary="Fit a curve by gradient descent",
    openapi_extra=asks(FitSpec),
    responses={200: answers("FitResult", *PICTURES), **problems(*CODES, Code.ANSWER_TOO_LARGE)},
)
async def fit(request: Request) -> Response:
    """Return the whole result, or a problem. A run that diverges is a result: its `outcome` says
    so.

    With `Accept: image/svg+xml` or `image/png`, return a picture of the curve, its loss and the
    walk down the steepest direction.
    """
    spec = await read(request, FitSpec)
    media_type = preferred(request, JSON, *PICTURES)
    if media_type == JSON:
        check_answer(spec)
        return await ask(spec, request)
    picture = drawn(spec, PICTURES[media_type])
    check_answer(picture)
    return await ask(picture, request, media_type)
