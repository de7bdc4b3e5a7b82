"""The events of a fit in progress: one Started, any number of Steps, and one Done."""

from collections.abc import Sequence
from typing import TypeVar

from service.descent.answers.explanation import Analysis
from service.descent.answers.results import DataPoints, Ending, Optimum, ParamColumns
from service.descent.questions.fit import Resolved
from service.descent.readonly import readonly

V = TypeVar("V")


@readonly(kw_only=True)
class Started:
    """The event before the first step."""

    resolved: Resolved
    optimum: Optimum | None
    analysis: Analysis
    data: DataPoints | None


@readonly(kw_only=True)
class Steps:
    """Consecutive recorded steps, as columns of equal length."""

    step: list[int]
    loss: list[float]
    validation_loss: list[float] | None
    batch_loss: list[float] | None
    params: ParamColumns | None
    gradients: ParamColumns | None
    predictions: list[list[float]] | None

    def part(self, part: slice) -> "Steps":
        """Return a slice of these steps."""
        return Steps(
            step=self.step[part],
            loss=self.loss[part],
            validation_loss=_part(self.validation_loss, part),
            batch_loss=_part(self.batch_loss, part),
            params=_params_part(self.params, part),
            gradients=_params_part(self.gradients, part),
            predictions=_part(self.predictions, part),
        )

    @staticmethod
    def joined(parts: "Sequence[Steps]") -> "Steps":
        """Concatenate parts that all have the same columns."""
        if len(parts) == 1:
            return parts[0]
        return Steps(
            step=[number for part in parts for number in part.step],
            loss=[loss for part in parts for loss in part.loss],
            validation_loss=_joined([part.validation_loss for part in parts]),
            batch_loss=_joined([part.batch_loss for part in parts]),
            params=_joined_params([part.params for part in parts]),
            gradients=_joined_params([part.gradients for part in parts]),
            predictions=_joined([part.predictions for part in parts]),
        )


@readonly(kw_only=True)
class Done:
    """The event after the last step."""

    ending: Ending


Event = Started | Steps | Done


def _part(column: list[V] | None, part: slice) -> list[V] | None:
    if column is None:
        return None
    return column[part]


def _params_part(params: ParamColumns | None, part: slice) -> ParamColumns | None:
    if isinstance(params, dict):
        return {name: column[part] for name, column in params.items()}
    return _part(params, part)


def _joined(parts: Sequence[list[V] | None]) -> list[V] | None:
    """Concatenate the parts of a column, or return None if there is no column."""
    present = [part for part in parts if part is not None]
    if not present:
        return None
    return [value for part in present for value in part]


def _joined_params(parts: Sequence[ParamColumns | None]) -> ParamColumns | None:
    """Concatenate lists of networks, or the columns of each coefficient."""
    columns = [part for part in parts if isinstance(part, dict)]
    if columns:
        return {name: [value for part in columns for value in part[name]] for name in columns[0]}
    return _joined([part for part in parts if not isinstance(part, dict)])
