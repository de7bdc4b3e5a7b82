"""Series: many sets of points in one request, each fitted on its own with the same settings."""

from dataclasses import dataclass, field, replace
from math import inf
from typing import Annotated, ClassVar, Literal

from annotated_types import Ge, Le, MaxLen

from service.descent.methods.bounds import MAX_SERIES, MAX_STEPS
from service.descent.methods.models.parameters import Init
from service.descent.methods.models.polynomial import Polynomial
from service.descent.methods.optimizers.sgd import Sgd
from service.descent.methods.option import Option, RuleError, kept
from service.descent.questions import cost
from service.descent.questions.fit import FitSpec
from service.descent.questions.options import AnyScale, Places, Rate, Seed, Solver, any_seed
from service.descent.questions.points import Points
from service.descent.questions.records import recorded
from service.descent.questions.setting import DEFAULT_RECORDS, converted
from service.descent.questions.table import File, ListedSeries, Rows, SharedTimes, Table

SeriesInclude = Literal["losses", "messages"]
SeriesForm = Literal["json", "arrow", "npy"]
NUMBERS = ("loss", "optimum", "r2", "converged", "steps_needed")
"""The columns of numbers and truth values that every answer has in addition to parameters."""
POINT = Points.of([0.0], [0.0])


@dataclass(frozen=True, kw_only=True)
class SeriesChoices(Option):
    """The settings of every series, without the points. They mean the same as in `POST /fit`."""

    model: Polynomial = Polynomial()
    """The polynomial to fit."""
    optimizer: Sgd = Sgd()
    """Gradient descent, plain or with momentum."""
    lr: Rate | None = None
    """The learning rate. best: for each series, the rate that gives the lowest loss after `steps`
    steps. If omitted: the best rate.
    """
    steps: Annotated[int, Ge(1), Le(MAX_STEPS)] = 100
    """The number of updates to make."""
    scale: AnyScale = "auto"
    """The coordinates of the descent. auto: none if `lr` is a number. Otherwise, for each series,
    standardize if the best rate then comes within one percent of the optimum in `steps` steps, or
    else orthonormal.
    """
    seed: Seed = field(default_factory=any_seed)
    """The seed of the random start, which is the same for all series in the coordinates of their
    descent. If omitted, the service chooses one and returns it in `resolved.seed`.
    """
    init: Init = "random"
    """The start of every series. random: normal, in the coordinates of the descent. Parameters are
    in the units of t and y, whatever `scale` is.
    """
    at: Places | None = None
    """The values of t at which to evaluate each curve. The result is `predictions_at`."""
    include: Annotated[
        tuple[SeriesInclude, ...], kept(Annotated[list[SeriesInclude], MaxLen(2)], tuple)
    ] = ()
    """Additional columns to return. losses: the loss of each series at each recorded step.
    messages: the verdict on each series in English and Korean.
    """
    record_every: Annotated[int, Ge(1), Le(MAX_STEPS)] | None = None
    """The number of steps between the `losses`. If omitted: 1 up to 10,000 steps, and beyond that
    the smallest number that gives at most 10,001 losses.
    """

    @property
    def every(self) -> int:
        """The number of steps between two records: all of them if no losses are included."""
        if "losses" not in self.include:
            return self.steps
        return self.record_every or -(-self.steps // DEFAULT_RECORDS)

    @property
    def recorded(self) -> list[int]:
        """The numbers of the recorded steps."""
        return recorded(self.steps, self.every)

    @property
    def numbers_of_each(self) -> int:
        """The number of numbers that the answer holds for each series: its parameters, seven other
        columns, its predictions, and its losses if they are included.
        """
        losses = 1 + -(-self.steps // self.every) if "losses" in self.include else 0
        return self.model.size + 7 + len(self.at or ()) + losses

    @property
    def number_columns(self) -> tuple[str, ...]:
        """The names of the columns of an answer as NPY. The last one, `predictions_at`, stands for
        one column for each t of `at`.
        """
        predictions = ("predictions_at",) if self.at else ()
        return (*self.model.names, *NUMBERS, *predictions)

    def fit(self, points: Points) -> FitSpec:
        """Return the fit of one series: what a series is, is defined by `POST /fit`."""
        return converted(self, FitSpec, data=points, include=(), record_every=self.every)

    @property
    def choices(self) -> "SeriesChoices":
        """The settings without the points."""
        return converted(self, SeriesChoices)

    def check(self) -> None:
        """Check that the settings go together. Raises RuleError."""
        self.fit(POINT).check()


@dataclass(frozen=True, kw_only=True)
class ResolvedSeries(SeriesChoices):
    """The settings of every series with the seed that was used, without the points. A rate or
    coordinates that depend on the points are as in the request.
    """

    seed: int = field()


@dataclass(frozen=True, kw_only=True)
class SeriesFileSpec(SeriesChoices):
    """The settings of series whose points are a file."""

    t: SharedTimes | None = None
    """The t of all series, for a file of NPY that has only the y."""

    def question(self, file: File, max_seconds: float) -> "SeriesQuestion":
        """Return the question about the series of a file, whose answer is JSON, at the maximum cost
        in CPU seconds.
        """
        points = replace(file, t=self.t)
        return SeriesQuestion(choices=self.choices, points=points, max_seconds=max_seconds)


@dataclass(frozen=True, kw_only=True)
class SeriesSpec(SeriesChoices):
    """The points of many series, and the settings of their descents. The points are `t` and `y`, or
    `series`.
    """

    t: SharedTimes | None = None
    """The t of all series, in float64. Integers beyond 2^53, which `POST /fit` takes as they are,
    are rounded here.
    """
    y: Rows | None = None
    """The y of each series, one list for each. A value that is null is missing: its point is left
    out.
    """
    series: ListedSeries | None = None
    """The points of each series, if their t differ."""

    def check(self) -> None:
        """Check the points and the settings. Raises RuleError."""
        if self.series is not None and (self.t is not None or self.y is not None):
            raise RuleError("conflicting_fields", "Give `t` and `y`, or `series`, not both")
        if self.series is None and (self.t is None or self.y is None):
            raise RuleError("missing_field", "Give `t` and `y`, or `series`")
        super().check()
        self.table.check()

    @property
    def table(self) -> Table:
        """The points."""
        if self.series is not None:
            return self.series
        assert self.t is not None
        assert self.y is not None
        return Table(self.t, self.y)

    def question(self) -> "SeriesQuestion":
        """Return the question to a worker, whose answer is JSON."""
        return SeriesQuestion(choices=self.choices, points=self.table, max_seconds=inf)


@dataclass(frozen=True, kw_only=True)
class SeriesQuestion:
    """Many series to fit, and the form of the answer."""

    label: ClassVar[str] = "series"
    likeness: ClassVar[None] = None
    chosen_solver: ClassVar[Solver] = "exact"

    choices: SeriesChoices
    points: Table | File
    form: SeriesForm = "json"
    max_seconds: float
    """The maximum predicted cost in CPU seconds. A worker compares the cost of a file with it."""

    def check(self) -> None:
        """Check that the answer can have the form. Raises RuleError."""
        if self.form == "npy" and self.choices.include:
            message = "An answer in NPY has numbers only: leave `include` out, or accept Arrow"
            raise RuleError("conflicting_fields", message, pointer="/include")

    @property
    def records_in_answer(self) -> int:
        """The number of recorded steps that the answer holds for each series."""
        return len(self.choices.recorded)

    @property
    def numbers_in_answer(self) -> int:
        """The number of numbers that the answer holds: 0 for a file that is not yet read."""
        if isinstance(self.points, File):
            return 0
        return len(self.points) * self.choices.numbers_of_each

    @property
    def largest_answer(self) -> int:
        """The maximum number of numbers that the answer holds, whatever is in a file."""
        count = MAX_SERIES if isinstance(self.points, File) else len(self.points)
        return count * self.choices.numbers_of_each

    @property
    def advice_if_too_large(self) -> str:
        """The advice to a caller if the answer holds too much."""
        return "Send fewer series, include no `losses`, or stream them with POST /series"

    @property
    def seconds(self) -> float:
        """The predicted CPU seconds: the maximum for a file, because it is not yet read."""
        if isinstance(self.points, File):
            return self.max_seconds
        choices, p = self.choices, self.choices.model.size
        each = cost.SERIES_SECONDS + cost.SERIES_PAIR_SECONDS * p * p
        each += cost.NUMBER_SECONDS * choices.numbers_of_each
        if choices.optimizer.momentum:
            each += cost.SWINGING_SECONDS
        if choices.optimizer != Sgd() or "messages" in choices.include:
            each += cost.ALONE_SECONDS
        points = self.points.points * (cost.POINT_SECONDS + cost.PAIR_SECONDS * p * p)
        return cost.QUESTION_SECONDS + each * len(self.points) + points

    def advice_if_over(self, max_seconds: float) -> str:
        """Return the advice to a caller if the question costs more than the maximum."""
        assert isinstance(self.points, Table)
        part = (max_seconds - cost.QUESTION_SECONDS) / (self.seconds - cost.QUESTION_SECONDS)
        return f"Send at most {max(1, int(part * len(self.points)))} series in one request"


@dataclass(frozen=True, kw_only=True)
class SeriesCount(SeriesQuestion):
    """The question for the number of series of a file, and for what they cost."""


@dataclass(frozen=True, kw_only=True)
class SeriesStream(SeriesQuestion):
    """Many series whose results are sent in blocks of rows. `after` is the last row that the client
    already has, or None if it has nothing. If `rows` is not None, only these rows are computed.
    """

    after: int | None = None
    rows: range | None = None

    @property
    def numbers_in_answer(self) -> int:
        """0: each block is sent before the next one is computed."""
        return 0

    @property
    def numbers_in_events(self) -> int:
        """The number of numbers that all events hold: 0 for a file that is not yet read."""
        return super().numbers_in_answer
