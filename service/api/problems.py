"""Every way a request can fail: RFC 9457 problems, and the one table of their HTTP status."""

from collections.abc import Sequence
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from service.descent.frozen import frozen

MEDIA_TYPE = "application/problem+json"
MAX_ERRORS = 20
MAX_POINTER = 200


class Code(StrEnum):
    """What went wrong, for programs."""

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
    """One line of the table; `help` is the page at /problems/{code}."""

    status: int
    title: str
    help: str


KINDS = {
    Code.MALFORMED_JSON: Kind(
        400, "The body is not JSON", "The detail names the line and column where reading stopped."
    ),
    Code.NOT_FOUND: Kind(
        404,
        "There is nothing here",
        "The paths of this service are listed at /docs and in /openapi.json.",
    ),
    Code.METHOD_NOT_ALLOWED: Kind(
        405, "The path has no such method", "The Allow header names the methods that the path has."
    ),
    Code.BODY_TOO_LARGE: Kind(
        413,
        "The body is too large",
        (
            "`limit` is the largest body in bytes. Send fewer points: a mean over neighbours keeps "
            "the trend."
        ),
    ),
    Code.UNSUPPORTED_MEDIA_TYPE: Kind(
        415,
        "The body must be JSON",
        "Send `Content-Type: application/json`, in utf-8 and without a content encoding.",
    ),
    Code.INVALID_BODY: Kind(
        422,
        "The body breaks several rules",
        "`errors` names each of them, with its place in the body.",
    ),
    Code.MISSING_FIELD: Kind(
        422,
        "A field is missing",
        "The detail names the field; the pointer, the object that should have it.",
    ),
    Code.UNKNOWN_FIELD: Kind(
        422,
        "A field is unknown",
        (
            "The pointer names the object that has it. Names are checked so that a misspelt one is "
            "not lost."
        ),
    ),
    Code.UNKNOWN_VALUE: Kind(
        422, "A value is none of those possible", "The detail lists the possible values."
    ),
    Code.WRONG_TYPE: Kind(
        422,
        "A value has the wrong type",
        'Types are strict: "3" is not a number, true is not 1, and 3.0 is not a whole number.',
    ),
    Code.OUT_OF_RANGE: Kind(
        422,
        "A number is out of range",
        "Numbers are finite; the detail names the bound that was crossed.",
    ),
    Code.TOO_FEW_POINTS: Kind(422, "There are no points", "A fit needs at least one point."),
    Code.TOO_MANY_POINTS: Kind(
        422,
        "There are too many points",
        "The limit stands at /limits. Average neighbours: it keeps the trend.",
    ),
    Code.TOO_FEW_ITEMS: Kind(422, "A list is too short", "The detail names the smallest length."),
    Code.TOO_MANY_ITEMS: Kind(422, "A list is too long", "The detail names the largest length."),
    Code.LENGTH_MISMATCH: Kind(
        422,
        "Two lists differ in length",
        "Each point is one t and one y; a list of rates has one for each step.",
    ),
    Code.CONFLICTING_FIELDS: Kind(
        422, "Two fields exclude each other", "The detail names them, and what would work."
    ),
    Code.NOT_COMPUTABLE: Kind(
        422,
        "The fit cannot be computed",
        (
            "A number of the answer does not fit its precision; the detail says which, and what to "
            "change."
        ),
    ),
    Code.COST_OVER_BUDGET: Kind(
        422,
        "The fit would take too long",
        'The detail names the largest `steps` that fits. `solver: "exact"` costs nothing a step.',
    ),
    Code.ANSWER_TOO_LARGE: Kind(
        422,
        "The answer would be too large",
        "The detail names the smallest `record_every` that fits.",
    ),
    Code.INTERNAL_ERROR: Kind(
        500, "The service made a mistake", "It was logged under the request id; please report it."
    ),
    Code.NOT_READY: Kind(
        503,
        "The service is not ready",
        "The detail says why. Try again after the seconds in Retry-After.",
    ),
    Code.QUEUE_FULL: Kind(
        503, "Too many fits wait already", "Try again after the seconds in Retry-After."
    ),
    Code.SHUTTING_DOWN: Kind(
        503, "The service is ending", "Try again after the seconds in Retry-After."
    ),
    Code.EXPIRED: Kind(
        410,
        "The job is not kept any more",
        "/limits tells for how long jobs are kept after their end.",
    ),
    Code.KEY_REUSED: Kind(
        422,
        "The key has another request",
        "An Idempotency-Key belongs to one request for as long as its job is kept.",
    ),
    Code.NOT_FINISHED: Kind(
        409,
        "The job has not ended",
        "Look at the job again later, or follow its events: they end when it does.",
    ),
    Code.JOB_RUNNING: Kind(409, "The job is running", "Cancel it, then delete it."),
    Code.CANCELLED: Kind(
        409,
        "The job was cancelled",
        "It has no result. What it had told until then is in its events.",
    ),
    Code.POISON: Kind(
        409,
        "The job ends its workers",
        "Three were lost in it, or it was begun ten times, and never got any further.",
    ),
    Code.INTERRUPTED: Kind(
        409,
        "The job was interrupted",
        "No other worker computes in the same bits as the one that was lost. Make the job again.",
    ),
    Code.BAD_EVENT_ID: Kind(
        400, "The event id is none", "It is the number of a step, as in the `id` of the events."
    ),
    Code.STORE_UNAVAILABLE: Kind(
        503,
        "The database does not work",
        "Jobs wait for it, fits do not. Try again after the seconds in Retry-After.",
    ),
    Code.TOO_MANY_STREAMS: Kind(
        503, "Too many streams are open", "Try again after the seconds in Retry-After."
    ),
    Code.STREAM_LIMIT: Kind(
        503,
        "The stream was open too long",
        "It was ended. A job has no such end: its events go on where a reader left off.",
    ),
    Code.SLOW_READER: Kind(
        408,
        "The reader was too slow",
        "The stream was ended. A larger `record_every` makes it shorter; the events of a job wait.",
    ),
    Code.WORKER_LOST: Kind(
        503,
        "The worker died",
        (
            "It was killed while it made this fit, and so were two others. Try again after the "
            "seconds in Retry-After."
        ),
    ),
    Code.FIT_TIMEOUT: Kind(
        504,
        "The fit took too long",
        "It was ended. Fewer steps or points, or another solver, take less time.",
    ),
    Code.BAD_HTTP: Kind(
        400,
        "This is not HTTP",
        "The connection was closed. The service speaks HTTP/1.1, without upgrades.",
    ),
    Code.REQUEST_TIMEOUT: Kind(
        408,
        "The request came too slowly",
        "The connection was closed. /limits tells how long a request may take.",
    ),
    Code.URI_TOO_LONG: Kind(
        414,
        "The path is too long",
        "The connection was closed. What is asked for belongs into the body.",
    ),
    Code.HEADERS_TOO_LARGE: Kind(
        431,
        "The headers are too large",
        "The connection was closed. The detail tells what is possible.",
    ),
    Code.TOO_MANY_CONNECTIONS: Kind(
        503, "Too many connections are open", "Try again after the seconds in Retry-After."
    ),
    Code.UNAUTHORIZED: Kind(
        401,
        "A key is needed",
        "Send `Authorization: Bearer` and a key. Whoever runs the service makes keys.",
    ),
    Code.TOO_MANY_FITS: Kind(
        429,
        "You have too many fits",
        "Wait for the answer of one, or try again after the seconds in Retry-After.",
    ),
    Code.TOO_MANY_JOBS: Kind(
        429,
        "You have too many jobs",
        "Wait for the end of one, or cancel one. /limits tells how many may wait and run.",
    ),
}


class Error(BaseModel):
    """One broken rule of a body."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    pointer: str
    """JSON pointer into the body as sent; of an unknown or missing field, its parent."""
    code: Code
    detail: str


class Problem(BaseModel):
    """An RFC 9457 problem."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    type: str
    """A page of this service that explains the code."""
    title: str
    status: int
    detail: str
    code: Code
    request_id: str
    errors: list[Error] | None = None
    """The broken rules of a body, 20 at most."""
    limit: float | None = None
    """The limit that was crossed."""
    given: float | None = None
    """What was given instead."""


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
        """One problem for the broken rules of a body: its code is theirs if they share one."""
        codes = {error.code for error in errors}
        code = codes.pop() if len(codes) == 1 else Code.INVALID_BODY
        return cls(code, errors[0].detail, errors=errors)


def problem(error: ProblemError, request_id: str) -> Problem:
    """What a request of this id ends in."""
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
