"""What a fit gives back: frozen, torch-free; the contract is built from these types and their docstrings."""

from typing import Literal

from typing_extensions import TypedDict  # pydantic reads typing.TypedDict from Python 3.12 on

from service.descent.frozen import frozen
from service.descent.spec import Rate, Resolved, ResolvedAnalysis, ResolvedSweep, Scale, Scaled

Params = dict[str, float]
Columns = dict[str, list[float]]
Outcome = Literal["completed", "stopped_early", "diverged"]
Suits = Literal["too_small", "good", "bouncing", "edge", "diverging"]
Reach = Literal["converged", "unfinished", "out_of_reach", "diverged"]
Rule = Literal["gap", "gradient", "min_improvement", "patience"]


class Documented:
    """Lets the contract take its descriptions from the docstrings below the fields."""

    __pydantic_config__ = {"use_attribute_docstrings": True}  # noqa: RUF012 - pydantic reads a plain dict


@frozen
class Best(Documented):
    """The recorded step with the lowest loss, the first of several; with `stop` or `validation`, of all steps.

    Where points are held out, their loss decides.
    """

    step: int
    loss: float
    """The loss that decides: of the points held out, where there are any."""
    params: Params
    """In the caller's units."""


@frozen
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


@frozen
class Mode(Documented):
    """A direction in which the loss falls by its own factor: an eigenvector of the loss's curvature."""

    eigenvalue: float
    """The curvature; 0 where the points do not determine this direction."""
    multiplier: float | None
    """1 - lr * eigenvalue: what a step leaves of the way to the optimum; negative where it jumps across the valley."""
    half_life: float | None
    """Steps in which the way halves; null where it never does."""
    start: float
    """Signed; its square is what this direction holds of the loss before the first step."""
    direction: Params
    """A unit vector in the coordinates stepped in."""


@frozen
class StepsToOnePercent(Documented):
    """Steps until the loss is within one percent of the optimum's, from the same start curve; null where never."""

    lr: int | None
    """At the rate of the request."""
    lr_fastest: int | None
    """At `lr_fastest`, the best rate in the long run: at `lr_best` of fewer steps the optimum may be reached sooner."""
    standardized: int | None
    """With `scale` standardize, at its own fastest rate."""
    orthonormal: int | None
    """With `scale` orthonormal, at its own fastest rate."""


@frozen
class Analysis(Documented):
    """What is known of a descent before its first step, in the coordinates stepped in."""

    modes: list[Mode]
    """The steepest first."""
    condition: float | None
    """The largest eigenvalue by the smallest, of the directions that move; null where none does."""
    lr_limit: float | None
    """From this rate on the loss grows; null where nothing moves."""
    lr_no_bounce: float | None
    """Up to this rate no direction jumps across the valley."""
    lr_fastest: float | None
    """The best rate in the long run."""
    lr_best: float | None
    """The rate that ends lowest after the `steps` asked for."""
    half_lives: list[float | None]
    """Of the modes."""
    steps_to_one_percent: StepsToOnePercent
    predicted_overflow: int | None
    """The step at which the loss overflows; null where it never does."""


@frozen
class Message(Documented):
    """One or two sentences for people."""

    en: str
    ko: str


class Suggestion(TypedDict, total=False):
    """Fields of a request that do better: merge them into `resolved` and send it again.

    `stop` is null where one of its rules would be in the way: that takes all of them out.
    """

    lr: Rate
    scale: Scale
    stop: None


@frozen
class Verdict(Documented):
    """What the learning rate did."""

    rate: Suits
    """good: within one percent of what the best rate takes off the loss in as many steps. edge: at `lr_limit`."""
    reach: Reach
    """converged: within one percent of the optimum. unfinished: the best rate would be. out_of_reach: not even the best rate."""
    overshoots: bool
    """Whether steps jump across the valley."""
    stalled: bool
    """Whether the second half of the steps took off less than one percent, far from the optimum."""
    message: Message
    suggestion: Suggestion | None
    """null where nothing does better."""


@frozen
class History(Documented):
    """What `include` asked for, a column a quantity, an entry a recorded step."""

    step: list[int]
    params: Columns | None = None
    """In the caller's units."""
    gradients: Columns | None = None
    """With respect to the coefficients in the coordinates stepped in."""
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
    """The lowest loss of those asked, or validation loss where there is one; absent where every rate diverged."""
    exact: BestRun
    """The rate below `lr_limit` that ends with the lowest loss on the points that the descent sees."""
    resolved: ResolvedSweep


@frozen(kw_only=True)
class Forecast(Documented):
    """What is known without a step."""

    optimum: Optimum
    analysis: Analysis
    verdict: Verdict | None = None
    """Of `lr`, where it is given."""
    resolved: ResolvedAnalysis


@frozen(kw_only=True)
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
    stopped_by: Rule | None = None
    """The rule of `stop` that ended it."""
    steps: int
    """The updates made."""
    best: Best
    optimum: Optimum
    analysis: Analysis
    verdict: Verdict
    resolved: Resolved
    """The request as run, without `data`: sent again with the same points it gives the same answer."""


@frozen(kw_only=True)
class Fit(Ending):
    """A whole fit."""

    losses: list[float]
    """The loss at each recorded step: `losses[i]` belongs to step min(i * record_every, steps); `losses[0]` is before any update."""
    validation_losses: list[float] | None = None
    """The same for the points held out."""
    record_every: int
    history: History | None = None
    data: DataPoints | None = None
