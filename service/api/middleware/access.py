"""Who asks, and who is let in: with keys on, nobody without one, but for what holds no data."""

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from service.api.keys import Keys
from service.api.problems import Code, ProblemError

OPEN = {"/", "/livez", "/readyz", "/docs", "/openapi.json"}
OPEN_BELOW = ("/page/", "/problems/")
"""The page, which asks for the key itself; what looks whether the service is well; the contract,
and what its problems mean.
"""
SCHEME = b"bearer"
CHALLENGE = {"WWW-Authenticate": "Bearer"}


class Access:
    """Pure ASGI, around the application and within what answers for its problems."""

    def __init__(self, app: ASGIApp, keys: Keys) -> None:
        self._app = app
        self._keys = keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request, if it may be; of its body nothing is read before.

        Raises ProblemError.
        """
        if scope["type"] == "http" and not is_open(scope["path"]):
            scope["state"]["client"] = self._client(scope)
        await self._app(scope, receive, send)

    def _client(self, scope: Scope) -> str:
        """Raises ProblemError."""
        given = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
        scheme, _, key = given.partition(b" ")
        if scheme.lower() != SCHEME:
            raise _refused("Send `Authorization: Bearer` and a key.")
        name = self._keys.name(key.strip())
        if name is None:
            raise _refused("The service does not know this key.")
        return name


def is_open(path: str) -> bool:
    """Whether it is served to anyone."""
    return path in OPEN or path.startswith(OPEN_BELOW)


def owner(request: Request) -> str:
    """Whose jobs a request makes and sees: the name of its key; nothing without keys."""
    name: str = request.scope["state"].get("client", "")
    return name


def client(request: Request) -> str:
    """Who asks: the name of a key; without keys, the address that the connection comes from."""
    return owner(request) or (request.client.host if request.client else "")


def _refused(detail: str) -> ProblemError:
    return ProblemError(Code.UNAUTHORIZED, detail, headers=CHALLENGE)
