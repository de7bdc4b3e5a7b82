"""What a fit tells while it runs: one Started, any number of Steps, one Done."""

from service.descent.explanation import Analysis
from service.descent.frozen import frozen
from service.descent.result import Columns, DataPoints, Ending, Optimum
from service.descent.spec import Resolved


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


@frozen(kw_only=True)
class Done:
    """After the last step."""

    ending: Ending


Event = Started | Steps | Done
