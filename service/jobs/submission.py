"""Jobs that are not created yet."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Self

from orjson import OPT_SORT_KEYS, dumps, loads

from service.descent.questions.series import SeriesFileSpec, SeriesSpec
from service.jobs.files import StoredFile
from service.jobs.kinds import FILE_SETTINGS, QUESTIONS, FileSettings, JobQuestion, QuestionKind

SERIES_POINTS = ("t", "y", "series")
"""The members of a request in JSON that are the points of its series."""


@dataclass(frozen=True, kw_only=True)
class Submission:
    """A job that is not created yet.

    `request` is its JSON without the points, and `points` is their JSON, or that of a StoredFile.
    Two requests are the same if their `digest` is the same. Only its `owner`, which is empty
    without keys, sees the job. `steps` is the number of steps or of series, which is 0 for a file
    that is not yet read. `reserved` is the predicted size of its log and its result, in bytes.
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
    ) -> Self:
        """Return the job of a request in JSON, which asks this question. It has its seed, so that
        every run gives the same answer. The points are stored separately, as they are not read with
        the request.
        """
        request = loads(sent)
        digest = digest_of(request)
        points: bytes | None
        if isinstance(spec, SeriesSpec):
            points = dumps({name: request.pop(name) for name in SERIES_POINTS if name in request})
            steps, record_every = len(spec.table), 1
        else:
            points = None if spec.data is None else dumps(spec.data.columns())
            steps, record_every = spec.steps, spec.every
            request.pop("data", None)
        return cls(
            question=next(kind for kind, each in QUESTIONS.items() if isinstance(spec, each)),
            request=_with_seed(request, spec.seed),
            points=points,
            metadata=metadata,
            key=key,
            digest=digest,
            steps=steps,
            record_every=record_every,
            owner=owner,
        )

    @classmethod
    def of_file(
        cls,
        sent: bytes,
        settings: FileSettings,
        file: StoredFile,
        metadata: Mapping[str, str],
        key: str | None,
        *,
        owner: str,
    ) -> Self:
        """Return the job of a file, whose options were sent as this JSON and are these settings."""
        request = loads(sent)
        if isinstance(settings, SeriesFileSpec):
            steps, record_every = 0, 1
        else:
            steps, record_every = settings.steps, settings.every
        return cls(
            question=next(k for k, each in FILE_SETTINGS.items() if isinstance(settings, each)),
            request=_with_seed(request, settings.seed),
            points=file.to_json(),
            metadata=metadata,
            key=key,
            digest=digest_of(request, file),
            steps=steps,
            record_every=record_every,
            owner=owner,
        )


def _with_seed(request: Mapping[str, Any], seed: int) -> bytes:
    """Return a request as it is stored: with its seed, and without its metadata, which the job has
    too.
    """
    others = {name: value for name, value in request.items() if name != "metadata"}
    return dumps(others | {"seed": seed})


def digest_of(sent: object, file: StoredFile | None = None) -> str:
    """Return the digest of what a client sent: of the content of its JSON, and of its file. Nothing
    else is compared, as the settings of the service may have changed.
    """
    same = [sent, file and [file.kind, file.digest]]
    return sha256(dumps(same, option=OPT_SORT_KEYS)).hexdigest()
