"""The bodies of `POST /jobs`, which are questions of several kinds, and the jobs made of them."""

from contextlib import suppress
from dataclasses import replace
from math import inf

from orjson import JSONDecodeError, JSONEncodeError, loads
from pydantic_core import from_json
from starlette.requests import Request

from service.api.endpoints import JSON
from service.api.failures import PROBLEMS
from service.api.limits import MAX_KEY
from service.api.mistakes.suggestions import one_of
from service.api.problems import Code, Error, ProblemError
from service.api.requests import announced, check_parts, content, media_type_of, parse
from service.api.routes.file_requests import (
    KINDS,
    check_no_options,
    given_options,
    option_parameters,
    parsed_options,
)
from service.api.routes.job_parts import of_parts, with_factors
from service.api.routes.series import TAKEN, check_values
from service.api.routing import Json, asks, binary
from service.api.schemas.job import (
    JOB_FILE_REQUESTS,
    JOB_REQUESTS,
    FitJob,
    JobFileRequest,
    JobRequest,
    SeriesFileJob,
    SeriesJob,
)
from service.api.state import client, owner, state_of
from service.api.transfer.job_files import most_bytes, stored
from service.descent.questions.asked import AnyQuestion
from service.descent.questions.budget import affordable
from service.descent.questions.file import NO_FILE
from service.descent.questions.fit import StreamSpec
from service.descent.questions.setting import converted
from service.descent.questions.table import FileKind
from service.jobs.errors import KeyReusedError, StoreUnavailableError
from service.jobs.job import Created
from service.jobs.kinds import QuestionKind
from service.jobs.storage import files, space
from service.jobs.storage.store import Store
from service.jobs.submission import Submission, digest_of
from service.pool.scheduling import SMALL_SECONDS

IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "A repeated request with the same key and the same body returns the same job.",
    "schema": {"type": "string", "minLength": 1, "maxLength": MAX_KEY},
}
OPTIONS_EXAMPLE = '{"kind": "fit", "seed": 42, "metadata": {"sensor": "7"}}'


def described_request() -> Json:
    """Return the body of a new job and its settings, as the contract describes them."""
    described = asks(JobRequest.__name__)
    described["requestBody"]["content"] |= binary(*KINDS)
    settings = option_parameters(OPTIONS_EXAMPLE, *JOB_FILE_REQUESTS.values())
    return described | {"parameters": [IDEMPOTENCY_KEY, *settings]}


async def new_job(request: Request) -> Created:
    """Create the job of a request. Raises ProblemError or StoreError."""
    if media_type_of(request, *KINDS) == JSON:
        return await _of_json(request)
    return await _of_file(request)


async def _of_json(request: Request) -> Created:
    """Create the job of a request in JSON. If the request has created one before, it is not
    rejected: the jobs that it names may have expired since, or a limit may have changed.
    """
    check_no_options(request)
    received = await content(request, check_large)
    try:
        submission, seconds = await _submission(request, received)
    except PROBLEMS:
        if replayed := await _replayed(request, received):
            return replayed
        raise
    return await state_of(request.app).jobs.create(
        submission, client=client(request.scope), small=seconds <= SMALL_SECONDS
    )


async def _submission(request: Request, received: bytes) -> tuple[Submission, float]:
    """Return the job of a body in JSON, and its predicted CPU seconds. Raises one of PROBLEMS."""
    sent = await with_factors(request, received)
    try:
        body = parse(sent, JOB_REQUESTS[kind_of(received)])
    except ProblemError as error:
        raise error if sent is received else error.reworded(of_parts) from None
    question = question_of(body)
    seconds = affordable(question, state_of(request.app).settings.max_job_seconds)
    key = idempotency_key(request)
    submission = Submission.of(received, body, body.metadata, key, owner=owner(request))
    reserved = space.for_numbers(question.numbers_in_answer)
    return replace(submission, reserved=reserved), seconds


