"""The protection of the service from web pages of other origins: allowed hosts, and CORS."""

from collections.abc import Collection, Sequence
from functools import lru_cache
from ipaddress import ip_address

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from service.api.problems import Code, ProblemError

ANY = "*"
REMEMBERED = 256
"""The number of Host headers whose check is remembered, which is faster."""


REJECTED_PREFLIGHT = "rejected_preflight"
"""The name in the state of a request that says that it is a preflight to reject."""
EXPOSED_HEADERS = (
    "X-Request-ID",
    "Retry-After",
    "Location",
    "Idempotency-Replayed",
    "Coaster-Columns",
)


class Hosts:
    """The hosts for which the service answers.

    A web page can let its own name resolve to the address of the service ("DNS rebinding"), and its
    requests then count as those of the same origin. They have the name of the page as their host.
    Addresses, names without a dot, which the public DNS does not have, and `localhost` are always
    allowed, other names only if the operator lists them.
    """

    def __init__(self, names: Collection[str]) -> None:
        self._names = {name.lower() for name in names}
        self._remembered = lru_cache(REMEMBERED)(self._allows)

    def check(self, host: str) -> None:
        """Raise ProblemError if the service does not answer for the value of a Host header."""
        if not self._remembered(host):
            detail = "An operator can add the host to COASTER_ALLOWED_HOSTS."
            raise ProblemError(Code.HOST_NOT_ALLOWED, detail)

    def _allows(self, host: str) -> bool:
        name = host.lower()
        if not name.endswith("]"):
            name = name.rpartition(":")[0] or name
        name = name.removesuffix(".")
        is_local = "." not in name or name.endswith(".localhost")
        is_listed = ANY in self._names or name in self._names
        return is_local or is_listed or _is_address(name.strip("[]"))


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


class CrossOrigin(CORSMiddleware):
    """The middleware for CORS, in which a rejected preflight is a problem like any other."""

    def __init__(self, app: ASGIApp, origins: Sequence[str]) -> None:
        super().__init__(
            app,
            allow_origins=origins,
            allow_methods=[ANY],
            allow_headers=[ANY],
            expose_headers=EXPOSED_HEADERS,
        )

    def preflight_response(self, request_headers: Headers) -> Response:
        """Return the response to a preflight."""
        response = super().preflight_response(request_headers)
        return response if response.status_code == 200 else _RejectedPreflight(self.app)


class _RejectedPreflight(Response):
    """The response to a preflight that the application is to reject."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope.setdefault("state", {})[REJECTED_PREFLIGHT] = True
        await self._app(scope, receive, send)
