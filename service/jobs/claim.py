"""The claims of executors on jobs, and the parts of jobs."""

from dataclasses import dataclass

from orjson import Fragment, dumps, loads

from service.descent.questions.setting import adapter
from service.jobs.files import StoredFile
from service.jobs.kinds import FILE_SETTINGS, QUESTIONS, FileSettings, JobQuestion, QuestionKind


@dataclass(frozen=True, kw_only=True)
class Claim:
    """The right to continue the log of a job after `position`. Each claim has its own `token`.
    `points` are the JSON of the points, unless they are in a `file`. `rows` are those of a part of
    series, or the pieces of a part of a file, and None for a whole job. `whole` is the ID of the
    whole job.
    """

    job: str
    whole: str
    token: str
    kind: str
    question: QuestionKind
    request: bytes
    points: bytes | None
    position: int | None
    file: StoredFile | None = None
    rows: range | None = None

    def spec(self) -> JobQuestion:
        """Return the question of a job without a file."""
        request = self._settings()
        if self.question == "series":
            request |= loads(self.points or b"{}")
        elif self.points:
            request["data"] = Fragment(self.points)
        spec: JobQuestion = adapter(QUESTIONS[self.question]).validate_json(dumps(request))
        spec.check()
        return spec

    def file_settings(self) -> FileSettings:
        """Return the settings of the question about a file."""
        validator = adapter(FILE_SETTINGS[self.question])
        settings: FileSettings = validator.validate_json(dumps(self._settings()))
        settings.check()
        return settings

    def _settings(self) -> dict[str, object]:
        request: dict[str, object] = loads(self.request)
        request.pop("kind", None)
        return request

    def end_of_log(self, after: int | None) -> int | None:
        """Return the end of the log of the whole job where that of this claim ends at `after`."""
        if after is None and self.rows and self.rows.start:
            return self.rows.start - 1
        return after


@dataclass(frozen=True)
class Part:
    """A part of a job, which any machine may compute: some rows of its series, or some pieces of
    its file. It continues the log of the job from `after`, or None for the first part, to `last`.
    """

    id: str
    rows: range
    after: int | None
    last: int
