"""Many series, each of which is the fit of its points alone."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from service.descent.answers.explanation import Message, Reach, Suits
from service.descent.answers.results import Fit
from service.descent.answers.series import Messages, RowCode, RowProblem, Series, SeriesSettings
from service.descent.arrays import Array
from service.descent.errors import NotComputableError
from service.descent.fit import collect, events
from service.descent.methods.bounds import MAX_NUMBER, MAX_POINTS
from service.descent.questions.options import Points
from service.descent.questions.series import ResolvedSeries, SeriesChoices
from service.descent.questions.setting import converted
from service.descent.questions.table import Lists, Table
from service.descent.readonly import readonly


class BadSeriesError(Exception):
    """A series has no result; the message says why."""

    def __init__(self, code: RowCode, detail: str) -> None:
        super().__init__(detail)
        self.code = code


@readonly(kw_only=True)
class Row:
    """The result of one series. A series without a result has None everywhere."""

    params: Mapping[str, float | None]
    predictions_at: Sequence[float | None]
    loss: float | None = None
    optimum: float | None = None
    r2: float | None = None
    converged: bool | None = None
    rate: Suits | None = None
    reach: Reach | None = None
    steps_needed: int | None = None
    losses: list[float] | None = None
    message: Message | None = None


def solve(choices: SeriesChoices, table: Table, numbers: range) -> Series:
    """Return the results of the series with these numbers. A series that has none is an entry in
    `problems`.
    """
    rows, problems = [], []
    ids = [table.id(number) for number in numbers]
    for number, name, (t, y) in zip(numbers, ids, points(table, numbers), strict=True):
        try:
            rows.append(row_of(fit_alone(choices, t, y)))
        except BadSeriesError as error:
            rows.append(no_row(choices))
            problems.append(RowProblem(number, name, error.code, str(error)))
    return columns(choices, ids, rows, problems)


def settings(choices: SeriesChoices) -> SeriesSettings:
    """Return the settings that all series share."""
    return SeriesSettings(
        step=choices.recorded if "losses" in choices.include else None,
        resolved=converted(choices, ResolvedSeries),
    )


def points(table: Table, numbers: range) -> Iterator[tuple[Array, Array]]:
    """Yield t and y of the series with these numbers."""
    if isinstance(table.t, Lists):
        yield from zip(arrays(table.t, numbers), arrays(table.y, numbers), strict=True)
        return
    t = np.frombuffer(table.t)
    for y in arrays(table.y, numbers):
        yield t, y


def arrays(lists: Lists, numbers: range) -> Iterator[Array]:
    """Yield the lists with these numbers as arrays."""
    values = np.frombuffer(lists.values)
    ends = np.cumsum(np.frombuffer(lists.lengths, np.int64))
    starts = np.concatenate([[0], ends])
    for number in numbers:
        yield values[starts[number] : ends[number]]


def fit_alone(choices: SeriesChoices, t: Array, y: Array) -> Fit:
    """Return the fit of one series without its missing values. This is the definition of a row.

    Raises BadSeriesError if the series has no fit.
    """
    if len(t) != len(y):
        detail = f"The series has {len(t)} values of t and {len(y)} of y: give each t a y."
        raise BadSeriesError("length_mismatch", detail)
    present = ~(np.isnan(t) | np.isnan(y))
    t, y = t[present], y[present]
    if not len(t):
        raise BadSeriesError("too_few_points", "The series has no points: send at least one.")
    if len(t) > MAX_POINTS:
        detail = f"The series has {len(t)} points: send at most {MAX_POINTS}."
        raise BadSeriesError("too_many_points", detail)
    if max(np.abs(t).max(), np.abs(y).max()) > MAX_NUMBER:
        detail = f"A number is not between -{MAX_NUMBER} and {MAX_NUMBER}: rescale t or y."
        raise BadSeriesError("out_of_range", detail)
    try:
        return collect(events(choices.fit(Points(t.tobytes(), y.tobytes()))))
    except NotComputableError as error:
        raise BadSeriesError("not_computable", str(error)) from None


def row_of(fit: Fit) -> Row:
    """Return what is reported of a fit."""
    assert isinstance(fit.params, dict)
    assert fit.optimum
    return Row(
        params=fit.params,
        predictions_at=fit.predictions_at or (),
        loss=fit.loss,
        optimum=fit.optimum.loss,
        r2=fit.r2,
        converged=fit.converged,
        rate=fit.verdict.rate,
        reach=fit.verdict.reach,
        steps_needed=fit.verdict.facts.steps_needed,
        losses=fit.losses,
        message=fit.verdict.message,
    )


def no_row(choices: SeriesChoices) -> Row:
    """Return the row of a series without a result."""
    return Row(
        params=dict.fromkeys(choices.model.names),
        predictions_at=[None] * len(choices.at or ()),
    )


def columns(
    choices: SeriesChoices, ids: list[str], rows: list[Row], problems: list[RowProblem]
) -> Series:
    """Return the rows as columns."""
    predictions = messages = losses = None
    if choices.at is not None:
        predictions = [[row.predictions_at[i] for row in rows] for i in range(len(choices.at))]
    if "losses" in choices.include:
        losses = [row.losses for row in rows]
    if "messages" in choices.include:
        messages = Messages(
            en=[row.message.en if row.message else None for row in rows],
            ko=[row.message.ko if row.message else None for row in rows],
        )
    return Series(
        ids=ids,
        params={name: [row.params[name] for row in rows] for name in choices.model.names},
        loss=[row.loss for row in rows],
        optimum=[row.optimum for row in rows],
        r2=[row.r2 for row in rows],
        converged=[row.converged for row in rows],
        rate=[row.rate for row in rows],
        reach=[row.reach for row in rows],
        steps_needed=[row.steps_needed for row in rows],
        predictions_at=predictions,
        losses=losses,
        messages=messages,
        problems=problems,
    )