async def _replayed(request: Request, received: bytes) -> Created | None:
    """Return the job that the same body in JSON has created with the same key, or None."""
    key = idempotency_key(request)
    if key is None:
        return None
    try:
        digest = digest_of(loads(received))
    except (JSONDecodeError, JSONEncodeError):  # orjson writes fewer levels than it reads
        return None
    with suppress(KeyReusedError):
        return await state_of(request.app).jobs.replayed(key, digest, owner=owner(request))
    return None


async def _of_file(request: Request) -> Created:
    """Create the job of a request whose body is a file."""
    options = given_options(request) or b"{}"
    kind = kind_of(options)
    file_kind = KINDS[media_type_of(request, *(TAKEN if kind == "series" else KINDS))]
    body = parsed_options(options, JOB_FILE_REQUESTS[kind])
    key = idempotency_key(request)
    await _check(request, key, file_kind, body)
    jobs = state_of(request.app).jobs
    upload = await jobs.store.write(files.begin)
    try:
        file = await stored(request, upload, file_kind, body)
        submission = Submission.of_file(
            options, body, file, body.metadata, key, owner=owner(request)
        )
        reserved = space.for_numbers(_most_numbers(body, file_kind, file.size))
        submission = replace(submission, reserved=reserved)
        created = await jobs.create(submission, client=client(request.scope), upload=upload)
    except BaseException:
        await _abandon(jobs.store, upload)
        raise
    if created.replayed:
        await _abandon(jobs.store, upload)
    return created


async def _check(request: Request, key: str | None, kind: FileKind, body: JobFileRequest) -> None:
    """Check, before the first byte of a file arrives, that its job could be created now. Raises
    ProblemError or StoreError.
    """
    size = announced(request, most_bytes(request, kind))
    size += space.for_numbers(_most_numbers(body, kind, size))
    jobs = state_of(request.app).jobs
    await jobs.check(key, owner=owner(request), client=client(request.scope), size=size)


def _most_numbers(body: JobFileRequest, kind: FileKind, size: int) -> int:
    """Return the maximum number of numbers in the answer about a file of this kind and this size in
    bytes. A series in NPY has at least one number of 8 bytes. Other files can be compressed: their
    series are counted when a worker has read them.
    """
    most = body.question(NO_FILE, inf).largest_answer
    if isinstance(body, SeriesFileJob) and kind == "npy":
        return min(most, size // 8 * body.numbers_of_each)
    return most


async def _abandon(store: Store, upload: str) -> None:
    """Give up a file that is on its way. If the database does not work, the recovery does so."""
    with suppress(StoreUnavailableError):
        await store.write(files.abandon, upload)


def idempotency_key(request: Request) -> str | None:
    """Return the idempotency key of a request, or None if it has none. Raises ProblemError."""
    key = request.headers.get("idempotency-key")
    if key is not None and not 0 < len(key) <= MAX_KEY:
        detail = f"Idempotency-Key must have 1 to {MAX_KEY} characters."
        raise ProblemError(Code.OUT_OF_RANGE, detail)
    return key


def kind_of(sent: bytes) -> QuestionKind:
    """Return the kind of job that a body, or the options of a file, describe. That of a body that
    is no JSON object is fit: its reading says what is wrong. Raises ProblemError if the kind is
    unknown.
    """
    try:
        body = from_json(sent)  # it takes NaN, which the reading of the body reports
    except ValueError:
        return "fit"
    kind = body.get("kind") if isinstance(body, dict) else None
    for known in JOB_REQUESTS:
        if kind == known:
            return known
    if kind is None:
        return "fit"
    detail = one_of("`kind`", JOB_REQUESTS, kind)
    raise ProblemError.of([Error(pointer="/kind", code=Code.UNKNOWN_VALUE, detail=detail)])


def check_large(body: bytes) -> None:
    """Raise ProblemError if a large body has more values than any valid request of its kind. Series
    may have the most, so their limit comes first: it bounds the time to find the kind.
    """
    check_values(body)
    if kind_of(body) != "series":
        check_parts(body)


def question_of(body: JobRequest) -> AnyQuestion:
    """Return the question whose cost is that of the job, and whose answer is as large."""
    if isinstance(body, SeriesJob):
        return body.question()
    return converted(body, StreamSpec) if isinstance(body, FitJob) else body
