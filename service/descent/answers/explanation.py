"""The analysis of a learning rate and the verdict on it. These types and their docstrings define
the OpenAPI document, so this module does not import torch.
"""

from typing import Literal

from typing_extensions import TypedDict  # pydantic reads typing.TypedDict from Python 3.12 on

from service.descent.methods.models.parameters import Params
from service.descent.questions.options import Precision, Scale
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
    """The number of steps after which the loss is within one percent of the loss of the optimum and
    stays there, always from the same initial curve; null if there is no such number.

    `best`, `standardized` and `orthonormal` are the fewest: no constant learning rate takes fewer
    steps in these coordinates. With momentum the fewest are not known, so they are null, or 0 if
    the initial curve is within one percent. `standardized` and `orthonormal` are also null if t
    varies too little, or lies too far from 0, to be rescaled, and with weight decay, which leads to
    other curves in other coordinates.
    """

    lr: int | None
    """The number of steps with the learning rate of the request."""
    lr_fastest: int | None
    """The number of steps with `lr_fastest`, the best learning rate in the long run."""
    best: int | None
    """The fewest steps in the coordinates of the descent."""
    standardized: int | None
    """The fewest steps with `scale` standardize."""
    orthonormal: int | None
    """The fewest steps with `scale` orthonormal."""


@readonly
class StartAndEnd(Documented):
    """A value at the first step and at the last; null if it is not finite or not known yet."""

    start: float | None
    """The value at the first step."""
    end: float | None
    """The value at the last step."""


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
    all training points. With the weight decay of sgd, all of this is about the loss plus the decay.
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
    """The number of steps until the loss is within one percent of that of the optimum, in the same
    and in other coordinates.
    """
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


@readonly(kw_only=True)
class Facts(Documented):
    """The numbers behind the sentences of a verdict. A number that does not apply is left out.

    A loss that is zero but for rounding is 0.
    """

    steps: int | None = None
    """The number of updates that are judged."""
    start_loss: float | None = None
    """The loss before the first step."""
    loss: float | None = None
    """The loss after the last step."""
    lowest: float | None = None
    """The lowest loss of any parameters or, with the weight decay of sgd, that of `ridge`."""
    weight_decay: float | None = None
    """The weight decay of sgd, if there is any."""
    lowest_without_decay: float | None = None
    """The lowest loss of any parameters, if there is weight decay."""
    r2: float | None = None
    """The coefficient of determination of the curve after the last step, if y varies."""
    exact_loss: float | None = None
    """The loss after as many steps in exact arithmetic, if rounding decided how the descent ended.
    """
    precision: Precision | None = None
    """The precision of the descent."""
    degree: int | None = None
    """The degree of the polynomial."""
    progress: float | None = None
    """The fraction of the possible decrease in loss that the steps achieved, unless the descent
    starts at the optimum. It is negative if the loss grew.
    """
    fewest_steps: int | None = None
    """No constant rate reaches the optimum in fewer steps, in the coordinates of the descent."""
    steps_needed: int | None = None
    """The number of steps after which this rate reaches the optimum."""
    rescaled_scale: Scale | None = None
    """Other coordinates, in which fewer steps are enough."""
    rescaled_steps: int | None = None
    """No constant rate reaches the optimum in fewer steps, in the coordinates `rescaled_scale`."""
    flat_directions: int | None = None
    """The number of directions that are too flat for the best rate and this number of steps."""
    directions: int | None = None
    """The number of directions: one per coefficient."""
    peak_loss: float | None = None
    """The highest loss of all steps made, if the descent is observed, or has momentum and at most
    10,000 steps.
    """
    peak_step: int | None = None
    """The step with the highest loss."""
    passed_step: int | None = None
    """The first step at which a descent with momentum was at the optimum, if it left it again."""
    closer_percent: float | None = None
    """The percentage by which a step shortens the distance to the optimum, in the steepest
    direction.
    """
    growth_decades: float | None = None
    """The decimal logarithm of the factor by which a step multiplies the loss in the steepest
    direction. The factor itself can be too large for a number.
    """
    diverged_at: int | None = None
    """The first step whose loss is not finite."""
    validation_loss: float | None = None
    """The last loss on the held-out points."""
    first_rate: float | None = None
    """The rate of the first step, if a schedule changes it."""
    largest_rate: float | None = None
    """The largest rate of all steps made, if a schedule changes it."""
    last_rate: float | None = None
    """The rate of the last step, if a schedule changes it."""
    batch_size: int | None = None
    """The number of points that each step sees, if it does not see all."""
    lr_limit: float | None = None
    """The limit of the learning rate for all training points."""
    lr_limit_mean_square: float | None = None
    """The limit of the learning rate for independent batches of this size."""


