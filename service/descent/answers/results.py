"""What comes back for a question; torch-free, the contract is built from these types and their
docstrings.
"""

from typing import Literal

from service.descent.answers.documented import Documented
from service.descent.answers.explanation import Analysis, Verdict
from service.descent.frozen import frozen
from service.descent.questions.options import Network, Params, Scaled
from service.descent.questions.specs import Resolved, ResolvedAnalysis, ResolvedSweep

Columns = dict[str, list[float]]
Told = Columns | list[Network]
"""Several curves: a column a coefficient, or a network each."""
Outcome = Literal["completed", "stopped_early", "diverged"]
Rule = Literal["gap", "gradient", "min_improvement", "patience"]


@frozen
class Best(Documented):
    """The recorded step with the lowest loss, the first of several; with `stop` or `validation`, of
    all steps.

    Where points are held out, their loss decides.
    """

    step: int
    loss: float
    """The loss that decides: of the points held out, where there are any."""
    params: Params | Network
    """In the caller's units."""


@frozen
class Optimum(Documented):
    """Least squares for the points that the descent sees: where it is heading."""

    params: Params
    """In the caller's units; the lowest degree that fits best where there are several."""
    loss: float
    """The mean squared error, whatever loss the descent has."""
    r2: float | None
    """1 - residual / total sum of squares; null where y does not vary."""
    standard_errors: Params | None
    """Of each coefficient, with n - p degrees of freedom; null where there are none, the optimum is
    not unique, or one fits no double.
    """
    interval95: dict[str, tuple[float, float]] | None
    """95 % t interval of each coefficient; null with the standard errors, or where a bound fits no
    double.
    """
    unique: bool
    """False where the points do not determine every coefficient."""


@frozen
class History(Documented):
    """What `include` asked for, a column a quantity, an entry a recorded step."""

    step: list[int]
    params: Told | None = None
    """In the caller's units."""
    gradients: Told | None = None
    """With respect to the parameters in the coordinates stepped in; of all points, whatever the
    step's batch is.
    """
    predictions: list[list[float]] | None = None
    """The curve at the points' t."""


@frozen
class DataPoints(Documented):
    """The points used."""

    t: list[float]
    y: list[float]
    held_out: list[int] | None = None
    """Positions of the points of the validation, from 0."""


@frozen(kw_only=True)
class Run(Documented):
    """One rate of a sweep."""

    lr: float
    loss: float
    """After the last step; of the last finite one when diverged."""
    validation_loss: float | None = None
    """The same for the points held out."""
    outcome: Outcome
    diverged_at: int | None = None
    """The first step whose loss is not finite."""
    verdict: Verdict
    losses: list[float] | None = None
    """The loss at each recorded step, where `include` asks for it."""


@frozen
class BestRun(Documented):
    """A rate, and where it ends."""

    lr: float
    loss: float
    validation_loss: float | None = None


@frozen(kw_only=True)
class Sweep(Documented):
    """Several rates compared."""

    runs: list[Run]
    """In the order asked."""
    best: BestRun | None = None
    """The lowest loss of those asked, or validation loss where there is one; absent where every
    rate diverged.
    """
    exact: BestRun | None = None
    """Where all is known beforehand, the rate below `lr_limit` that ends with the lowest loss on
    the points that the descent sees.
    """
    resolved: ResolvedSweep


@frozen(kw_only=True)
class Forecast(Documented):
    """What is known without a step."""

    optimum: Optimum | None = None
    """Absent for networks, whose lowest loss nobody knows."""
    analysis: Analysis
    verdict: Verdict | None = None
    """Of `lr`, where it is given, and what it will do is known."""
    resolved: ResolvedAnalysis


@frozen(kw_only=True)
class Ending(Documented):
    """What is known of a fit when it has ended."""

    params: Params | Network
    """The parameters after the last update, in the caller's units."""
    scaled: Scaled
    """The same curve in x = (t - center) / scale: use it where t lies far from 0."""
    predictions_at: list[float] | None = None
    """The curve at the `at` of the request, evaluated in x."""
    loss: float
    """The loss of `params`."""
    outcome: Outcome
    """completed: all steps were made. stopped_early: a rule ended it. diverged: a loss was not
    finite, which is an answer, not an error.
    """
    diverged_at: int | None = None
    """The first step whose loss is not finite; `steps`, `params`, `loss` and the last record belong
    to the step before.
    """
    stopped_by: Rule | None = None
    """The rule of `stop` that ended it."""
    steps: int
    """The updates made."""
    epochs: float | None = None
    """How often these have seen the points, where each sees a batch."""
    best: Best
    optimum: Optimum | None = None
    """Absent for networks, whose lowest loss nobody knows."""
    analysis: Analysis
    verdict: Verdict
    resolved: Resolved
    """The request as run, without `data`: sent again with the same points it gives the same
    answer.
    """


@frozen(kw_only=True)
class Summary(Ending):
    """A fit whose losses have been told."""

    validation_losses: list[float] | None = None
    """The losses of the points held out, at each recorded step."""
    batch_losses: list[float] | None = None
    """At each recorded step the loss of its own batch, the one that the next update is made by."""
    record_every: int
    history: History | None = None
    data: DataPoints | None = None


@frozen(kw_only=True)
class Fit(Summary):
    """A whole fit."""

    losses: list[float]
    """The loss at each recorded step: `losses[i]` belongs to step min(i * record_every, steps);
    `losses[0]` is before any update.
    """
