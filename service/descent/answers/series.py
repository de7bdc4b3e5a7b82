"""The results of many series, as columns. These types and their docstrings define the OpenAPI
document, so this module does not import torch.
"""

from typing import Literal

from service.descent.answers.explanation import Documented, Reach, Suits
from service.descent.questions.series import ResolvedSeries
from service.descent.readonly import readonly

RowCode = Literal[
    "length_mismatch", "not_computable", "out_of_range", "too_few_points", "too_many_points"
]


@readonly
class RowProblem(Documented):
    """The reason why a series has no result. Its row has null in every column."""

    row: int
    """The number of the series in the request, from 0."""
    id: str
    """The name of the series."""
    code: RowCode
    """The kind of problem, as in the problem of a fit."""
    detail: str
    """The reason and what to do, in English."""


@readonly
class Messages(Documented):
    """The verdicts on all series in words."""

    en: list[str | None]
    """The message of each series in English."""
    ko: list[str | None]
    """The message of each series in Korean."""


@readonly(kw_only=True)
class Series(Documented):
    """The results of series as columns, which have an entry for each series in the order of the
    request. A series without a result has null there, and an entry in `problems`.
    """

    ids: list[str]
    """The name of each series: its `id`, or else its number in the request."""
    params: dict[str, list[float | None]]
    """The parameters after the last step, in the units of t and y: a column for each coefficient,
    by its letter. `a` is that of the highest power.
    """
    loss: list[float | None]
    """The loss of `params`."""
    optimum: list[float | None]
    """The lowest loss of any parameters."""
    r2: list[float | None]
    """The coefficient of determination; null if y does not vary."""
    converged: list[bool | None]
    """True if the loss is within one percent of the lowest possible loss, as in the result of a
    fit.
    """
    rate: list[Suits | None]
    """The verdict on the learning rate."""
    reach: list[Reach | None]
    """The result of the descent: it reached the optimum, could have, or could not, or diverged."""
    steps_needed: list[int | None]
    """The number of steps after which this rate reaches the optimum, if the descent did not and the
    number is known.
    """
    predictions_at: list[list[float | None]] | None = None
    """The values of the curves: a column for each t of `at`."""
    losses: list[list[float] | None] | None = None
    """The losses of each series at the steps of `step`, if `include` requests them. Those of a
    descent that diverged end with its last finite loss.
    """
    messages: Messages | None = None
    """The verdicts in words, if `include` requests them."""
    problems: list[RowProblem]
    """The series that have no result."""


@readonly(kw_only=True)
class SeriesSettings(Documented):
    """The settings of all series of a request."""

    step: list[int] | None = None
    """The numbers of the recorded steps, if `include` requests `losses`."""
    resolved: ResolvedSeries
    """The request as it was run, without the points. If you send it again with the same points, it
    gives the same result.
    """
