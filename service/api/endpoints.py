"""The registry of questions: an endpoint for each kind.

Routes, early rejection, validators and the OpenAPI document iterate it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from inspect import cleandoc
from typing import Any, Generic, TypeVar

from service.api.problems import Code
from service.api.schemas.answers import (
    AnalysisResult,
    FitResult,
    SeriesResult,
    StreamEvent,
    SweepResult,
)
from service.descent.questions.analysis import AnalysisSpec
from service.descent.questions.file import (
    AnalysisFileSpec,
    FileSetting,
    FitFileSpec,
    SweepFileSpec,
)
from service.descent.questions.fit import FitSpec, StreamSpec
from service.descent.questions.series import SeriesSpec
from service.descent.questions.setting import Question, converted
from service.descent.questions.sweep import SweepSpec
from service.jobs.kinds import QUESTIONS

JSON = "application/json"
SSE, NDJSON = "text/event-stream", "application/x-ndjson"
CSV, PARQUET, NPY = "text/csv", "application/vnd.apache.parquet", "application/x-npy"
ARROW, ARROW_FILE = "application/vnd.apache.arrow.stream", "application/vnd.apache.arrow.file"
SVG, PNG = "image/svg+xml", "image/png"
PICTURES: Mapping[str, Callable[[Any], Question]] = {
    SVG: partial(FitSpec.drawn, form="svg"),
    PNG: partial(FitSpec.drawn, form="png"),
}
"""The media types of pictures, and the functions that turn a fit into the question for one."""


Body_co = TypeVar("Body_co", bound=Question | SeriesSpec, covariant=True)


@dataclass(frozen=True, kw_only=True)
class Endpoint(Generic[Body_co]):
    """The endpoint of a kind of question."""

    name: str
    """The id of the operation, and the name of its examples in `examples.json`, if it has some."""
    path: str
    question: type[Body_co]
    """The type of the body."""
    file: type[FileSetting] | None = None
    """The type of the settings if the body is a file, or None if it cannot be one."""
    answer: Any = None
    """The type of the JSON answer, or of the events; None for pictures."""
    summary: str
    description: str
    problems: tuple[Code, ...] = ()
    """The problems with which this question can end, in addition to those of every question."""
    representations: Mapping[str, Callable[[Any], Question] | None] = field(
        default_factory=lambda: {JSON: None}
    )
    """The media types of the answer, the default first, and the function that turns the question of
    the body into the one for a worker, if they differ.
    """


FIT = Endpoint(
    name="fit",
    path="/fit",
    question=FitSpec,
    file=FitFileSpec,
    answer=FitResult,
    summary="Fit a curve by gradient descent",
    description=cleandoc("""
    Return the whole result, or a problem. A run that diverges is a result: its `outcome` says
    so. With an image in `Accept`, return the picture of `POST /fit/picture` instead.
    """),
    problems=(Code.MALFORMED_FILE, Code.ANSWER_TOO_LARGE),
    representations={JSON: None, **PICTURES},
)
PICTURE = Endpoint(
    name="fit_picture",
    path="/fit/picture",
    question=FitSpec,
    summary="Draw a fit",
    description=cleandoc("""
    Return a picture of the curve, its loss and the walk down the steepest direction: SVG or, with
    `Accept: image/png`, PNG of 1500 x 600 pixels. The request is that of `POST /fit`. Its `include`
    has no effect.
    """),
    problems=(Code.ANSWER_TOO_LARGE,),
    representations=PICTURES,
)
STREAM = Endpoint(
    name="fit_stream",
    path="/fit/stream",
    question=FitSpec,
    file=FitFileSpec,
    answer=StreamEvent,
    summary="Fit a curve and stream each step",
    description=cleandoc("""
    Send `started`, any number of `steps`, and finally `done` or `failed`. If you disconnect, the
    fit ends. To reconnect later, create a job instead.
    """),
    problems=(
        Code.MALFORMED_FILE,
        Code.ANSWER_TOO_LARGE,
        Code.TOO_MANY_STREAMS,
        Code.STREAM_LIMIT,
        Code.SLOW_READER,
    ),
    representations=dict.fromkeys((SSE, NDJSON), partial(converted, kind=StreamSpec)),
)
SWEEP = Endpoint(
    name="sweep",
    path="/sweep",
    question=SweepSpec,
    file=SweepFileSpec,
    answer=SweepResult,
    summary="Compare learning rates",
    description=cleandoc("""
    Return a row for each rate, in the order of the request, including rates that diverge. `best`
    is the best of these rates. `exact` is the best possible rate, if it can be computed.
    """),
    problems=(Code.MALFORMED_FILE, Code.ANSWER_TOO_LARGE),
)
ANALYSIS = Endpoint(
    name="analysis",
    path="/analysis",
    question=AnalysisSpec,
    file=AnalysisFileSpec,
    answer=AnalysisResult,
    summary="Predict what each learning rate would do",
    description=cleandoc("""
    Return the optimum, the limit, the best rate and every direction of the descent, computed
    without a step. If `lr` is given, return its verdict too.
    """),
    problems=(Code.MALFORMED_FILE,),
)

SERIES = Endpoint(
    name="series",
    path="/series",
    question=SeriesSpec,
    answer=SeriesResult,
    summary="Fit many series at once",
    description=cleandoc("""
    Fit each series on its own with the same settings, and return columns. Each row is what
    `POST /fit` returns for its series alone. A series that cannot be fitted is a row of nulls with
    an entry in `problems`.

    Send JSON or, for large requests, a file with the options in `Coaster-Options`. In NPY, the
    array is float64 of shape (series, points), with `t` among the options, or of shape (series, 2,
    points), with the t and the y of each series; NaN is a missing value. An Arrow stream has the
    columns `series`, `t` and `y` with a row for each point, or `t` and `y` with lists and an
    optional `id`, with a row for each series.

    `Accept` chooses the answer. Arrow has the columns of the JSON answer with a row for each
    series: a column for each coefficient, `message_en`, `message_ko` and, for problems, `code` and
    `detail`. The rest is in its metadata as `settings`. NPY has the numbers; the header
    `Coaster-Columns` names them, and `predictions_at` stands for a column for each t of `at`. A
    stream has any number of `rows`, and finally `done` or `failed`.
    """),
    problems=(
        Code.MALFORMED_FILE,
        Code.ANSWER_TOO_LARGE,
        Code.TOO_MANY_STREAMS,
        Code.STREAM_LIMIT,
        Code.SLOW_READER,
    ),
    representations={JSON: None, ARROW: None, NPY: None, NDJSON: None, SSE: None},
)

ENDPOINTS: tuple[Endpoint[Question], ...] = (FIT, PICTURE, STREAM, SWEEP, ANALYSIS)
"""The endpoints whose questions are one problem each."""
ALL_ENDPOINTS: tuple[Endpoint[Question | SeriesSpec], ...] = (*ENDPOINTS, SERIES)
JOB_ENDPOINTS = [each for each in ALL_ENDPOINTS if each.name in QUESTIONS]
"""The endpoints whose questions jobs can answer too."""
ASKING_PATHS = {endpoint.path for endpoint in ALL_ENDPOINTS}
"""The paths of requests that need a worker at once."""
