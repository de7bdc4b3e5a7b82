"""All problems with which a request can end (RFC 9457), and the table of their HTTP statuses."""

from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, dataclass, field, replace
from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict

MEDIA_TYPE = "application/problem+json"
MAX_ERRORS = 20


RETRY = "Retry after the time in Retry-After."


class Code(StrEnum):
    """The machine-readable code of a problem."""

    status: int
    summary: str
    help: str
    """A sentence on what to do next, which the page at /problems/{code} shows."""

    def __new__(cls, code: str, status: int = 0, summary: str = "", help_: str = "") -> Self:
        """Return a member whose value is its code. A look-up passes only the code."""
        member = str.__new__(cls, code)
        member._value_, member.status, member.summary, member.help = code, status, summary, help_
        return member

    # fmt: off
    MALFORMED_JSON = ("malformed_json", 400, "The JSON is not valid",
        "The detail names the line and column where parsing stopped.")
    MALFORMED_FILE = ("malformed_file", 400, "The file cannot be read",
        "The detail says what the file must contain.")
    NOT_FOUND = ("not_found", 404, "Not found", (
        "The path or the job does not exist. /docs lists all paths, and `GET /jobs` lists your "
        "jobs."))
    METHOD_NOT_ALLOWED = ("method_not_allowed", 405, "The path does not support this method",
        "The Allow header lists the methods that the path supports.")
    BODY_TOO_LARGE = ("body_too_large", 413, "The body is too large", (
        "`limit` is the maximum size of the body in bytes. Send fewer points: averages of "
        "neighbouring points keep the trend."))
    UNSUPPORTED_MEDIA_TYPE = ("unsupported_media_type", 415, "The media type is not supported", (
        "Send `Content-Type: application/json`, in UTF-8 and without a content encoding. The "
        "detail lists other media types that the path takes."))
    INVALID_BODY = ("invalid_body", 422, "The request breaks several rules",
        "`errors` lists each of them with its position in the body or in the options of a file.")
    MISSING_FIELD = ("missing_field", 422, "A field is missing",
        "The detail names the field. The pointer names the object that must contain it.")
    UNKNOWN_FIELD = ("unknown_field", 422, "A field is unknown", (
        "The pointer names the object that contains it. Unknown fields are rejected so that a "
        "misspelt name is not ignored."))
    UNKNOWN_VALUE = ("unknown_value", 422, "A value is not allowed",
        "The detail lists the allowed values.")
    WRONG_TYPE = ("wrong_type", 422, "A value has the wrong type",
        'Types are strict: "3" is not a number, true is not 1, and 3.0 is not a whole number.')
    OUT_OF_RANGE = ("out_of_range", 422, "A number is out of range",
        "Numbers must be finite. The detail names the bound that was exceeded.")
    TOO_FEW_POINTS = ("too_few_points", 422, "There are no points",
        "A fit needs at least one point.")
    TOO_MANY_POINTS = ("too_many_points", 422, "There are too many points",
        "The limit is listed at /limits. Averages of neighbouring points keep the trend.")
    TOO_FEW_ITEMS = ("too_few_items", 422, "A list is too short",
        "The detail gives the minimum length.")
    TOO_MANY_ITEMS = ("too_many_items", 422, "A list is too long",
        "The detail or `limit` gives the maximum.")
    LENGTH_MISMATCH = ("length_mismatch", 422, "Two lists differ in length",
        "Each point needs one t and one y. A list of rates needs one rate for each step.")
    CONFLICTING_FIELDS = ("conflicting_fields", 422, "The fields do not go together",
        "The detail names them, and a combination that works.")
    NOT_COMPUTABLE = ("not_computable", 422, "The fit cannot be computed", (
        "A number in the answer is too large or too small for `precision`, or the fit needs too "
        "much memory. The detail gives the cause and what to change."))
    COST_OVER_BUDGET = ("cost_over_budget", 422, "The fit would take too long", (
        "The detail says what to reduce: usually it gives the largest possible `steps`. `solver: "
        '"exact"` costs nothing for steps that are neither recorded nor checked.'))
    ANSWER_TOO_LARGE = ("answer_too_large", 422, "The answer would be too large",
        "The detail says what to change: usually it gives the smallest possible `record_every`.")
    INTERNAL_ERROR = ("internal_error", 500, "Internal error",
        "The service failed and logged the error. Report it with the request ID.")
    NOT_READY = ("not_ready", 503, "The service is not ready",
        "The detail gives the reason. Retry after the time in Retry-After.")
    QUEUE_FULL = ("queue_full", 503, "No worker is free, or too many jobs are waiting", RETRY)
    SHUTTING_DOWN = ("shutting_down", 503, "The service is shutting down", RETRY)
    EXPIRED = ("expired", 410, "The job is no longer kept",
        "/limits lists how long jobs are kept after their end.")
    KEY_REUSED = ("key_reused", 422, "Idempotency key already used with a different request",
        "An Idempotency-Key belongs to one request while its job is kept. Use a new key.")
    NOT_FINISHED = ("not_finished", 409, "The job has not ended",
        "Request the job again later, or follow its events, which end when the job ends.")
    JOB_RUNNING = ("job_running", 409, "The job is running", "Cancel the job, then delete it.")
    CANCELLED = ("cancelled", 409, "The job was cancelled",
        "It has no result. Its events contain the steps reported before it was cancelled.")
    POISON = ("poison", 409, "The job repeatedly stops its workers", (
        "Three workers ended while they ran the job, or the job was started ten times, without "
        "progress. Create the job once more. If it ends the same way, report it."))
    INTERRUPTED = ("interrupted", 409, "The job was interrupted", (
        "The worker that ran the job was lost, and no worker of the same kind was available to "
        "continue it. Create the job again."))
    BAD_EVENT_ID = ("bad_event_id", 400, "Invalid event ID",
        "It must be the number of a step, as in the `id` of the events.")
    STORE_UNAVAILABLE = ("store_unavailable", 503, "The database is unavailable",
        "Jobs need the database, fits do not. Retry after the time in Retry-After.")
    STORE_FULL = ("store_full", 503, "There is no space for another job",
        f"Delete jobs that you no longer need. {RETRY}")
    TOO_MANY_STREAMS = ("too_many_streams", 503, "Too many streams are open", RETRY)
    TOO_MANY_UPLOADS = ("too_many_uploads", 503, "Too many large bodies are arriving", RETRY)
    TOO_MANY_ANSWERS = ("too_many_answers", 503, "Too many large answers are being read", (
        f"{RETRY} Or ask for a smaller answer: set a larger `record_every`, or include less."))
    STREAM_LIMIT = ("stream_limit", 503, "The stream was open too long",
        "The stream was ended. Use a job instead: a client can resume its events.")
    SLOW_READER = ("slow_reader", 408, "The client read too slowly",
        "The stream was ended. Set a larger `record_every`, or use a job, whose events wait.")
    WORKER_LOST = ("worker_lost", 503, "The worker died", (
        "Three workers ended while they computed this fit. Retry once, after the time in "
        "Retry-After. If it ends the same way, report it."))
    FIT_TIMEOUT = ("fit_timeout", 504, "The fit took too long",
        "The fit was ended. Use fewer steps, fewer points or another solver.")
    HOST_NOT_ALLOWED = ("host_not_allowed", 421, "The service does not answer for this host", (
        "Use an address or `localhost`, or ask the operator to add the host to "
        "COASTER_ALLOWED_HOSTS."))
    PREFLIGHT_REJECTED = ("preflight_rejected", 400, "The page may not call the service",
        "Ask the operator to add the origin of the page to COASTER_CORS_ORIGINS.")
    BAD_HTTP = ("bad_http", 400, "The request is not valid HTTP",
        "The connection was closed. The service supports HTTP/1.1, without upgrades.")
    EXPECTATION_FAILED = ("expectation_failed", 417, "The expectation is unknown",
        "The connection was closed. The only expectation is `100-continue`.")
    TRANSFER_ENCODING_NOT_SUPPORTED = (
        "transfer_encoding_not_supported", 501, "The transfer encoding is unknown",
        "The connection was closed. The only transfer encoding is `chunked`.")
    HTTP_VERSION_NOT_SUPPORTED = (
        "http_version_not_supported", 505, "The version of HTTP is not supported",
        "The connection was closed. The service supports HTTP/1.1.")
    REQUEST_TIMEOUT = ("request_timeout", 408, "The request arrived too slowly",
        "The connection was closed. /limits lists how long a request may take.")
    URI_TOO_LONG = ("uri_too_long", 414, "The path is too long",
        "The connection was closed. Send the data in the body instead.")
    HEADERS_TOO_LARGE = ("headers_too_large", 431, "The headers are too large",
        "The connection was closed. The detail gives the limit.")
    TOO_MANY_CONNECTIONS = ("too_many_connections", 503, "Too many connections are open", RETRY)
    UNAUTHORIZED = ("unauthorized", 401, "An API key is required",
        "Send `Authorization: Bearer` followed by a key. Ask the operator for a key.")
    TOO_MANY_FITS = ("too_many_fits", 429, "You have too many concurrent fits",
        "Wait for one of them to finish, or retry after the time in Retry-After.")
    TOO_MANY_JOBS = ("too_many_jobs", 429, "You have too many jobs",
        "Wait until one ends, or cancel one. /limits lists how many may wait and run.")
    # fmt: on


