"""What is said of a learning rate; torch-free, the contract is built from these types and their
docstrings.
"""

from typing import Literal

from typing_extensions import TypedDict  # pydantic reads typing.TypedDict from Python 3.12 on

from service.descent.answers.documented import Documented
from service.descent.frozen import frozen
from service.descent.questions.options import Params, Rate, Scale

Suits = Literal["too_small", "good", "bouncing", "edge", "diverging"]
Reach = Literal["converged", "unfinished", "out_of_reach", "diverged"]
Basis = Literal["exact", "observed"]


@frozen
class Mode(Documented):
    """A direction in which the loss falls by its own factor: an eigenvector of the loss's
    curvature.
    """

    eigenvalue: float
    """The curvature; 0 where the points do not determine this direction."""
    multiplier: float | None
    """1 - lr * eigenvalue: what a step leaves of the way to the optimum; negative where it jumps
    across the valley. null with momentum.
    """
    half_life: float | None
    """Steps in which the way halves; null where it never does."""
    start: float
    """Signed; its square is what this direction holds of the loss before the first step."""
    direction: Params
    """A unit vector in the coordinates stepped in."""


@frozen
class StepsToOnePercent(Documented):
    """Steps until the loss is within one percent of the optimum's, from the same start curve; null
    where never.

    `standardized` and `orthonormal` are null too where t varies too little, or lies too far from 0,
    to be rescaled.
    """

    lr: int | None
    """At the rate of the request."""
    lr_fastest: int | None
    """At `lr_fastest`, the best rate in the long run: at `lr_best` of fewer steps the optimum may
    be reached sooner.
    """
    standardized: int | None
    """With `scale` standardize, at its own fastest rate."""
    orthonormal: int | None
    """With `scale` orthonormal, at its own fastest rate."""


@frozen
class StartAndEnd(Documented):
    """Of the first step and of the last; null where it is no number, or not known yet."""

    start: float | None
    end: float | None


@frozen(kw_only=True)
class Analysis(Documented):
    """What is known of a descent, in the coordinates stepped in. Null is what does not apply, or is
    not known before the end.

    Of several learning rates or batches, the limits are those of plain descent on all points.
    """

    basis: Basis
    """exact: every loss was known before the first step. observed: what is said of the rate was
    seen on the way.
    """
    modes: list[Mode]
    """The steepest first; none where the curvature is not the same everywhere."""
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
    sharpness: StartAndEnd | None
    """The largest curvature where the descent stands."""
    lr_limit_local: StartAndEnd | None
    """2 / sharpness: from this rate on plain descent leaves the place; null where the loss curves
    down or not at all.
    """
    gradient_cosine: float | None
    """Between successive gradients, the median of the last ten: -1 where each step undoes the one
    before, 1 where all go the same way.
    """
    lr_limit_mean_square: float | None
    """From this rate on plain descent with independent batches of this size grows in the mean
    square.
    """


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
    """The first that holds. diverging: above `lr_limit`, or the loss overflowed. edge: at the
    limit. good: within one percent of what the best rate takes off the loss in as many steps,
    unless only the best reaches the optimum. bouncing: above `lr_best`. Else too_small.

    Where the basis is observed: diverging, the loss overflowed or is a million times the first.
    bouncing, of the last ten steps six turned back, or the loss is more than a percent above the
    first. too_small, all go the same way, and the loss still falls or never did. Else good.
    """
    reach: Reach
    """converged: within one percent of the optimum. unfinished: the best rate would be.
    out_of_reach: not even the best rate.

    Where the basis is observed and no optimum is known, converged: the rate is good, and the second
    half of the steps took off less than one percent. Else unfinished.
    """
    overshoots: bool
    """Whether steps jump across the valley."""
    stalled: bool
    """Whether the second half of the steps took off less than one percent, far from the optimum."""
    message: Message
    suggestion: Suggestion | None
    """null where nothing does better."""
