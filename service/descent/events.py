"""What a fit tells while it runs: one Started, any number of Steps, one Done."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from service.descent.explanation import Analysis
from service.descent.frozen import frozen
from service.descent.result import Columns, DataPoints, Ending, Optimum
from service.descent.spec import Resolved

T = TypeVar("T")
V = TypeVar("V")


@frozen(kw_only=True)
class Started:
    """Before the first step."""

    resolved: Resolved
    optimum: Optimum
    analysis: Analysis
    data: DataPoints | None


@frozen(kw_only=True)
class Steps:
    """Consecutive recorded steps, as columns of one length."""

    step: list[int]
    loss: list[float]
    validation_loss: list[float] | None
    params: Columns | None
    gradients: Columns | None
    predictions: list[list[float]] | None

    def part(self, part: slice) -> "Steps":
        """Some of them."""
        return Steps(
            step=self.step[part],
            loss=self.loss[part],
            validation_loss=self.validation_loss and self.validation_loss[part],
            params=self.params and {name: column[part] for name, column in self.params.items()},
            gradients=self.gradients and {name: column[part] for name, column in self.gradients.items()},
            predictions=self.predictions and self.predictions[part],
        )

    @staticmethod
    def joined(parts: "Sequence[Steps]") -> "Steps":
        """Parts end to end; all have the same columns."""
        if len(parts) == 1:
            return parts[0]
        return Steps(
            step=_end_to_end([part.step for part in parts]),
            loss=_end_to_end([part.loss for part in parts]),
            validation_loss=_if_there([part.validation_loss for part in parts], _end_to_end),
            params=_if_there([part.params for part in parts], _side_by_side),
            gradients=_if_there([part.gradients for part in parts], _side_by_side),
            predictions=_if_there([part.predictions for part in parts], _end_to_end),
        )


@frozen(kw_only=True)
class Done:
    """After the last step."""

    ending: Ending


Event = Started | Steps | Done


def _if_there(parts: Sequence[T | None], join: Callable[[list[T]], T]) -> T | None:
    there = [part for part in parts if part is not None]
    return join(there) if there else None


def _end_to_end(parts: Sequence[list[V]]) -> list[V]:
    return [value for part in parts for value in part]


def _side_by_side(parts: Sequence[Columns]) -> Columns:
    return {name: _end_to_end([part[name] for part in parts]) for name in parts[0]}
