"""What a fit gives back: frozen, torch-free; the contract is built from these types and their docstrings."""

from dataclasses import dataclass
from typing import Literal

from service.descent.spec import Resolved, Scaled

Params = dict[str, float]
Columns = dict[str, list[float]]
Outcome = Literal["completed", "diverged"]


class Documented:
    """Lets the contract take its descriptions from the docstrings below the fields."""

    __pydantic_config__ = {"use_attribute_docstrings": True}  # noqa: RUF012 - pydantic reads a plain dict


@dataclass(frozen=True)
class Best(Documented):
    """The recorded step with the lowest loss; the first of several."""

    step: int
    loss: float
    params: Params
    """In the caller's units."""


@dataclass(frozen=True)
class Optimum(Documented):
    """Least squares for the same points: where the descent is heading."""

    params: Params
    """In the caller's units; the lowest degree that fits best where there are several."""
    loss: float
    r2: float | None
    """1 - residual / total sum of squares; null where y does not vary."""
    standard_errors: Params | None
    """Of each coefficient, with n - p degrees of freedom; null where there are none, or where the optimum is not unique."""
    interval95: dict[str, tuple[float, float]] | None
    """95 % t interval of each coefficient; null with the standard errors."""
    unique: bool
    """False where the points do not determine every coefficient."""


@dataclass(frozen=True)
class History(Documented):
    """What `include` asked for, a column a quantity, an entry a recorded step."""

    step: list[int]
    params: Columns | None = None
    """In the caller's units."""
    gradients: Columns | None = None
    """With respect to the coefficients in the coordinates stepped in."""
    predictions: list[list[float]] | None = None
    """The curve at the points' t."""


@dataclass(frozen=True)
class DataPoints(Documented):
    """The points used."""

    t: list[float]
    y: list[float]


@dataclass(frozen=True, kw_only=True)
class Ending(Documented):
    """What is known of a fit when it has ended."""

    params: Params
    """The coefficients after the last update, in the caller's units."""
    scaled: Scaled
    """The same curve in x = (t - center) / scale: use it where t lies far from 0."""
    predictions_at: list[float] | None = None
    """The curve at the `at` of the request, evaluated in x."""
    loss: float
    """The loss of `params`."""
    outcome: Outcome
    """`diverged` when a loss was not finite: an answer, not an error."""
    diverged_at: int | None = None
    """The first step whose loss is not finite; `steps`, `params`, `loss` and the last record belong to the step before."""
    steps: int
    """The updates made."""
    best: Best
    optimum: Optimum
    resolved: Resolved
    """The request as run, without `data`: sent again with the same points it gives the same answer."""


@dataclass(frozen=True, kw_only=True)
class Fit(Ending):
    """A whole fit."""

    losses: list[float]
    """The loss at each recorded step: `losses[i]` belongs to step min(i * record_every, steps); `losses[0]` is before any update."""
    record_every: int
    history: History | None = None
    data: DataPoints | None = None
