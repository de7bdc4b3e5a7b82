"""What is answered, for the contract: the workers write it."""

from typing import Literal

from service.api.problems import Problem
from service.descent.answers.documented import Documented
from service.descent.answers.explanation import Analysis
from service.descent.answers.results import DataPoints, Fit, Forecast, Optimum, Summary, Sweep, Told
from service.descent.frozen import frozen
from service.descent.questions.specs import Resolved


@frozen(kw_only=True)
class Timed(Documented):
    """What every answer of a worker has."""

    elapsed_ms: float
    """Time of the computation itself, in milliseconds."""


@frozen(kw_only=True)
class FitResult(Timed, Fit):
    """A whole fit, as it is answered. What does not apply is left out."""


@frozen(kw_only=True)
class FitSummary(Timed, Summary):
    """A whole fit but for its `losses`, which were streamed. What does not apply is left out."""


@frozen(kw_only=True)
class SweepResult(Timed, Sweep):
    """Several rates compared, as it is answered. What does not apply is left out."""


@frozen(kw_only=True)
class AnalysisResult(Timed, Forecast):
    """What is known without a step, as it is answered. What does not apply is left out."""


@frozen(kw_only=True)
class StartedEvent(Documented):
    """Before the first step."""

    type: Literal["started"]
    resolved: Resolved
    """The request as run, without `data`: sent again with the same points it gives the same
    answer.
    """
    data: DataPoints
    """The points used."""
    optimum: Optimum | None = None
    """Absent for networks."""
    analysis: Analysis


@frozen(kw_only=True)
class StepsEvent(Documented):
    """Consecutive recorded steps, `resolved.record_every` apart; the last of the fit may come
    sooner.
    """

    type: Literal["steps"]
    first: int
    """The number of the first of them."""
    last: int
    """The number of the last, and the id of the event: `Last-Event-ID` to go on from here."""
    loss: list[float]
    params: Told | None = None
    """In the caller's units; a network's only where `include` asks for them."""
    validation_loss: list[float] | None = None
    """Of the points held out."""
    batch_loss: list[float] | None = None
    """Of each step's own batch, where it does not see all points."""
    gradients: Told | None = None
    """Where `include` asks for them."""
    predictions: list[list[float]] | None = None
    """Where `include` asks for them."""


@frozen(kw_only=True)
class DoneEvent(Documented):
    """After the last step."""

    type: Literal["done"]
    result: FitSummary


@frozen(kw_only=True)
class FailedEvent(Documented):
    """The fit has no end, or not in this stream."""

    type: Literal["failed"]
    problem: Problem


StreamEvent = StartedEvent | StepsEvent | DoneEvent | FailedEvent
