"""The budget of bytes: the large bodies and answers that the process holds, together."""

from starlette.requests import Request

from service.api.problems import RETRY, Code, ProblemError
from service.api.state import Budget, client, state_of

SMALL_BODY_BYTES = 16 * 1024
"""The size in bytes up to which a body is not counted, so that small requests always have room.
4,096 connections, each with a body of this size, take 64 MiB.
"""
HELD = "held"
"""The name in the state of a request of what it holds."""


class Held:
    """The bytes that one request of a client holds. The entrance releases them when it ends."""

    def __init__(self, budget: Budget, client: str) -> None:
        self._budget = budget
        self._client = client
        self.size = 0

    def resize(self, size: int, code: Code) -> None:
        """Hold this number of bytes from now on.

        If there is no room for them, raise ProblemError with this code, and hold what was held.
        """
        if size > self.size:
            self.check(size, code)
        self._hold(size)

    def check(self, size: int, code: Code) -> None:
        """Raise ProblemError with this code if there is no room for this number of bytes now."""
        if not self._budget.has_room(self._client, self.size, size):
            raise self._refusal(code)

    async def add(self, size: int, code: Code) -> None:
        """Hold this number of bytes more, as soon as there is room.

        Raises ProblemError with this code if that takes too long.
        """
        size += self.size
        if not await self._budget.room(self._client, self.size, size):
            raise self._refusal(code)
        self._hold(size)

    def release(self) -> None:
        """Hold nothing from now on."""
        self._hold(0)

    def _hold(self, size: int) -> None:
        self._budget.hold(self._client, size - self.size)
        self.size = size

    def _refusal(self, code: Code) -> ProblemError:
        detail = f"{code.summary}. {RETRY}"
        headers = {"Connection": "close"} if code is Code.TOO_MANY_UPLOADS else {}
        return ProblemError(code, detail, limit=self._budget.most, headers=headers)


def held_by(request: Request) -> Held:
    """Return what a request holds, which is nothing at first."""
    state = request.scope["state"]
    if HELD not in state:
        state[HELD] = Held(state_of(request.app).budget, client(request.scope))
    held: Held = state[HELD]
    return held