@readonly
class Message(Documented):
    """The verdict for people in a few words and at most three sentences, in English and Korean."""

    en: str
    """The message in English."""
    ko: str
    """The message in Korean."""


class Suggestion(TypedDict, total=False):
    """Request fields that lead to a lower loss, or a lower validation loss if points are held out.
    To apply them, merge them into `resolved`, and send the result with your points.

    `stop` is null if one of its rules would end the better descent too early: merging it removes
    all rules.
    """

    # for pydantic, which reads it in typed dictionaries too
    __pydantic_config__ = {"use_attribute_docstrings": True}  # type: ignore[misc]  # noqa: RUF012

    lr: float | Literal["best"]
    """The learning rate, or `best`."""
    scale: Scale
    """The coordinates of the descent."""
    steps: int
    """The number of updates to make."""
    stop: None
    """Null: no rule ends the descent early."""


@readonly
class Verdict(Documented):
    """The verdict on the learning rate and on the descent."""

    rate: Suits | None
    """The first value that applies. diverging: the rate is above `lr_limit` and the steepest
    direction grew by one percent or more, or the loss overflowed. edge: the rate is at `lr_limit`,
    and the steepest direction neither grew nor shrank by one percent. good: the rate achieves at
    least 99 % of the fall in loss that the best rate achieves in as many steps, unless only the
    best rate reaches the optimum. bouncing: the rate is above `lr_best`. too_small: none of these.
    null: the descent ended before its first step.

    If the basis is observed, losses are compared by their excess over a known optimum. diverging:
    the loss overflowed, or is more than a million times the first. bouncing: the loss is more than
    one percent above the first, or rose to more than ten times the first, or rose above the first
    and is not near the optimum, or at least six of the last ten steps turned back. too_small: the
    loss never rose, and it has hardly fallen, or still falls while the steps go the same way, or
    the schedule ran out. good: none of these, or the loss is near the optimum. With batches and
    `mse`, the rate is that of the same descent with all points in each step, unless the loss rose.
    If that arrives, the rate is bouncing unless the loss is near the optimum: then only the noise
    of the batches is left, which a smaller rate reduces.
    """
    reach: Reach
    """converged: the loss is within one percent of the loss of the optimum or, if that is almost
    zero, within 1e-8 of the variance of y. unfinished: the best learning rate would have reached it
    in as many steps. out_of_reach: no learning rate reaches it in as many steps, or the precision
    is too low to reach it from this start. diverged: the loss overflowed.

    If the basis is observed and no optimum is known: converged: the loss or the gradient is next to
    nothing, or the rate is good and the second half of the steps reduced the loss by less than one
    percent. Otherwise unfinished, or diverged.
    """
    overshoots: bool
    """True if steps jump across the valley."""
    stalled: bool
    """True if the second half of the steps changed the excess over the lowest loss by at most one
    percent, away from the optimum.
    """
    message: Message
    """The verdict in words."""
    facts: Facts
    """The numbers of the message."""
    suggestion: Suggestion | None
    """A better request; null if no better one is known, for example if the basis is observed."""
