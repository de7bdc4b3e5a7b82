"""All problems with which a request can end (RFC 9457), and the table of their HTTP statuses."""

from collections.abc import Sequence
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from service.descent.frozen import frozen

MEDIA_TYPE = "application/problem+json"
MAX_ERRORS = 20
MAX_POINTER = 200


class Code(StrEnum):
    """The machine-readable code of a problem."""

    MALFORMED_JSON = "malformed_json"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    BODY_TOO_LARGE = "body_too_large"
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
    INVALID_BODY = "invalid_body"
    MISSING_FIELD = "missing_field"
    UNKNOWN_FIELD = "unknown_field"
    UNKNOWN_VALUE = "unknown_value"
    WRONG_TYPE = "wrong_type"
    OUT_OF_RANGE = "out_of_range"
    TOO_FEW_POINTS = "too_few_points"
    TOO_MANY_POINTS = "too_many_points"
    TOO_FEW_ITEMS = "too_few_items"
    TOO_MANY_ITEMS = "too_many_items"
    LENGTH_MISMATCH = "length_mismatch"
    CONFLICTING_FIELDS = "conflicting_fields"
    NOT_COMPUTABLE = "not_computable"
    COST_OVER_BUDGET = "cost_over_budget"
    ANSWER_TOO_LARGE = "answer_too_large"
    INTERNAL_ERROR = "internal_error"
    NOT_READY = "not_ready"
    QUEUE_FULL = "queue_full"
    SHUTTING_DOWN = "shutting_down"
    EXPIRED = "expired"
    KEY_REUSED = "key_reused"
    NOT_FINISHED = "not_finished"
    JOB_RUNNING = "job_running"
    CANCELLED = "cancelled"
    POISON = "poison"
    INTERRUPTED = "interrupted"
    BAD_EVENT_ID = "bad_event_id"
    STORE_UNAVAILABLE = "store_unavailable"
    TOO_MANY_STREAMS = "too_many_streams"
    STREAM_LIMIT = "stream_limit"
    SLOW_READER = "slow_reader"
    WORKER_LOST = "worker_lost"
    FIT_TIMEOUT = "fit_timeout"
    BAD_HTTP = "bad_http"
    REQUEST_TIMEOUT = "request_timeout"
    URI_TOO_LONG = "uri_too_long"
    HEADERS_TOO_LARGE = "headers_too_large"
    TOO_MANY_CONNECTIONS = "too_many_connections"
    UNAUTHORIZED = "unauthorized"
    TOO_MANY_FITS = "too_many_fits"
    TOO_MANY_JOBS = "too_many_jobs"


@frozen
class Kind:
    """The status, title and help of a code. The page at /problems/{code} shows the help."""

    status: int
    title: str
    help: str


