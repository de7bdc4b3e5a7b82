"""Exceptions of the client. All of them are CoasterError."""

import json

from coaster_client.models import Error, Problem


class CoasterError(Exception):
    """A call of the service that has no answer."""


class UnreachableError(CoasterError):
    """The service did not answer, or its answer broke off, and no attempt is left."""


class ProblemError(CoasterError):
    """The service answered with a problem.

    `code` is the problem code of the service or, if the answer came from a gateway before it,
    `http_` and the status.
    """

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem

    @property
    def code(self) -> str:
        """The problem code."""
        return self.problem.code

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.problem.status

    @property
    def detail(self) -> str:
        """A sentence for people."""
        return self.problem.detail

    @property
    def errors(self) -> list[Error]:
        """The rules that the body breaks, each with a JSON pointer into the body."""
        return self.problem.errors or []

    @property
    def request_id(self) -> str:
        """The id under which the log of the service has the request."""
        return self.problem.request_id

    def __str__(self) -> str:
        broken = [
            f"{each.detail} ({each.pointer})" if each.pointer else each.detail
            for each in self.errors
        ]
        if [each.detail for each in self.errors] == [self.detail]:
            return f"{self.code}: {broken[0]}"
        return " ".join([f"{self.code}: {self.detail}", *broken])


class InvalidRequestError(ProblemError):
    """The request breaks a rule, so that sending it again does not help (400, 413, 415, 422)."""


class UnauthorizedError(ProblemError):
    """The API key is missing or unknown (401, 403)."""


class NotFoundError(ProblemError):
    """The job does not exist, or is no longer kept (404, 410)."""


class ConflictError(ProblemError):
    """The job is in another state than the call needs (409)."""


class UnavailableError(ProblemError):
    """The service cannot answer at the moment, and no attempt is left (408, 425, 429, 5xx)."""


class JobFailedError(ProblemError):
    """The job ended without a result: it failed or was cancelled."""


FAMILIES: dict[int, type[ProblemError]] = {
    401: UnauthorizedError,
    403: UnauthorizedError,
    404: NotFoundError,
    408: UnavailableError,
    409: ConflictError,
    410: NotFoundError,
    425: UnavailableError,
    429: UnavailableError,
}
"""The exception of each status that is not that of its hundred."""


def problem_error(status: int, body: bytes) -> ProblemError:
    """Return the exception for an answer that is not a success."""
    family = FAMILIES.get(status) or (UnavailableError if status >= 500 else InvalidRequestError)
    return family(_problem(status, body))


def _problem(status: int, body: bytes) -> Problem:
    """Return the problem in a body, or one that says what else was answered."""
    try:
        content = json.loads(body)
    except ValueError:
        content = None
    if isinstance(content, dict) and "code" in content and "detail" in content:
        return Problem({"status": status, "request_id": ""} | content)
    text = body[:200].decode(errors="replace")
    detail = f"The answer has status {status} and is not a problem of Coaster: {text}"
    return Problem({"code": f"http_{status}", "status": status, "detail": detail, "request_id": ""})
