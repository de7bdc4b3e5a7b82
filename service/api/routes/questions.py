"""The endpoints of all questions: each answers when it is done, or streams as it happens."""

from collections.abc import Awaitable, Callable, Coroutine
from inspect import signature
from typing import Any

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from service.api.dispatch import CODES, affordable, ask
from service.api.endpoints import ENDPOINTS, JSON, Endpoint
from service.api.failures import failure_event
from service.api.openapi import Json, answers, asks, problems, streams
from service.api.requests import preferred, read
from service.api.state import app_state, client
from service.api.streaming import EventStream
from service.descent.questions.fit import StreamSpec


class BareRoute(APIRoute):
    """A route that the contract describes like any FastAPI route. An endpoint that takes nothing
    but the request is called without FastAPI's work: it reads the body itself, as bytes.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the endpoint itself if it takes nothing but the request."""
        if [*signature(self.endpoint).parameters] == ["request"]:
            return self.endpoint
        return super().get_route_handler()


def _described(endpoint: Endpoint) -> Json:
    default, *others = endpoint.representations
    return answers(endpoint.answer.__name__, *others) if default == JSON else streams()


def answering(endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
    """Return the function that answers a request to an endpoint."""

    async def answer(request: Request) -> Response:
        question = await read(request, endpoint.question)
        media_type = preferred(request, *endpoint.representations)
        if converted := endpoint.representations[media_type]:
            question = converted(question)
        if isinstance(question, StreamSpec):
            return stream(question, request, media_type)
        return await ask(question, request, media_type)

    return answer


def stream(spec: StreamSpec, request: Request, media_type: str) -> EventStream:
    """Return the response that streams the events of a fit. Raises ProblemError."""
    state = app_state(request)
    events = state.pool.stream(spec, affordable(spec, state.settings.max_fit_seconds))
    return EventStream(
        request, media_type, events, failure_event(request), quota=state.fits.slot(client(request))
    )


router = APIRouter(route_class=BareRoute, tags=["fit"])
for each in ENDPOINTS:
    router.add_api_route(
        each.path,
        answering(each),
        methods=["POST"],
        name=each.name,
        summary=each.summary,
        description=each.description,
        response_class=Response,
        openapi_extra=asks(each.question),
        responses={200: _described(each), **problems(*CODES, *each.problems)},
    )
