"""The analysis of a learning rate and the verdict on it. These types and their docstrings define
the OpenAPI document, so this module does not import torch.
"""

from typing import Literal

from typing_extensions import TypedDict  # pydantic reads typing.TypedDict from Python 3.12 on

from service.descent.methods.models.parameters import Params
from service.descent.questions.options import Rate, Scale
from service.descent.readonly import readonly

Suits = Literal["too_small", "good", "bouncing", "edge", "diverging"]
Reach = Literal["converged", "unfinished", "out_of_reach", "diverged"]
Basis = Literal["exact", "observed"]


class Documented:
    """A type whose OpenAPI descriptions are the docstrings below its fields."""

    __pydantic_config__ = {"use_attribute_docstrings": True}  # noqa: RUF012 - for pydantic


@readonly
class Mode(Documented):
    """An independent direction of the descent: an eigenvector of the curvature of the loss. In each
    direction the loss falls by its own factor.
    """

    eigenvalue: float
    """The curvature in this direction; 0 if the points do not determine it."""
    multiplier: float | None
    """1 - lr * eigenvalue: the factor by which a step multiplies the distance to the optimum. It is
    negative if steps jump across the valley, and null with momentum or without a learning rate.
    """
    half_life: float | None
    """The number of steps in which the distance to the optimum halves; null if it never does."""
    start: float
    """The signed distance from the optimum before the first step, in units in which its square is
    the part of the loss that this direction holds.
    """
    direction: Params
    """The unit vector of this direction, in the coordinates of the descent."""


@readonly
class StepsToOnePercent(Documented):
    """The number of steps until the loss is within one percent of the loss of the optimum, always
    from the same initial curve; null if it never is.

    `standardized` and `orthonormal` are also null if t varies too little, or lies too far from 0,
    to be rescaled.
    """

    lr: int | None
    """The number of steps with the learning rate of the request."""
    lr_fastest: int | None
    """The number of steps with `lr_fastest`, the best learning rate in the long run. The `lr_best`
    of a short descent may reach the optimum sooner.
    """
    standardized: int | None
    """The number of steps with `scale` standardize and the fastest learning rate for it."""
    orthonormal: int | None
    """The number of steps with `scale` orthonormal and the fastest learning rate for it."""


@readonly
class StartAndEnd(Documented):
    """A value at the first step and at the last; null if it is not finite or not known yet."""

    start: float | None
    end: float | None


@readonly
class SpectralFilter(Documented):
    """The effect of plain descent after the steps made: in each direction it has replaced a part of
    the start by the least-squares solution. The fewer steps, the larger the bias towards the start
    and the smaller the scatter of the coefficients.
    """

    factors: list[float]
    """The filter factor of each mode, 1 - multiplier^steps: the part of the distance to the optimum
    that is covered. Beyond the optimum it is above 1.
    """
    degrees_of_freedom: float
    """The effective number of coefficients that are fitted: the sum of `factors`."""
    mallows: float | None
    """Mallows' estimate of the mean squared error for new y at the same t: loss + 2 s^2
    `degrees_of_freedom` / n, where s^2 is the residual variance of the least-squares optimum; null
    if there are no degrees of freedom or if the optimum is not unique. The number of steps with the
    lowest value is the best time to stop.
    """
    standard_errors: Params | None
    """The standard error of each coefficient of `params`, in the units of your t and y; null if
    `mallows` is null or if an error does not fit in a double. It is the scatter over new y from the
    same start, without the bias towards the start. It assumes that the start does not depend on y.
    """


@readonly(kw_only=True)
class Analysis(Documented):
    """The analysis of a descent, in the coordinates of the descent. A value is null if it does not
    apply or is not known before the end.

    If a descent uses several learning rates or batches, the limits are those of plain descent on
    all training points.
    """

    basis: Basis
    """exact: every loss is known in closed form before the first step. observed: the statements
    about the learning rate come from the steps that were made.
    """
    modes: list[Mode]
    """The directions of the descent, the steepest first; empty if the curvature is not the same
    everywhere.
    """
    condition: float | None
    """The condition number: the largest eigenvalue divided by the smallest, among the directions
    that move; null if none moves.
    """
    lr_limit: float | None
    """The limit of the learning rate: from this rate upward the loss grows; null if nothing moves.
    """
    lr_no_bounce: float | None
    """The largest learning rate at which no direction jumps across the valley."""
    lr_fastest: float | None
    """The best learning rate in the long run."""
    lr_best: float | None
    """The learning rate with the lowest loss after the requested `steps`."""
    half_lives: list[float | None]
    """The `half_life` of each mode."""
    steps_to_one_percent: StepsToOnePercent
    predicted_overflow: int | None
    """The step at which the loss is predicted to overflow; null if it never does."""
    sharpness: StartAndEnd | None
    """The largest curvature of the loss at the current parameters."""
    lr_limit_local: StartAndEnd | None
    """2 / sharpness: from this learning rate upward, plain descent moves away from the current
    parameters; null if the loss is flat or curves down there.
    """
    gradient_cosine: float | None
    """The median cosine of the angle between successive gradients, over the last ten: -1 if each
    step undoes the one before, 1 if all steps go the same way.
    """
    lr_limit_mean_square: float | None
    """The limit for batches: from this learning rate upward, the mean square error of plain descent
    with independent batches of this size grows.
    """
    filter: SpectralFilter | None = None
    """The descent as a filter of the least-squares solution, if `include` requests it. It is absent
    before the end, and if a factor does not fit in a double.
    """


@readonly
class Message(Documented):
    """One or two sentences for people, in English and Korean."""

    en: str
    ko: str


class Suggestion(TypedDict, total=False):
    """Request fields that lead to a lower loss. To apply them, merge them into `resolved` and send
    the request again.

    `stop` is null if one of its rules would end the better descent too early: merging it removes
    all rules.
    """

    lr: Rate
    scale: Scale
    stop: None


@readonly
class Verdict(Documented):
    """The verdict on the learning rate and on the descent."""

    rate: Suits
    """The first value that applies. diverging: the rate is above `lr_limit`, or the loss
    overflowed. edge: the rate is at `lr_limit`. good: the rate achieves at least 99 % of the fall
    in loss that the best rate achieves in as many steps, unless only the best rate reaches the
    optimum. bouncing: the rate is above `lr_best`. too_small: none of these.

    If the basis is observed: diverging: the loss overflowed, or is more than a million times the
    first. bouncing: at least six of the last ten steps turned back, or the loss is more than one
    percent above the first. too_small: the steps all go the same way, and the loss is still falling
    or has hardly fallen. good: none of these, or the loss is within one percent of a known optimum.
    """
    reach: Reach
    """converged: the loss is within one percent of the loss of the optimum. unfinished: the best
    learning rate would have reached it in as many steps. out_of_reach: no learning rate reaches it
    in as many steps. diverged: the loss overflowed.

    If the basis is observed and no optimum is known: converged: the rate is good, and the second
    half of the steps reduced the loss by less than one percent. Otherwise unfinished, or diverged.
    """
    overshoots: bool
    """True if steps jump across the valley."""
    stalled: bool
    """True if the second half of the steps reduced the loss by less than one percent, away from the
    optimum.
    """
    message: Message
    suggestion: Suggestion | None
    """A better request; null if no better one is known."""
