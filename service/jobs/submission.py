"""Jobs that are not created yet."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Self

from orjson import OPT_SORT_KEYS, Fragment, dumps, loads

from service.descent.questions.series import SeriesSpec
from service.jobs.files import StoredFile
from service.jobs.kinds import QUESTIONS, JobQuestion, QuestionKind

SERIES_POINTS = ("t", "y", "series")
"""The members of a request that are the points of its series."""


@dataclass(frozen=True, kw_only=True)
class Submission:
    """A job that is not created yet.

    `request` is its JSON without the points, and `points` is their JSON, or that of a StoredFile.
    Two requests are the same if their `digest` is the same. Only its `owner`, which is empty
    without keys, sees the job. `reserved` is the predicted size of its log and its result, in
    bytes.
    """

    question: QuestionKind
    request: bytes
    points: bytes | None
    metadata: Mapping[str, str]
    key: str | None
    digest: str
    steps: int
    record_every: int
    owner: str = ""
    reserved: int = 0

    @classmethod
    def of(
        cls,
        sent: bytes,
        spec: JobQuestion,
        metadata: Mapping[str, str],
        key: str | None,
        *,
        owner: str,
        file: StoredFile | None = None,
    ) -> Self:
        """Return the job of a request, with its seed, so that every run gives the same answer.

        `sent` is the body as it was sent, or the options of a file, and `spec` is the question that
        it asks. The points are stored separately, as they are not read with the request.
        """
        request = loads(sent)
        points = _points(spec, request) if file is None else file.to_json()
        for stored_elsewhere in ("data", "metadata", *SERIES_POINTS):
            request.pop(stored_elsewhere, None)
        same = [request, metadata, Fragment(points or b"null")]
        steps, record_every = _progress(spec)
        return cls(
            question=_kind(spec),
            request=dumps(request | {"seed": spec.seed}),
            points=points,
            metadata=metadata,
            key=key,
            digest=sha256(dumps(same, option=OPT_SORT_KEYS)).hexdigest(),
            steps=steps,
            record_every=record_every,
            owner=owner,
        )


def _kind(spec: JobQuestion) -> QuestionKind:
    return next(kind for kind, question in QUESTIONS.items() if isinstance(spec, question))


def _progress(spec: JobQuestion) -> tuple[int, int]:
    """Return the number of steps or rows of a job, and the number of them between two records."""
    if isinstance(spec, SeriesSpec):
        return len(spec.table), 1
    return spec.steps, spec.every


def _points(spec: JobQuestion, request: Mapping[str, object]) -> bytes | None:
    """Return the points of a request as JSON, or None if the service draws them."""
    if isinstance(spec, SeriesSpec):
        given = {name: request[name] for name in SERIES_POINTS if name in request}
        return dumps(given)
    return None if spec.data is None else dumps(spec.data.columns())
