"""Many series, each of which is the fit of its points alone."""

from collections.abc import Iterator
from math import inf

import numpy as np

from service.descent.answers.explanation import Message, Reach
from service.descent.answers.results import Fit
from service.descent.answers.series import Messages, RowProblem, Series, SeriesSettings
from service.descent.arrays import Array
from service.descent.errors import NotComputableError
from service.descent.fit import fits
from service.descent.many import fit_many, no_fits
from service.descent.methods.option import RuleError
from service.descent.points.groups import BadSeriesError, Group, Samples, groups
from service.descent.questions import cost
from service.descent.questions.points import Points
from service.descent.questions.series import POINT, ResolvedSeries, SeriesChoices
from service.descent.questions.setting import converted
from service.descent.questions.table import Table

STACK = 32
"""The number of series that are computed together as fits. More would not be faster."""


def solve(choices: SeriesChoices, table: Table, numbers: range) -> Series:
    """Return the results of the series with these numbers. A series that has none is an entry in
    `problems`.
    """
    (series,) = filter(None, Solver(choices, table).parts(numbers))
    return series


class Solver:
    """A solver of the series of a table. Series that are not ordinary are fits of their own, which
    may cost `max_seconds` in all.
    """

    def __init__(self, choices: SeriesChoices, table: Table, max_seconds: float = inf) -> None:
        self._choices, self._samples, self._max_seconds = choices, Samples.of(table), max_seconds
        self._spent = 0.0

    def parts(self, numbers: range) -> Iterator[Series | None]:
        """Yield None between the parts of the computation, and in the end the results of the series
        with these numbers.

        Raises RuleError if too many series are not ordinary.
        """
        rows, bad = Rows(self._choices, len(numbers)), dict[int, BadSeriesError]()
        left = []
        for group in groups(self._samples, numbers, bad):
            yield None
            left.append(rows.left_by(group))
        self._spend(sum(len(group.rows) for group in left))
        for group in left:
            for first in range(0, len(group.rows), STACK):
                yield None
                put_fits(rows, group.part(slice(first, first + STACK)), self._choices, bad)
        table = self._samples.table
        problems = [
            RowProblem(numbers[row], table.id(numbers[row]), error.code, str(error))
            for row, error in sorted(bad.items())
        ]
        yield rows.columns([table.id(number) for number in numbers], problems)

    def _spend(self, series: int) -> None:
        """Count the predicted cost of series that are fits of their own. Raises RuleError."""
        self._spent += cost.ALONE_SECONDS * series
        if self._spent > self._max_seconds:
            most = int(self._max_seconds / cost.ALONE_SECONDS)
            message = (
                "Series with fewer points than coefficients, equal t, or very large numbers each "
                f"cost as much as a fit: send at most {most} of them in one request"
            )
            limit, given = self._max_seconds, round(self._spent, 3)
            raise RuleError("cost_over_budget", message, limit=limit, given=given)


def settings(choices: SeriesChoices) -> SeriesSettings:
    """Return the settings that all series share."""
    return SeriesSettings(
        step=choices.recorded if "losses" in choices.include else None,
        resolved=converted(choices, ResolvedSeries),
    )


def put_fits(
    rows: "Rows", group: Group, choices: SeriesChoices, bad: dict[int, BadSeriesError]
) -> None:
    """Compute the fit of each series of a group, which is the definition of its row. If one of them
    has none, compute each alone, and write the reason into `bad`.
    """
    specs = [
        choices.fit(Points(t.tobytes(), y.tobytes())) for t, y in zip(group.t, group.y, strict=True)
    ]
    numbers = group.rows.tolist()
    try:
        for row, fit in zip(numbers, fits(specs), strict=True):
            rows.put(row, fit)
    except NotComputableError as error:
        if len(numbers) == 1:
            bad[numbers[0]] = BadSeriesError("not_computable", str(error))
            return
        for i in range(len(numbers)):
            put_fits(rows, group.part(slice(i, i + 1)), choices, bad)


class Rows:
    """The results of series, row by row, as they are computed."""

    def __init__(self, choices: SeriesChoices, count: int) -> None:
        self._choices, self._spec = choices, choices.fit(POINT)
        self._recorded = choices.recorded if "losses" in choices.include else []
        self._found = no_fits(self._spec, count, len(self._recorded))
        self._losses: list[list[float] | None] = [None] * count
        self._messages: list[Message | None] = [None] * count

    def left_by(self, group: Group) -> Group:
        """Compute the ordinary fits of a group together, and return the series that are left.
        Messages are written for each fit alone.
        """
        if "messages" in self._choices.include:
            return group
        many = fit_many(self._spec, group.t, group.y, self._recorded)
        self._found.put(group.rows, many)
        if self._recorded:
            for i in np.flatnonzero(many.ordinary).tolist():
                self._losses[group.rows[i]] = many.losses[i].tolist()
        return group.part(~many.ordinary)

    def put(self, row: int, fit: Fit) -> None:
        """Write the result of one fit."""
        assert isinstance(fit.params, dict)
        assert fit.optimum
        found, verdict = self._found, fit.verdict
        found.params[row] = [*fit.params.values()]
        found.predictions[row] = fit.predictions_at or []
        found.loss[row], found.optimum[row] = fit.loss, fit.optimum.loss
        found.r2[row] = np.nan if fit.r2 is None else fit.r2
        found.rate[row], found.reach[row] = verdict.rate, verdict.reach
        found.steps_needed[row] = verdict.facts.steps_needed
        self._losses[row], self._messages[row] = fit.losses, verdict.message

    def columns(self, ids: list[str], problems: list[RowProblem]) -> Series:
        """Return the columns of all series."""
        found, choices = self._found, self._choices
        predictions = messages = losses = None
        if choices.at is not None:
            predictions = [numbers_or_none(column) for column in found.predictions.T]
        if "losses" in choices.include:
            losses = self._losses
        if "messages" in choices.include:
            messages = Messages(
                en=[message.en if message else None for message in self._messages],
                ko=[message.ko if message else None for message in self._messages],
            )
        params = [numbers_or_none(column) for column in found.params.T]
        reach: list[Reach | None] = found.reach.tolist()
        return Series(
            ids=ids,
            params=dict(zip(choices.model.names, params, strict=True)),
            loss=numbers_or_none(found.loss),
            optimum=numbers_or_none(found.optimum),
            r2=numbers_or_none(found.r2),
            converged=[each and each == "converged" for each in reach],
            rate=found.rate.tolist(),
            reach=reach,
            steps_needed=found.steps_needed.tolist(),
            predictions_at=predictions,
            losses=losses,
            messages=messages,
            problems=problems,
        )


def numbers_or_none(column: Array) -> list[float | None]:
    """Return a column with None instead of NaN."""
    values: list[float | None] = column.tolist()
    for row in np.flatnonzero(np.isnan(column)).tolist():
        values[row] = None
    return values
