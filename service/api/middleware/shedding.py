"""The rejection of fits for which the queue has no space, before any work is done for them. The
busier the service is, the cheaper a rejection must be.
"""

from starlette.types import ASGIApp, Receive, Scope, Send

from service.api.measuring.measures import ASKING
from service.api.state import state_of
from service.pool.errors import QueueFullError


class Shedding:
    """ASGI middleware inside the one that answers problems. The router, the body and its validation
    cost more than the rest of a rejection.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request.

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
