"""The bodies of `POST /jobs`, which are questions of several kinds."""

from orjson import JSONDecodeError, loads

from service.api.mistakes.suggestions import one_of
from service.api.problems import Code, Error, ProblemError
from service.api.requests import check_parts
from service.api.routes.series import check_values
from service.api.schemas.job import JOB_REQUESTS, FitJob, JobRequest, SeriesJob
from service.descent.questions.asked import AnyQuestion
from service.descent.questions.fit import StreamSpec
from service.descent.questions.setting import converted
from service.jobs.job import QuestionKind


def kind_of(sent: bytes) -> QuestionKind:
    """Return the kind of job that a body describes. That of a body that is no JSON object is fit:
    its reading says what is wrong. Raises ProblemError if the kind is unknown.
    """
    try:
        body = loads(sent)
    except JSONDecodeError:
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
