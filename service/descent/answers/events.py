"""The events of a fit in progress: one Started, any number of Steps, and one Done."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from service.descent.answers.explanation import Analysis
from service.descent.answers.results import DataPoints, Ending, Optimum, ParamColumns
from service.descent.frozen import frozen
from service.descent.questions.specs import Resolved

T = TypeVar("T")
V = TypeVar("V")


@frozen(kw_only=True)
class Started:
    """The event before the first step."""

    resolved: Resolved
    optimum: Optimum | None
    analysis: Analysis
    data: DataPoints | None


@frozen(kw_only=True)
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
            validation_loss=self.validation_loss and self.validation_loss[part],
            batch_loss=self.batch_loss and self.batch_loss[part],
            params=self.params and _part(self.params, part),
            gradients=self.gradients and _part(self.gradients, part),
            predictions=self.predictions and self.predictions[part],
        )

    @staticmethod
    def joined(parts: "Sequence[Steps]") -> "Steps":
        """Concatenate parts that all have the same columns."""
        if len(parts) == 1:
            return parts[0]
        return Steps(
            step=_end_to_end([part.step for part in parts]),
            loss=_end_to_end([part.loss for part in parts]),
            validation_loss=_if_there([part.validation_loss for part in parts], _end_to_end),
            batch_loss=_if_there([part.batch_loss for part in parts], _end_to_end),
            params=_joined([part.params for part in parts]),
            gradients=_joined([part.gradients for part in parts]),
            predictions=_if_there([part.predictions for part in parts], _end_to_end),
        )


@frozen(kw_only=True)
class Done:
    """The event after the last step."""

    ending: Ending


Event = Started | Steps | Done


def _if_there(parts: Sequence[T | None], join: Callable[[list[T]], T]) -> T | None:
    there = [part for part in parts if part is not None]
    return join(there) if there else None


def _end_to_end(parts: Sequence[list[V]]) -> list[V]:
    return [value for part in parts for value in part]


def _part(told: ParamColumns, part: slice) -> ParamColumns:
    return (
        told[part]
        if isinstance(told, list)
        else {name: column[part] for name, column in told.items()}
    )


def _joined(parts: Sequence[ParamColumns | None]) -> ParamColumns | None:
    """Concatenate lists of networks, or the columns of each coefficient."""
    networks = [part for part in parts if isinstance(part, list)]
    columns = [part for part in parts if isinstance(part, dict)]
    if columns:
        return {name: _end_to_end([part[name] for part in columns]) for name in columns[0]}
    return _end_to_end(networks) if networks else None
