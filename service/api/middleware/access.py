"""Access control: if keys are set, each request needs one, except for paths that hold no data."""

from starlette.types import Scope

from service.api.keys import Keys
from service.api.problems import Code, ProblemError

OPEN_PATHS = {"/", "/livez", "/readyz", "/docs", "/openapi.json"}
OPEN_BELOW = ("/page/", "/problems/")
"""The paths that are open to every client, in addition to `OPEN_PATHS`.

Together they are the page, which asks for the key itself, the health checks, the contract, and the
explanations of the problems.
"""
SCHEME = b"bearer"
CHALLENGE = {"WWW-Authenticate": "Bearer"}


def check_access(scope: Scope, keys: Keys) -> None:
    """Store the name of the key of a request in its state, unless its path is open.

    Raises ProblemError.
    """
    if not is_open(scope["path"]):
        scope["state"]["client"] = _client_name(scope, keys)


def _client_name(scope: Scope, keys: Keys) -> str:
    """Return the name of the key of a request.

    Raises ProblemError.
    """
    given = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
    scheme, _, key = given.partition(b" ")
    if scheme.lower() != SCHEME:
        raise _refused("Send `Authorization: Bearer` followed by a key.")
    name = keys.name(key.strip())
    if name is None:
        raise _refused("The service does not know this key.")
    return name


def is_open(path: str) -> bool:
    """Return whether a path is open to every client."""
    return path in OPEN_PATHS or path.startswith(OPEN_BELOW)


def _refused(detail: str) -> ProblemError:
    return ProblemError(Code.UNAUTHORIZED, detail, headers=CHALLENGE)