class Error(BaseModel):
    """One rule that a body breaks."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    pointer: str
    """JSON pointer into the body as sent or, with a file, into its options. For an unknown or
    missing field, it is that of its parent.
    """
    code: Code
    """The kind of rule that is broken."""
    detail: str
    """The reason and what to do, in English."""


class Problem(BaseModel):
    """An RFC 9457 problem."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    type: str
    """The path of a page of this service that explains the code."""
    title: str
    """The meaning of the code, in English."""
    status: int
    """The HTTP status."""
    detail: str
    """The reason in this case and what to do, in English."""
    code: Code
    """The kind of problem, for programs."""
    request_id: str
    """The id of the request. The log of the service has it too."""
    errors: list[Error] | None = None
    """The rules that the body breaks, at most 20."""
    limit: float | None = None
    """The limit that was exceeded."""
    given: float | None = None
    """The actual value that exceeds the limit."""


@dataclass(eq=False)
class ProblemError(Exception):
    """A request that ends in a problem."""

    code: Code
    detail: str
    _: KW_ONLY
    errors: Sequence[Error] = ()
    limit: float | None = None
    given: float | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Give the detail to tracebacks."""
        super().__init__(self.detail)

    @classmethod
    def of(cls, errors: Sequence[Error]) -> "ProblemError":
        """Return one problem for all broken rules of a body, with their code if they share one."""
        codes = {error.code for error in errors}
        code = codes.pop() if len(codes) == 1 else Code.INVALID_BODY
        return cls(code, errors[0].detail, errors=errors)

    def reworded(self, change: Callable[[Error], Error]) -> "ProblemError":
        """Return the same problem of a body with each of its broken rules changed."""
        if not self.errors:  # the body cannot be read
            return self
        errors = [*map(change, self.errors)]
        return replace(self, detail=errors[0].detail, errors=errors)


def problem(error: ProblemError, request_id: str) -> Problem:
    """Return the problem as sent to the client, with the id of its request."""
    return Problem(
        type=f"/problems/{error.code}",
        title=error.code.summary,
        status=error.code.status,
        detail=error.detail,
        code=error.code,
        request_id=request_id,
        errors=list(error.errors) or None,
        limit=error.limit,
        given=error.given,
    )
