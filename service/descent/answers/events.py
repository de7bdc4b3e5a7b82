"""The events of a fit in progress: one Started, any number of Steps, and the whole Fit."""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import TypeVar

from service.descent.answers.explanation import Analysis
from service.descent.answers.results import DataPoints, DataUsed, Fit, Optimum, ParamColumns, Ridge
from service.descent.questions.fit import Resolved
from service.descent.readonly import readonly

V = TypeVar("V")


@readonly(kw_only=True)
class Started:
    """The event before the first step."""

    resolved: Resolved
    data: DataPoints | None = None
    data_used: DataUsed | None = None
    optimum: Optimum | None = None
    ridge: Ridge | None = None
    analysis: Analysis


@readonly(kw_only=True)
class Steps:
    """Consecutive recorded steps, as columns of equal length. Columns that are not reported are
    empty.
    """

    step: list[int]
    loss: list[float]
    validation_loss: list[float]
    batch_loss: list[float]
    params: ParamColumns
    gradients: ParamColumns
    predictions: list[list[float]]

    def part(self, part: slice) -> "Steps":
        """Return a slice of these steps."""
        return Steps(
            step=self.step[part],
            loss=self.loss[part],
            validation_loss=self.validation_loss[part],
            batch_loss=self.batch_loss[part],
            params=_params_part(self.params, part),
            gradients=_params_part(self.gradients, part),
            predictions=self.predictions[part],
        )

    @staticmethod
    def joined(parts: "Sequence[Steps]") -> "Steps":
        """Concatenate parts that all have the same columns."""
        if len(parts) == 1:
            return parts[0]
        return Steps(
            step=_joined(part.step for part in parts),
            loss=_joined(part.loss for part in parts),
            validation_loss=_joined(part.validation_loss for part in parts),
            batch_loss=_joined(part.batch_loss for part in parts),
            params=_joined_params([part.params for part in parts]),
            gradients=_joined_params([part.gradients for part in parts]),
            predictions=_joined(part.predictions for part in parts),
        )


Event = Started | Steps | Fit


def _params_part(params: ParamColumns, part: slice) -> ParamColumns:
    if isinstance(params, list):
        return params[part]
    return {name: column[part] for name, column in params.items()}


def _joined(columns: Iterable[list[V]]) -> list[V]:
    return [*chain.from_iterable(columns)]


def _joined_params(parts: Sequence[ParamColumns]) -> ParamColumns:
    """Concatenate lists of networks, or the columns of each coefficient."""
    named = [part for part in parts if isinstance(part, dict)]
    if not named:
        return _joined(part for part in parts if isinstance(part, list))
    return {name: _joined(part[name] for part in named) for name in named[0]}
