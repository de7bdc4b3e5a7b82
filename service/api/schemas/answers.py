"""The answers as the contract describes them. The workers write them."""

from typing import Annotated, Literal

from pydantic import Discriminator
from typing_extensions import TypeAliasType  # typing has it from Python 3.12 on

from service.api.problems import Problem
from service.descent.answers.explanation import Analysis, Documented
from service.descent.answers.results import (
    DataPoints,
    DataUsed,
    Fit,
    Forecast,
    Optimum,
    ParamColumns,
    Ridge,
    Summary,
    Sweep,
)
from service.descent.answers.series import Series, SeriesSettings
from service.descent.questions.fit import Resolved
from service.descent.readonly import readonly


@readonly(kw_only=True)
class Timed(Documented):
    """The part that all answers of workers have in common."""

    elapsed_ms: float
    """Time of the computation itself, in milliseconds."""


@readonly(kw_only=True)
class FitResult(Timed, Fit):
    """The whole result of a fit. Fields that do not apply are absent."""


@readonly(kw_only=True)
class FitSummary(Timed, Summary):
    """The result of a fit without its `losses`, which were streamed. Fields that do not apply are
    absent.
    """


@readonly(kw_only=True)
class SweepResult(Timed, Sweep):
    """A comparison of several rates. Fields that do not apply are absent."""


@readonly(kw_only=True)
class AnalysisResult(Timed, Forecast):
    """The properties of a descent, known without a step. Fields that do not apply are absent."""


@readonly(kw_only=True)
class SeriesResult(Timed, SeriesSettings, Series):
    """The results of many series. Fields that do not apply are absent."""


@readonly(kw_only=True)
class SeriesSummary(Timed, SeriesSettings):
    """The settings and the numbers of series whose results were streamed."""

    series: int
    """The number of series."""
    failed: int
    """The number of series without a result."""


@readonly(kw_only=True)
class StartedEvent(Documented):
    """The event before the first step."""

    type: Literal["started"]
    """The kind of the event."""
    resolved: Resolved
    """The request as run, without `data` and, for a file, without `columns` and `sigma_is`. Sent
    again with the same points, it gives the same answer, without `lr_default`.
    """
    data: DataPoints | None = None
    """The points used. Absent if there are `factors` or more than 50,000 points of a file."""
    data_used: DataUsed | None = None
    """The number of points that were used, if some were left out."""
    optimum: Optimum | None = None
    """The optimum of the loss. Absent for networks."""
    ridge: Ridge | None = None
    """The minimum of the descent, if it has weight decay and a minimum that is known in advance."""
    analysis: Analysis
    """The properties of the descent, known before its first step."""


@readonly(kw_only=True)
class StepsEvent(Documented):
    """Consecutive recorded steps, `resolved.record_every` apart. The last step of the fit may come
    sooner.
    """

    type: Literal["steps"]
    """The kind of the event."""
    first: int
    """The number of the first step in the event."""
    last: int
    """The number of the last step in the event, and the id of the event. To resume after this step,
    send it as `Last-Event-ID`.
    """
    loss: list[float]
    """The loss at each recorded step."""
    params: ParamColumns | None = None
    """The parameters in the caller's units. For networks, only if `include` asks for them."""
    validation_loss: list[float] | None = None
    """The loss on the held-out points."""
    batch_loss: list[float] | None = None
    """The loss on the batch of each step, if steps do not see all points."""
    gradients: ParamColumns | None = None
    """The gradients, if `include` asks for them."""
    predictions: list[list[float]] | None = None
    """The predictions at the t of the points, if `include` asks for them."""


@readonly(kw_only=True)
class DoneEvent(Documented):
    """The event after the last step."""

    type: Literal["done"]
    """The kind of the event."""
    result: FitSummary
    """The result of the fit, without the losses of the earlier events."""


@readonly(kw_only=True)
class FailedEvent(Documented):
    """The event of a fit that has failed, or of a stream that was ended early."""

    type: Literal["failed"]
    """The kind of the event."""
    problem: Problem
    """The problem that ended the fit or the stream."""


StreamEvent = TypeAliasType(
    "StreamEvent",
    Annotated[StartedEvent | StepsEvent | DoneEvent | FailedEvent, Discriminator("type")],
)


@readonly(kw_only=True)
class RowsEvent(Series):
    """The results of consecutive series."""

    type: Literal["rows"]
    """The kind of the event."""
    first: int
    """The number of the first series in the event, from 0."""
    last: int
    """The number of the last series in the event, and the id of the event."""


@readonly(kw_only=True)
class SeriesDoneEvent(Documented):
    """The event after the last series."""

    type: Literal["done"]
    """The kind of the event."""
    result: SeriesSummary
    """The settings and the numbers of series."""


SeriesEvent = TypeAliasType(
    "SeriesEvent",
    Annotated[RowsEvent | SeriesDoneEvent | FailedEvent, Discriminator("type")],
)
JobResult = TypeAliasType("JobResult", FitResult | SweepResult | SeriesResult)


@readonly(kw_only=True)
class JobDoneEvent(Documented):
    """The last event of a job that has succeeded."""

    type: Literal["done"]
    """The kind of the event."""
    result: FitSummary | SweepResult | SeriesSummary
    """The result of the job, without the losses or the rows of the earlier events."""


@readonly(kw_only=True)
class ReadingEvent(Documented):
    """A part of the file of a job was read. Such events come before those of the fit or sweep."""

    type: Literal["reading"]
    """The kind of the event."""
    points_read: int
    """The number of points in all parts that are read."""


JobEvent = TypeAliasType(
    "JobEvent",
    Annotated[
        ReadingEvent | StartedEvent | StepsEvent | RowsEvent | JobDoneEvent | FailedEvent,
        Discriminator("type"),
    ],
)
