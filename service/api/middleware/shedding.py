"""Refuses fits that could not even wait, before anything is done for them: the busier the service,
the cheaper its refusals must be.
"""

from starlette.types import ASGIApp, Receive, Scope, Send

from service.api.measuring.measures import ASKING
from service.api.state import state_of
from service.pool.errors import QueueFullError


class Shedding:
    """Pure ASGI, within what answers for its problems: the router, the body and its validation cost
    more than all the rest of a refusal.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request.

        Raises QueueFullError.
        """
        if (
            scope["type"] == "http"
            and scope["path"] in ASKING
            and scope["method"] == "POST"
            and state_of(scope["app"]).pool.full
        ):
            raise QueueFullError
        await self._app(scope, receive, send)
