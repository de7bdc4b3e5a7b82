"""Many series, each of which is the fit of its points alone."""

from collections.abc import Iterator

import numpy as np

from service.descent.answers.explanation import Message, Reach
from service.descent.answers.results import Fit
from service.descent.answers.series import Messages, RowProblem, Series, SeriesSettings
from service.descent.arrays import Array, Integers
from service.descent.errors import NotComputableError
from service.descent.fit import collect, events
from service.descent.many import fit_many, no_fits
from service.descent.points.groups import BadSeriesError, Group, Samples, groups
from service.descent.questions.options import Points
from service.descent.questions.series import POINT, ResolvedSeries, SeriesChoices
from service.descent.questions.setting import converted


def solve(choices: SeriesChoices, samples: Samples, numbers: range) -> Iterator[Series | None]:
    """Yield None between the parts of the computation, and in the end the results of the series
    with these numbers. A series that has none is an entry in `problems`.
    """
    rows, bad = Rows(choices, len(numbers)), dict[int, BadSeriesError]()
    for group in groups(samples, numbers, bad):
        yield None
        for i in rows.left_by(group).tolist():
            try:
                rows.put(group.rows[i], fit_alone(choices, group.t[i], group.y[i]))
            except NotComputableError as error:
                bad[group.rows[i].item()] = BadSeriesError("not_computable", str(error))
            yield None
    table = samples.table
    problems = [
        RowProblem(numbers[row], table.id(numbers[row]), error.code, str(error))
        for row, error in sorted(bad.items())
    ]
    yield rows.columns([table.id(number) for number in numbers], problems)


def settings(choices: SeriesChoices) -> SeriesSettings:
    """Return the settings that all series share."""
    return SeriesSettings(
        step=choices.recorded if "losses" in choices.include else None,
        resolved=converted(choices, ResolvedSeries),
    )


def fit_alone(choices: SeriesChoices, t: Array, y: Array) -> Fit:
    """Return the fit of one series: the definition of its row. Raises NotComputableError."""
    return collect(events(choices.fit(Points(t.tobytes(), y.tobytes()))))


class Rows:
    """The results of series, row by row, as they are computed."""

    def __init__(self, choices: SeriesChoices, count: int) -> None:
        self._choices, self._spec = choices, choices.fit(POINT)
        self._recorded = choices.recorded if "losses" in choices.include else []
        self._found = no_fits(self._spec, count, len(self._recorded))
        self._losses: list[list[float] | None] = [None] * count
        self._messages: list[Message | None] = [None] * count

    def left_by(self, group: Group) -> Integers:
        """Compute the ordinary fits of a group together, and return the positions of the others.
        Messages are written for each fit alone.
        """
        if "messages" in self._choices.include:
            return np.arange(len(group.rows))
        many = fit_many(self._spec, group.t, group.y, self._recorded)
        self._found.put(group.rows, many)
        if self._recorded:
            for i in np.flatnonzero(many.ordinary).tolist():
                self._losses[group.rows[i]] = many.losses[i].tolist()
        return np.flatnonzero(~many.ordinary)

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
