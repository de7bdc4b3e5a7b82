"""Calls of the service: each is a request, and the function that reads its answer."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeAlias, TypeVar
from urllib.parse import quote, urlencode
from uuid import uuid4

from coaster_client.answer import reader
from coaster_client.errors import UnreachableError, problem_error
from coaster_client.models import (
    AnalysisResult,
    Job,
    JobEvent,
    JobPage,
    JobStatus,
    PortableFactor,
    SeriesResult,
    StreamEvent,
    SweepResult,
)
from coaster_client.requests import FILE_FIELDS, content, of_file, of_series, without_file
from coaster_client.series import as_series, listed, npy
from coaster_client.uploads import Source, Upload, is_file, upload_of

T = TypeVar("T")

Fields: TypeAlias = Collection[str] | None
"""The fields of an answer to return; None for all."""
URL = "http://127.0.0.1:8000"
"""The address of a service that was started with `make run`."""
JSON, NDJSON, SVG = "application/json", "application/x-ndjson", "image/svg+xml"
NPY = "application/x-npy"
RETRIED = frozenset({408, 425, 429, 500, 502, 503, 504})
"""The statuses after which a request is sent again."""


@dataclass(frozen=True)
class Response:
    """A whole answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Lost:
    """A connection that could not be made, or broke before the end of the answer."""

    reason: str


@dataclass(frozen=True)
class Call(Generic[T]):
    """A request, and `read`, which turns the body of its answer into a value.

    Every call can be sent again: fits are pure functions of their request, and the creation of a
    job has an idempotency key.
    """

    method: str
    path: str
    read: Callable[[bytes], T]
    body: bytes | Upload | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    retried: frozenset[int] = RETRIED
    done_before: frozenset[int] = frozenset()
    """The statuses that mean, if the call was sent before, that it succeeded then."""

    def result(self, outcome: Response | Lost) -> T:
        """Return the value of an answer. Raises UnreachableError or ProblemError."""
        if isinstance(outcome, Lost):
            raise UnreachableError(outcome.reason)
        if outcome.status >= 300:
            raise problem_error(outcome.status, outcome.body)
        try:
            return self.read(outcome.body)
        except ValueError as error:
            raise UnreachableError(f"The answer is not that of Coaster: {error}") from error


def fit(
    read: Callable[[dict[str, Any], Any], T], request: Mapping[str, Any], fields: Fields = None
) -> Call[T]:
    """Return the call of a fit. `read` takes the answer and the points of the request."""
    path = _only("/fit", fields)
    if is_file(request.get("data")):
        return ask(path, lambda raw: read(raw, None), request)
    sent = content(request)
    return post(path, lambda raw: read(raw, sent.get("data")), sent)


def append(
    read: Callable[[dict[str, Any], Any], T],
    factor: object,
    request: Mapping[str, Any],
    added: PortableFactor | None = None,
) -> Call[T]:
    """Return the call of a fit to the points of a factor and new ones, which answers the factor of
    all of them. `factor` can be None: then there are only the new points. `added` is the factor of
    the new points if they are a file, which cannot be sent with `factor`.
    """
    include = [*request.get("include", ()), "factor"]
    factors = [each for each in (factor, added) if each is not None]
    sent = request if added is None else without_file(request)
    return fit(read, {**sent, "factors": factors, "include": [*dict.fromkeys(include)]})


def factor_of_file(request: Mapping[str, Any]) -> Call[PortableFactor]:
    """Return the call that answers the factor of the points of a request, which are a file."""
    sent = {name: request[name] for name in (*FILE_FIELDS, "model") if name in request}
    path = _only("/analysis", ("factor",))
    return ask(path, lambda raw: PortableFactor(raw["factor"]), sent | {"include": ["factor"]})


def sweep(request: Mapping[str, Any], fields: Fields = None) -> Call[SweepResult]:
    """Return the call of a sweep."""
    return ask(_only("/sweep", fields), SweepResult, request)


def series(request: Mapping[str, Any], fields: Fields = None) -> Call[SeriesResult]:
    """Return the call that fits many series, which it sends as a file."""
    path, settings = _only("/series", fields), of_series(request)
    data = request["data"]
    if is_file(data):
        return send_file(path, SeriesResult, data, settings)
    names, pairs = as_series(data)

    def read(body: bytes) -> SeriesResult:
        return SeriesResult(named(json.loads(body), names))

    headers = {"Content-Type": NPY, "Coaster-Options": _json(settings).decode()}
    return Call("POST", path, read, npy(pairs), headers)


