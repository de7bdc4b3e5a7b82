"""What is said of a learning rate; torch-free, the contract is built from these types and their docstrings."""

from typing import Literal

from typing_extensions import TypedDict  # pydantic reads typing.TypedDict from Python 3.12 on

from service.descent.documented import Documented
from service.descent.frozen import frozen
from service.descent.parts import Params, Rate, Scale

Suits = Literal["too_small", "good", "bouncing", "edge", "diverging"]
Reach = Literal["converged", "unfinished", "out_of_reach", "diverged"]


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
    """Steps until the loss is within one percent of the optimum's, from the same start curve; null where never.

    `standardized` and `orthonormal` are null too where t varies too little, or lies too far from 0, to be rescaled.
    """

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
    """The first that holds. diverging: above `lr_limit`, or the loss overflowed. edge: at the limit. good: within one percent of what the
    best rate takes off the loss in as many steps, unless only the best reaches the optimum. bouncing: above `lr_best`. Else too_small."""
    reach: Reach
    """converged: within one percent of the optimum. unfinished: the best rate would be. out_of_reach: not even the best rate."""
    overshoots: bool
    """Whether steps jump across the valley."""
    stalled: bool
    """Whether the second half of the steps took off less than one percent, far from the optimum."""
    message: Message
    suggestion: Suggestion | None
    """null where nothing does better."""