RETRY = "Retry after the time in Retry-After."
# fmt: off
KINDS = {
    Code.MALFORMED_JSON: Kind(400, "The body is not valid JSON",
        "The detail names the line and column where parsing stopped."),
    Code.NOT_FOUND: Kind(404, "Not found",
        "The path or the job does not exist. /docs lists all paths, and `GET /jobs` lists your "
        "jobs."),
    Code.METHOD_NOT_ALLOWED: Kind(405, "The path does not support this method",
        "The Allow header lists the methods that the path supports."),
    Code.BODY_TOO_LARGE: Kind(413, "The body is too large",
        "`limit` is the maximum size of the body in bytes. Send fewer points: averages of "
        "neighbouring points keep the trend."),
    Code.UNSUPPORTED_MEDIA_TYPE: Kind(415, "The body must be JSON",
        "Send `Content-Type: application/json`, in UTF-8 and without a content encoding."),
    Code.INVALID_BODY: Kind(422, "The body breaks several rules",
        "`errors` lists each of them with its position in the body."),
    Code.MISSING_FIELD: Kind(422, "A field is missing",
        "The detail names the field. The pointer names the object that must contain it."),
    Code.UNKNOWN_FIELD: Kind(422, "A field is unknown",
        "The pointer names the object that contains it. Unknown fields are rejected so that a "
        "misspelt name is not ignored."),
    Code.UNKNOWN_VALUE: Kind(422, "A value is not allowed", "The detail lists the allowed values."),
    Code.WRONG_TYPE: Kind(422, "A value has the wrong type",
        'Types are strict: "3" is not a number, true is not 1, and 3.0 is not a whole number.'),
    Code.OUT_OF_RANGE: Kind(422, "A number is out of range",
        "Numbers must be finite. The detail names the bound that was exceeded."),
    Code.TOO_FEW_POINTS: Kind(422, "There are no points", "A fit needs at least one point."),
    Code.TOO_MANY_POINTS: Kind(422, "There are too many points",
        "The limit is listed at /limits. Averages of neighbouring points keep the trend."),
    Code.TOO_FEW_ITEMS: Kind(422, "A list is too short", "The detail gives the minimum length."),
    Code.TOO_MANY_ITEMS: Kind(422, "A list is too long",
        "The detail or `limit` gives the maximum."),
    Code.LENGTH_MISMATCH: Kind(422, "Two lists differ in length",
        "Each point needs one t and one y. A list of rates needs one rate for each step."),
    Code.CONFLICTING_FIELDS: Kind(422, "Two fields exclude each other",
        "The detail names them, and a combination that works."),
    Code.NOT_COMPUTABLE: Kind(422, "The fit cannot be computed",
        "A number in the answer is too large or too small for `precision`, or the fit needs too "
        "much memory. The detail gives the cause and what to change."),
    Code.COST_OVER_BUDGET: Kind(422, "The fit would take too long",
        "The detail says what to reduce: usually it gives the largest possible `steps`. `solver: "
        '"exact"` costs nothing per step.'),
    Code.ANSWER_TOO_LARGE: Kind(422, "The answer would be too large",
        "The detail says what to change: usually it gives the smallest possible `record_every`."),
    Code.INTERNAL_ERROR: Kind(500, "Internal error",
        "The error was logged under the request id. Please report it."),
    Code.NOT_READY: Kind(503, "The service is not ready",
        "The detail gives the reason. Retry after the time in Retry-After."),
    Code.QUEUE_FULL: Kind(503, "Too many fits or jobs are already waiting", RETRY),
    Code.SHUTTING_DOWN: Kind(503, "The service is shutting down", RETRY),
    Code.EXPIRED: Kind(410, "The job is no longer kept",
        "/limits lists how long jobs are kept after their end."),
    Code.KEY_REUSED: Kind(422, "Idempotency key already used with a different request",
        "An Idempotency-Key belongs to one request while its job is kept. Use a new key."),
    Code.NOT_FINISHED: Kind(409, "The job has not ended",
        "Request the job again later, or follow its events, which end when the job ends."),
    Code.JOB_RUNNING: Kind(409, "The job is running", "Cancel the job, then delete it."),
    Code.CANCELLED: Kind(409, "The job was cancelled",
        "It has no result. Its events contain the steps reported before it was cancelled."),
    Code.POISON: Kind(409, "The job repeatedly stops its workers",
        "Three workers ended while they ran the job, or the job was started ten times, without "
        "progress."),
    Code.INTERRUPTED: Kind(409, "The job was interrupted",
        "The worker that ran the job was lost, and no worker of the same kind was available to "
        "continue it. Create the job again."),
    Code.BAD_EVENT_ID: Kind(400, "Invalid event ID",
        "It must be the number of a step, as in the `id` of the events."),
    Code.STORE_UNAVAILABLE: Kind(503, "The database is unavailable",
        "Jobs need the database, fits do not. Retry after the time in Retry-After."),
    Code.TOO_MANY_STREAMS: Kind(503, "Too many streams are open", RETRY),
    Code.STREAM_LIMIT: Kind(503, "The stream was open too long",
        "The stream was ended. Use a job instead: a client can resume its events."),
    Code.SLOW_READER: Kind(408, "The client read too slowly",
        "The stream was ended. Set a larger `record_every`, or use a job, whose events wait."),
    Code.WORKER_LOST: Kind(503, "The worker died",
        "The worker was killed while it computed this fit, and so were two others. Retry after "
        "the time in Retry-After."),
    Code.FIT_TIMEOUT: Kind(504, "The fit took too long",
        "The fit was ended. Use fewer steps, fewer points or another solver."),
    Code.BAD_HTTP: Kind(400, "The request is not valid HTTP",
        "The connection was closed. The service supports HTTP/1.1, without upgrades."),
    Code.REQUEST_TIMEOUT: Kind(408, "The request arrived too slowly",
        "The connection was closed. /limits lists how long a request may take."),
    Code.URI_TOO_LONG: Kind(414, "The path is too long",
        "The connection was closed. Send the data in the body instead."),
    Code.HEADERS_TOO_LARGE: Kind(431, "The headers are too large",
        "The connection was closed. The detail gives the limit."),
    Code.TOO_MANY_CONNECTIONS: Kind(503, "Too many connections are open", RETRY),
    Code.UNAUTHORIZED: Kind(401, "An API key is required",
        "Send `Authorization: Bearer` followed by a key. Ask the operator for a key."),
    Code.TOO_MANY_FITS: Kind(429, "You have too many concurrent fits",
        "Wait for one of them to finish, or retry after the time in Retry-After."),
    Code.TOO_MANY_JOBS: Kind(429, "You have too many jobs",
        "Wait until one ends, or cancel one. /limits lists how many may wait and run."),
}
# fmt: on


class Error(BaseModel):
    """One rule that a body breaks."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    pointer: str
    """JSON pointer into the body as sent. For an unknown or missing field, it is that of its
    parent.
    """
    code: Code
    detail: str


class Problem(BaseModel):
    """An RFC 9457 problem."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    type: str
    """The path of a page of this service that explains the code."""
    title: str
    status: int
    detail: str
    code: Code
    request_id: str
    errors: list[Error] | None = None
    """The rules that the body breaks, at most 20."""
    limit: float | None = None
    """The limit that was exceeded."""
    given: float | None = None
    """The actual value that exceeds the limit."""


class ProblemError(Exception):
    """A request that ends in a problem."""

    def __init__(
        self,
        code: Code,
        detail: str,
        *,
        errors: Sequence[Error] = (),
        limit: float | None = None,
        given: float | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.code, self.detail, self.errors = code, detail, errors
        self.limit, self.given, self.headers = limit, given, headers

    @classmethod
    def of(cls, errors: Sequence[Error]) -> "ProblemError":
        """Return one problem for all broken rules of a body. Its code is theirs if they share one,
        otherwise `invalid_body`.
        """
        codes = {error.code for error in errors}
        code = codes.pop() if len(codes) == 1 else Code.INVALID_BODY
        return cls(code, errors[0].detail, errors=errors)


def problem(error: ProblemError, request_id: str) -> Problem:
    """Return the problem as sent to the client, with the id of its request."""
    kind = KINDS[error.code]
    return Problem(
        type=f"/problems/{error.code}",
        title=kind.title,
        status=kind.status,
        detail=error.detail,
        code=error.code,
        request_id=request_id,
        errors=list(error.errors) or None,
        limit=error.limit,
        given=error.given,
    )