def named(raw: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """Return the columns of series with these names instead of their numbers."""
    columns = dict(raw)
    if "ids" in raw:
        columns["ids"] = list(names)
    if "problems" in raw:
        columns["problems"] = [each | {"id": names[each["row"]]} for each in raw["problems"]]
    return columns


def analysis(request: Mapping[str, Any], fields: Fields = None) -> Call[AnalysisResult]:
    """Return the call of an analysis."""
    return ask(_only("/analysis", fields), AnalysisResult, request)


def stream(request: Mapping[str, Any]) -> Call[StreamEvent]:
    """Return the call of a fit that sends its steps as they happen. It reads one event."""
    return ask("/fit/stream", reader(StreamEvent), request)


def picture(read: Callable[[bytes], T], request: Mapping[str, Any]) -> Call[T]:
    """Return the call that draws a fit."""
    return Call("POST", "/fit/picture", read, _json(request), {"Accept": SVG})


def create_job(request: Mapping[str, Any]) -> Call[Job]:
    """Return the call that creates a job. Its key is the same however often the call is sent."""
    call = _series_job(request) if request.get("kind") == "series" else ask("/jobs", Job, request)
    return replace(call, headers={**call.headers, "Idempotency-Key": str(uuid4())})


def list_jobs(status: JobStatus | None, after: str | None, limit: int | None) -> Call[JobPage]:
    """Return the call that lists jobs. Parameters that are None are left out."""
    query = {"status": status, "after": after, "limit": limit}
    given = urlencode({name: value for name, value in query.items() if value is not None})
    return get(f"/jobs?{given}", JobPage)


def job(job_id: str) -> Call[Job]:
    """Return the call that reads a job."""
    return get(_job(job_id), Job)


def cancel_job(job_id: str) -> Call[Job]:
    """Return the call that cancels a job."""
    return post(f"{_job(job_id)}/cancel", Job)


def delete_job(job_id: str) -> Call[None]:
    """Return the call that deletes a job.

    If the first answer was lost, the job may be gone when the call is sent again.
    """
    return Call("DELETE", _job(job_id), lambda _: None, done_before=frozenset({404, 410}))


def result(job_id: str, read: Callable[[dict[str, Any]], T], fields: Fields = None) -> Call[T]:
    """Return the call that reads the result of a job.

    A job that took too long has this problem for ever, so 504 is not retried.
    """
    path = _only(f"{_job(job_id)}/result", fields)
    return replace(get(path, read), retried=RETRIED - {504})


def job_events(job_id: str) -> Call[JobEvent]:
    """Return the call of the events of a job. It reads one event."""
    return get(f"{_job(job_id)}/events", reader(JobEvent))


def get(path: str, read: Callable[[dict[str, Any]], T]) -> Call[T]:
    """Return a call that reads JSON."""
    return Call("GET", path, lambda body: read(json.loads(body)))


def post(
    path: str, read: Callable[[dict[str, Any]], T], request: Mapping[str, Any] | None = None
) -> Call[T]:
    """Return a call that sends JSON and reads JSON."""
    body = b"" if request is None else _json(request)
    return Call("POST", path, lambda body: read(json.loads(body)), body)


def ask(path: str, read: Callable[[dict[str, Any]], T], request: Mapping[str, Any]) -> Call[T]:
    """Return the call of a question, whose points may be a file. Raises ValueError."""
    data = request.get("data")
    if not is_file(data):
        return post(path, read, content(request))
    return send_file(path, read, data, content(of_file(request)))


def send_file(
    path: str, read: Callable[[dict[str, Any]], T], file: Source, settings: Mapping[str, Any]
) -> Call[T]:
    """Return a call that sends a file with these settings, and reads JSON. Raises ValueError."""
    body = upload_of(file)
    headers = {"Content-Type": body.media_type, "Coaster-Options": _json(settings).decode()}
    return replace(post(path, read), body=body, headers=headers)


def _series_job(request: Mapping[str, Any]) -> Call[Job]:
    """Return the call that creates a job of many series: of a file, or of a list of them."""
    data, settings = request["data"], of_series(request)
    if is_file(data):
        return send_file("/jobs", Job, data, settings)
    return post("/jobs", Job, settings | {"series": listed(*as_series(data))})


def _only(path: str, fields: Fields) -> str:
    """Return a path whose answer has only these fields, or all of them for None."""
    return path if fields is None else f"{path}?fields={quote(','.join(fields), safe=',')}"


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _job(job_id: str) -> str:
    return f"/jobs/{quote(job_id, safe='')}"
