"""The budget of bytes: the large bodies and answers that the process holds, together."""

from starlette.requests import Request

from service.api.problems import RETRY, Code, ProblemError
from service.api.state import Budget, state_of

SMALL_BODY_BYTES = 16 * 1024
"""The size in bytes up to which a body is not counted, so that small requests always have room.
4,096 connections, each with a body of this size, take 64 MiB.
"""
HELD = "held"
"""The name in the state of a request of what it holds."""


class Held:
    """The bytes that one request holds. The entrance releases them when the request ends."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self.size = 0

    def resize(self, size: int, code: Code) -> None:
        """Hold this number of bytes from now on.

        If there is no room for them, raise ProblemError with this code, and hold what was held.
        """
        more = size - self.size
        if more > 0 and not self._budget.has_room(more):
            raise self._refusal(code)
        self._budget.hold(more)
        self.size = size

    def check(self, size: int, code: Code) -> None:
        """Raise ProblemError with this code if there is no room for this number of bytes now."""
        if not self._budget.has_room(size):
            raise self._refusal(code)

    async def add(self, size: int, code: Code) -> None:
        """Hold this number of bytes more, as soon as there is room.

        Raises ProblemError with this code if that takes too long.
        """
        if not await self._budget.room(size):
            raise self._refusal(code)
        self.resize(self.size + size, code)

    def release(self) -> None:
        """Hold nothing from now on."""
        self._budget.hold(-self.size)
        self.size = 0

    def _refusal(self, code: Code) -> ProblemError:
        detail = f"{code.summary}. {RETRY}"
        headers = {"Connection": "close"} if code is Code.TOO_MANY_UPLOADS else {}
        return ProblemError(code, detail, limit=self._budget.most, headers=headers)


def held_by(request: Request) -> Held:
    """Return what a request holds, which is nothing at first."""
    state = request.scope["state"]
    if HELD not in state:
        state[HELD] = Held(state_of(request.app).budget)
    held: Held = state[HELD]
    return held
