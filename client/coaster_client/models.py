"""Types of the requests and answers of Coaster. `python -m scripts.client` writes this file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Required, TypeAlias, TypedDict

from coaster_client.answer import Answer


class AdamRequest(TypedDict, total=False):
    """torch.optim.Adam. The weight decay is part of the gradient."""

    kind: Required[Literal["adam"]]
    """The name of the optimizer."""
    betas: Sequence[float]
    """The factors by which the influence of earlier gradients fades in each step: in their mean and
    in their mean square. Default: `[0.9, 0.999]`.
    """
    eps: float
    """A small number that is added to the divisor, so that it is not 0. Default: `1e-08`."""
    weight_decay: float
    """The weight decay: how strongly each step pulls the parameters towards 0. Default: `0.0`."""
    amsgrad: bool
    """If true, each step divides by the largest mean square so far instead of the last. Default:
    `false`.
    """


class AdamWRequest(TypedDict, total=False):
    """torch.optim.AdamW. The weight decay is applied separately from the gradient."""

    kind: Required[Literal["adamw"]]
    """The name of the optimizer."""
    betas: Sequence[float]
    """The factors by which the influence of earlier gradients fades in each step: in their mean and
    in their mean square. Default: `[0.9, 0.999]`.
    """
    eps: float
    """A small number that is added to the divisor, so that it is not 0. Default: `1e-08`."""
    weight_decay: float
    """The weight decay: each step multiplies the parameters by 1 - rate * weight_decay. Default:
    `0.01`.
    """
    amsgrad: bool
    """If true, each step divides by the largest mean square so far instead of the last. Default:
    `false`.
    """


class ConstantRequest(TypedDict, total=False):
    """The same rate for every step."""

    kind: Required[Literal["constant"]]
    """The name of the schedule."""


class CosineRequest(TypedDict, total=False):
    """Half a cosine from the rate down to `eta_min`, over all steps, like torch's
    CosineAnnealingLR.
    """

    kind: Required[Literal["cosine"]]
    """The name of the schedule."""
    eta_min: float
    """The rate at the end of the cosine. Default: `0.0`."""


class CurveRequest(TypedDict, total=False):
    """The parabola a (t - vertex)^2 + floor."""

    a: float
    """The coefficient of the square. Default: `0.75`."""
    vertex: float
    """The t of the lowest or highest point. Default: `9.5`."""
    floor: float
    """The value at the vertex. Default: `1.0`."""


EveryRequest = TypedDict(
    "EveryRequest", {"every": "Required[str]", "until": "Required[str]", "from": "str"}, total=False
)


class HuberRequest(TypedDict, total=False):
    """The Huber loss: half the squared error up to `delta`, and linear beyond."""

    kind: Required[Literal["huber"]]
    """The name of the loss."""
    delta: float
    """The residual up to which the loss is a square, in the unit of y. Default: `1.0`."""


class LayerRequest(TypedDict, total=False):
    """The weights of a layer, with a row for each unit, and a bias for each unit."""

    weight: Required[Sequence[Sequence[float]]]
    """The weights: a row for each unit, with a number for each input."""
    bias: Required[Sequence[float]]
    """The bias of each unit."""


class MaeRequest(TypedDict, total=False):
    """The mean absolute error. Outliers have no more influence than other points."""

    kind: Required[Literal["mae"]]
    """The name of the loss."""


class MlpRequest(TypedDict, total=False):
    """A small neural network. `hidden` lists the units of each hidden layer. The activation is
    applied after each of them, and the output layer has one unit.
    """

    kind: Required[Literal["mlp"]]
    """The name of the model."""
    hidden: Sequence[int]
    """The number of units of each hidden layer. Default: `[16, 16]`."""
    activation: Activation
    """The function that is applied after each hidden layer. Default: `"tanh"`."""


class MseRequest(TypedDict, total=False):
    """The mean squared error, the loss of the lecture."""

    kind: Required[Literal["mse"]]
    """The name of the loss."""


class NetworkRequest(TypedDict, total=False):
    """The parameters of a network."""

    layers: Required[Sequence[LayerRequest]]
    """The hidden layers, then the output layer."""


class OneCycleRequest(TypedDict, total=False):
    """A rise to the rate in the first part of the steps, then a fall, like torch's OneCycleLR, but
    with constant momentum.
    """

    kind: Required[Literal["one_cycle"]]
    """The name of the schedule."""
    pct_start: float
    """The fraction of the steps in which the rate rises. Default: `0.3`."""
    div_factor: float
    """The rate `lr` divided by the rate of the first step. Default: `25.0`."""
    final_div_factor: float
    """The rate of the first step divided by the rate of the last. Default: `10000.0`."""


class PartOfLimitRequest(TypedDict, total=False):
    """A learning rate as a part of the limit for these points, `analysis.lr_limit`."""

    of_limit: Required[float]
    """The rate divided by the limit. Below 1, plain descent settles; above 1, it diverges. If
    nothing moves, the limit is that of the steepest direction.
    """


class PointsRequest(TypedDict, total=False):
    """The points: t[i] belongs to y[i]. A point with a null is left out."""

    t: Required[Sequence[float | str | None]]
    """The times or other positions of the points: numbers, or time stamps of RFC 3339, such as
    2024-02-29T12:00:00.5+09:00, from 1677-09-22 to 2262-04-10. Integers below 2^62 and stamps, to
    the nanosecond, keep all their digits. A date without a time is midnight in UTC. For stamps, the
    unit of t is a second, counted from 1970-01-01T00:00:00Z. null is a missing value.
    """
    y: Required[Sequence[float | None]]
    """The value at each t. null is a missing value."""
    weights: Sequence[float | None]
    """The weight of each point. Losses are weighted means, so only the ratios of the weights
    matter. A point with the weight 0 is left out. If omitted, all points weigh the same.
    """
    sigma: Sequence[float | None]
    """The standard deviation of the error of each y, instead of `weights`. A point weighs 1 /
    sigma^2.
    """
    sigma_is: SigmaIs
    """relative: only the ratios of `sigma` are known, and the points show how large the errors are.
    absolute: `sigma` is in the unit of y, and alone gives the uncertainty of the optimum, even
    where the points scatter more or less. Default: `"relative"`.
    """


class PolynomialRequest(TypedDict, total=False):
    """A polynomial. Its coefficients are named a, b, c, ... from the highest power down."""

    kind: Literal["polynomial"]
    """The name of the model. Default: `"polynomial"`."""
    degree: int
    """The highest power of t. Default: `2`."""


class PortableFactorRequest(TypedDict, total=False):
    """Points in compressed form: everything that least squares needs of them, as few numbers. Send
    it back in `data.factors` to continue from these points.  The columns are Newton's polynomials
    N_k(t) = (t - nodes[0]) ... (t - nodes[k - 1]) / scale^k. `triangle` is the R of the QR
    decomposition of the rows root * [N_0(t), ..., N_degree(t), y - level], with the square root of
    each point's weight.
    """

    points: Required[int]
    """The number of points."""
    missing: int
    """The number of points that were left out because a value is null. Default: `0`."""
    weightless: int
    """The number of points that were left out because their weight is 0. Default: `0`."""
    sigma_is: SigmaIs
    """absolute: the weights are 1 / sigma^2, and sigma is in the unit of y. relative: only the
    ratios of the weights are known, or there are none. Default: `"relative"`.
    """
    degree: Required[int]
    """The highest degree for which the factor replaces the points."""
    extent: Required[Sequence[float | str]]
    """The smallest and the largest t, as numbers or as time stamps. Points that `remove` has taken
    away are included, because a factor does not show which t remain.
    """
    mean: Required[float]
    """The mean of t, minus `nodes[0]`; in seconds for time stamps."""
    scale: Required[float]
    """The standard deviation of t, or 1 if all t are the same; in seconds for time stamps."""
    nodes: Required[Sequence[float | str]]
    """The nodes of the polynomials: one per degree, or as many as there are different t. They have
    the form of `extent`.
    """
    level: Required[float]
    """A number that is subtracted from y, so that y keeps its digits far from 0: its mean."""
    triangle: Required[Sequence[Sequence[float]]]
    """The rows of R from its diagonal on, which is positive. The last entry of each row belongs to
    y, so the last row is the square root of the residual sum of squares. If there are fewer
    different t than `degree` + 1, there are only as many columns of t.
    """


class RateListRequest(TypedDict, total=False):
    """A list of the rate of each step. `lr` is the first of them."""

    kind: Required[Literal["list"]]
    """The name of the schedule."""
    lrs: Required[Sequence[float]]
    """The rate of each step."""


class RmsPropRequest(TypedDict, total=False):
    """torch.optim.RMSprop."""

    kind: Required[Literal["rmsprop"]]
    """The name of the optimizer."""
    alpha: float
    """The factor by which the influence of earlier gradients on their mean square fades in each
    step. Default: `0.99`.
    """
    eps: float
    """A small number that is added to the divisor, so that it is not 0. Default: `1e-08`."""
    weight_decay: float
    """The weight decay: this multiple of the parameters is added to the gradient. Default: `0.0`.
    """
    momentum: float
    """The factor by which the influence of earlier updates fades in each step. Default: `0.0`."""
    centered: bool
    """If true, each step divides by the standard deviation of the gradients instead of the root of
    their mean square. Default: `false`.
    """


class ScaledRequest(TypedDict, total=False):
    """The `scaled` of a result: the curve in x = (t - center) / scale."""

    center: Required[float | str]
    """The value of t at which x is 0. It has the form of your t: a number or a time stamp."""
    scale: Required[float]
    """The length in t of one unit of x. For time stamps, it is in seconds."""
    params: Required[ParamsRequest | NetworkRequest]
    """The parameters of the curve in x."""


class SgdRequest(TypedDict, total=False):
    """torch.optim.SGD: gradient descent, plain or with momentum."""

    kind: Required[Literal["sgd"]]
    """The name of the optimizer."""
    momentum: float
    """The factor by which the influence of earlier gradients fades in each step; 0 for plain
    descent. Default: `0.0`.
    """
    nesterov: bool
    """If true, use Nesterov's momentum, which needs a `momentum` above 0. Default: `false`."""
    weight_decay: float
    """The descent minimises the loss plus weight_decay / 2 times the sum of squares of the
    parameters, in the coordinates of the descent and including the constant term. The losses and
    gradients of the result are without it. The closed form includes it. Default: `0.0`.
    """


class StepDecayRequest(TypedDict, total=False):
    """The rate times `gamma`, applied every `step_size` steps, like torch's StepLR."""

    kind: Required[Literal["step"]]
    """The name of the schedule."""
    step_size: Required[int]
    """The number of steps after which the rate is multiplied by `gamma`."""
    gamma: float
    """The factor by which the rate is multiplied. Default: `0.1`."""


class StopRequest(TypedDict, total=False):
    """Rules that end the descent before `steps`. The first rule that applies ends it. Without a
    rule, all steps are made.
    """

    gap: float
    """Stop when the loss is less than this above the loss of the optimum. With the weight decay of
    sgd, it is the loss and the decay that must be this close to `ridge`, their minimum.
    """
    gradient: float
    """Stop when the gradient of the loss, in the coordinates of the descent, is shorter than this.
    It is without weight decay.
    """
    min_improvement: float
    """Stop when the loss has fallen by at most this fraction of itself in each of `patience`
    successive steps (1 if `patience` is absent).
    """
    patience: int
    """Stop when the validation loss, or the loss if no points are held out, has not reached a new
    minimum for this many steps.
    """


class SyntheticRequest(TypedDict, total=False):
    """Points to draw: y = noise * randn + curve(t) at t = start + spacing * i. An empty object
    gives the lecture's roller coaster.
    """

    points: int
    """The number of points. Default: `20`."""
    start: float
    """The t of the first point. Default: `0.0`."""
    spacing: float
    """The distance between two neighbouring points in t. Default: `1.0`."""
    noise: float
    """The standard deviation of the noise, in the unit of y. Default: `3.0`."""
    curve: CurveRequest
    """The curve to which the noise is added. Default: `{"a": 0.75, "vertex": 9.5, "floor": 1.0}`.
    """


class ValidationRequest(TypedDict, total=False):
    """Points to hold out. Their losses are reported, and the descent does not see them."""

    fraction: Required[float]
    """The fraction of the points to hold out."""
    split: Split
    """random: drawn after the noise and the start. tail: the last points by t. interleaved: evenly
    distributed among the points as sent. Default: `"random"`.
    """


class FitPointsRequest(TypedDict, total=False):
    """Points and the settings of the descent. `lr` and `steps` are the ones that the lecture
    varies.
    """

    model: PolynomialRequest | MlpRequest
    """The curve to fit: a polynomial, or a small neural network. `kind` can be omitted for a
    polynomial. Default: `{"kind": "polynomial", "degree": 2}`.
    """
    loss: MseRequest | MaeRequest | HuberRequest
    """The loss to minimise. `gap` and the exact analysis exist for `mse` only. Default: `{"kind":
    "mse"}`.
    """
    optimizer: SgdRequest | AdamRequest | AdamWRequest | RmsPropRequest
    """An optimizer of torch.optim, with its options and defaults. Default: `{"kind": "sgd",
    "momentum": 0.0, "nesterov": false, "weight_decay": 0.0}`.
    """
    schedule: ConstantRequest | StepDecayRequest | CosineRequest | OneCycleRequest | RateListRequest
    """The rate of each step relative to `lr`, as in torch.optim.lr_scheduler. Default: `{"kind":
    "constant"}`.
    """
    batch_size: int
    """The number of points that each step sees. If omitted, each step sees all points."""
    batches: Batches
    """shuffled: without replacement, in a new order each epoch; the last, smaller batch counts.
    independent: drawn with replacement. Default: `"shuffled"`.
    """
    seed: int
    """The seed of the generator that draws the noise, the initial parameters, a random split and
    the batches, in this order. If omitted, the service chooses one and returns it in
    `resolved.seed`.
    """
    init: Start | ParamsRequest | NetworkRequest | ScaledRequest
    """The start. random: normal, in the coordinates of the descent; the layers of a network have
    variance 1 / inputs. Parameters are in the units of t and y, whatever `scale` is. Default:
    `"random"`.
    """
    steps: int
    """The number of updates to make. Default: `100`."""
    scale: ScaleChoice
    """The coordinates of the descent. auto: none if `lr` is a number, which applies to your t as it
    is, or if there is no rate to judge. For a rate that the service computes, such as the best one
    or a part of the limit: standardize if the best rate then comes within one percent of the
    optimum in `steps` steps, otherwise orthonormal. For a network: standardize. Default: `"auto"`.
    """
    validation: ValidationRequest
    """Points to hold out. If omitted, the descent sees all points."""
    solver: SolverChoice
    """loop: the textbook autograd loop. exact: the same trajectory in closed form. auto: exact
    wherever it applies. Default: `"auto"`.
    """
    precision: Precision
    """float32 is the arithmetic of the lecture. It implies the loop. Default: `"float64"`."""
    record_every: int
    """The number of steps between records. If omitted: 1 up to 10,000 steps, and beyond that the
    smallest number that gives at most 10,001 records.
    """
    lr: Literal["best"] | float | PartOfLimitRequest
    """The learning rate. best: the rate that gives the lowest loss after `steps` steps, computed
    exactly. If omitted: the best rate. If that cannot be computed: 0.001 for adam and adamw and
    0.01 for rmsprop, as in torch.optim; for sgd, 0.01 for a network, and otherwise half of the
    limit of least squares with all points in each step. `lr_default` in the answer says which.
    """
    stop: StopRequest
    """Rules that end the descent before `steps`. If omitted, all steps are made."""
    include: Sequence[Include]
    """Additional data to return. For each recorded step: `params`, `gradients` and `predictions`.
    Once: `data`. For polynomials and `mse`: the `intervals` of the least-squares curve at each t of
    `at`, the `degrees` up to that of the model in comparison, and the `factor`, which stands for
    the points in later requests. For plain descent with a closed form: the `filter` of the
    analysis.
    """
    at: Sequence[float | str] | EveryRequest
    """The values of t at which to evaluate the fitted curve, in the form of the t of your points.
    For time stamps, an object with `every` and `until` gives them at equal distances. The result is
    `predictions_at`.
    """


class FitSyntheticRequest(TypedDict, total=False):
    """Points and the settings of the descent. `lr` and `steps` are the ones that the lecture
    varies.
    """

    synthetic: Required[SyntheticRequest]
    """Points to draw instead of `data`. `{}` draws the lecture's roller coaster."""
    model: PolynomialRequest | MlpRequest
    """The curve to fit: a polynomial, or a small neural network. `kind` can be omitted for a
    polynomial. Default: `{"kind": "polynomial", "degree": 2}`.
    """
    loss: MseRequest | MaeRequest | HuberRequest
    """The loss to minimise. `gap` and the exact analysis exist for `mse` only. Default: `{"kind":
    "mse"}`.
    """
    optimizer: SgdRequest | AdamRequest | AdamWRequest | RmsPropRequest
    """An optimizer of torch.optim, with its options and defaults. Default: `{"kind": "sgd",
    "momentum": 0.0, "nesterov": false, "weight_decay": 0.0}`.
    """
    schedule: ConstantRequest | StepDecayRequest | CosineRequest | OneCycleRequest | RateListRequest
    """The rate of each step relative to `lr`, as in torch.optim.lr_scheduler. Default: `{"kind":
    "constant"}`.
    """
    batch_size: int
    """The number of points that each step sees. If omitted, each step sees all points."""
    batches: Batches
    """shuffled: without replacement, in a new order each epoch; the last, smaller batch counts.
    independent: drawn with replacement. Default: `"shuffled"`.
    """
    seed: int
    """The seed of the generator that draws the noise, the initial parameters, a random split and
    the batches, in this order. If omitted, the service chooses one and returns it in
    `resolved.seed`.
    """
    init: Start | ParamsRequest | NetworkRequest | ScaledRequest
    """The start. random: normal, in the coordinates of the descent; the layers of a network have
    variance 1 / inputs. Parameters are in the units of t and y, whatever `scale` is. Default:
    `"random"`.
    """
    steps: int
    """The number of updates to make. Default: `100`."""
    scale: ScaleChoice
    """The coordinates of the descent. auto: none if `lr` is a number, which applies to your t as it
    is, or if there is no rate to judge. For a rate that the service computes, such as the best one
    or a part of the limit: standardize if the best rate then comes within one percent of the
    optimum in `steps` steps, otherwise orthonormal. For a network: standardize. Default: `"auto"`.
    """
    validation: ValidationRequest
    """Points to hold out. If omitted, the descent sees all points."""
    solver: SolverChoice
    """loop: the textbook autograd loop. exact: the same trajectory in closed form. auto: exact
    wherever it applies. Default: `"auto"`.
    """
    precision: Precision
    """float32 is the arithmetic of the lecture. It implies the loop. Default: `"float64"`."""
    record_every: int
    """The number of steps between records. If omitted: 1 up to 10,000 steps, and beyond that the
    smallest number that gives at most 10,001 records.
    """
    lr: Literal["best"] | float | PartOfLimitRequest
    """The learning rate. best: the rate that gives the lowest loss after `steps` steps, computed
    exactly. If omitted: the best rate. If that cannot be computed: 0.001 for adam and adamw and
    0.01 for rmsprop, as in torch.optim; for sgd, 0.01 for a network, and otherwise half of the
    limit of least squares with all points in each step. `lr_default` in the answer says which.
    """
    stop: StopRequest
    """Rules that end the descent before `steps`. If omitted, all steps are made."""
    include: Sequence[Include]
    """Additional data to return. For each recorded step: `params`, `gradients` and `predictions`.
    Once: `data`. For polynomials and `mse`: the `intervals` of the least-squares curve at each t of
    `at`, the `degrees` up to that of the model in comparison, and the `factor`, which stands for
    the points in later requests. For plain descent with a closed form: the `filter` of the
    analysis.
    """
    at: Sequence[float | str] | EveryRequest
    """The values of t at which to evaluate the fitted curve, in the form of the t of your points.
    For time stamps, an object with `every` and `until` gives them at equal distances. The result is
    `predictions_at`.
    """


LrRangeRequest = TypedDict(
    "LrRangeRequest",
    {"from": "Required[float]", "to": "Required[float]", "count": "Required[int]"},
    total=False,
)


class PartsOfLimitRequest(TypedDict, total=False):
    """Learning rates as parts of the limit for these points, `analysis.lr_limit`."""

    of_limit: Required[Sequence[float]]
    """Each rate divided by the limit. Below 1, plain descent settles; above 1, it diverges."""


class SweepPointsRequest(TypedDict, total=False):
    """The same fit at several rates. There is no `stop`, because a rule that stops only some of
    them would make the results incomparable.
    """

    model: PolynomialRequest | MlpRequest
    """The curve to fit: a polynomial, or a small neural network. `kind` can be omitted for a
    polynomial. Default: `{"kind": "polynomial", "degree": 2}`.
    """
    loss: MseRequest | MaeRequest | HuberRequest
    """The loss to minimise. `gap` and the exact analysis exist for `mse` only. Default: `{"kind":
    "mse"}`.
    """
    optimizer: SgdRequest | AdamRequest | AdamWRequest | RmsPropRequest
    """An optimizer of torch.optim, with its options and defaults. Default: `{"kind": "sgd",
    "momentum": 0.0, "nesterov": false, "weight_decay": 0.0}`.
    """
    schedule: ConstantRequest | StepDecayRequest | CosineRequest | OneCycleRequest | RateListRequest
    """The rate of each step relative to `lr`, as in torch.optim.lr_scheduler. Default: `{"kind":
    "constant"}`.
    """
    batch_size: int
    """The number of points that each step sees. If omitted, each step sees all points."""
    batches: Batches
    """shuffled: without replacement, in a new order each epoch; the last, smaller batch counts.
    independent: drawn with replacement. Default: `"shuffled"`.
    """
    seed: int
    """The seed of the generator that draws the noise, the initial parameters, a random split and
    the batches, in this order. If omitted, the service chooses one and returns it in
    `resolved.seed`.
    """
    init: Start | ParamsRequest | NetworkRequest | ScaledRequest
    """The start. random: normal, in the coordinates of the descent; the layers of a network have
    variance 1 / inputs. Parameters are in the units of t and y, whatever `scale` is. Default:
    `"random"`.
    """
    steps: int
    """The number of updates to make. Default: `100`."""
    scale: ScaleChoice
    """The coordinates of the descent. auto: none if `lr` is a number, which applies to your t as it
    is, or if there is no rate to judge. For a rate that the service computes, such as the best one
    or a part of the limit: standardize if the best rate then comes within one percent of the
    optimum in `steps` steps, otherwise orthonormal. For a network: standardize. Default: `"auto"`.
    """
    validation: ValidationRequest
    """Points to hold out. If omitted, the descent sees all points."""
    solver: SolverChoice
    """loop: the textbook autograd loop. exact: the same trajectory in closed form. auto: exact
    wherever it applies. Default: `"auto"`.
    """
    precision: Precision
    """float32 is the arithmetic of the lecture. It implies the loop. Default: `"float64"`."""
    record_every: int
    """The number of steps between records. If omitted: 1 up to 10,000 steps, and beyond that the
    smallest number that gives at most 10,001 records.
    """
    lrs: Required[Sequence[float] | LrRangeRequest | PartsOfLimitRequest]
    """The learning rates to compare: a list, a range, or parts of the limit."""
    include: Sequence[Literal["losses"]]
    """losses: the loss at each recorded step, for each rate."""


class SweepSyntheticRequest(TypedDict, total=False):
    """The same fit at several rates. There is no `stop`, because a rule that stops only some of
    them would make the results incomparable.
    """

    synthetic: Required[SyntheticRequest]
    """Points to draw instead of `data`. `{}` draws the lecture's roller coaster."""
    model: PolynomialRequest | MlpRequest
    """The curve to fit: a polynomial, or a small neural network. `kind` can be omitted for a
    polynomial. Default: `{"kind": "polynomial", "degree": 2}`.
    """
    loss: MseRequest | MaeRequest | HuberRequest
    """The loss to minimise. `gap` and the exact analysis exist for `mse` only. Default: `{"kind":
    "mse"}`.
    """
    optimizer: SgdRequest | AdamRequest | AdamWRequest | RmsPropRequest
    """An optimizer of torch.optim, with its options and defaults. Default: `{"kind": "sgd",
    "momentum": 0.0, "nesterov": false, "weight_decay": 0.0}`.
    """
    schedule: ConstantRequest | StepDecayRequest | CosineRequest | OneCycleRequest | RateListRequest
    """The rate of each step relative to `lr`, as in torch.optim.lr_scheduler. Default: `{"kind":
    "constant"}`.
    """
    batch_size: int
    """The number of points that each step sees. If omitted, each step sees all points."""
    batches: Batches
    """shuffled: without replacement, in a new order each epoch; the last, smaller batch counts.
    independent: drawn with replacement. Default: `"shuffled"`.
    """
    seed: int
    """The seed of the generator that draws the noise, the initial parameters, a random split and
    the batches, in this order. If omitted, the service chooses one and returns it in
    `resolved.seed`.
    """
    init: Start | ParamsRequest | NetworkRequest | ScaledRequest
    """The start. random: normal, in the coordinates of the descent; the layers of a network have
    variance 1 / inputs. Parameters are in the units of t and y, whatever `scale` is. Default:
    `"random"`.
    """
    steps: int
    """The number of updates to make. Default: `100`."""
    scale: ScaleChoice
    """The coordinates of the descent. auto: none if `lr` is a number, which applies to your t as it
    is, or if there is no rate to judge. For a rate that the service computes, such as the best one
    or a part of the limit: standardize if the best rate then comes within one percent of the
    optimum in `steps` steps, otherwise orthonormal. For a network: standardize. Default: `"auto"`.
    """
    validation: ValidationRequest
    """Points to hold out. If omitted, the descent sees all points."""
    solver: SolverChoice
    """loop: the textbook autograd loop. exact: the same trajectory in closed form. auto: exact
    wherever it applies. Default: `"auto"`.
    """
    precision: Precision
    """float32 is the arithmetic of the lecture. It implies the loop. Default: `"float64"`."""
    record_every: int
    """The number of steps between records. If omitted: 1 up to 10,000 steps, and beyond that the
    smallest number that gives at most 10,001 records.
    """
    lrs: Required[Sequence[float] | LrRangeRequest | PartsOfLimitRequest]
    """The learning rates to compare: a list, a range, or parts of the limit."""
    include: Sequence[Literal["losses"]]
    """losses: the loss at each recorded step, for each rate."""


class AnalysisPointsRequest(TypedDict, total=False):
    """Points and the descent to analyse."""

    model: PolynomialRequest | MlpRequest
    """The curve to fit: a polynomial, or a small neural network. `kind` can be omitted for a
    polynomial. Default: `{"kind": "polynomial", "degree": 2}`.
    """
    loss: MseRequest | MaeRequest | HuberRequest
    """The loss to minimise. `gap` and the exact analysis exist for `mse` only. Default: `{"kind":
    "mse"}`.
    """
    optimizer: SgdRequest | AdamRequest | AdamWRequest | RmsPropRequest
    """An optimizer of torch.optim, with its options and defaults. Default: `{"kind": "sgd",
    "momentum": 0.0, "nesterov": false, "weight_decay": 0.0}`.
    """
    schedule: ConstantRequest | StepDecayRequest | CosineRequest | OneCycleRequest | RateListRequest
    """The rate of each step relative to `lr`, as in torch.optim.lr_scheduler. Default: `{"kind":
    "constant"}`.
    """
    batch_size: int
    """The number of points that each step sees. If omitted, each step sees all points."""
    batches: Batches
    """shuffled: without replacement, in a new order each epoch; the last, smaller batch counts.
    independent: drawn with replacement. Default: `"shuffled"`.
    """
    seed: int
    """The seed of the generator that draws the noise, the initial parameters, a random split and
    the batches, in this order. If omitted, the service chooses one and returns it in
    `resolved.seed`.
    """
    init: Start | ParamsRequest | NetworkRequest | ScaledRequest
    """The start. random: normal, in the coordinates of the descent; the layers of a network have
    variance 1 / inputs. Parameters are in the units of t and y, whatever `scale` is. Default:
    `"random"`.
    """
    steps: int
    """The number of updates to make. Default: `100`."""
    scale: ScaleChoice
    """The coordinates of the descent. auto: none if `lr` is a number, which applies to your t as it
    is, or if there is no rate to judge. For a rate that the service computes, such as the best one
    or a part of the limit: standardize if the best rate then comes within one percent of the
    optimum in `steps` steps, otherwise orthonormal. For a network: standardize. Default: `"auto"`.
    """
    validation: ValidationRequest
    """Points to hold out. If omitted, the descent sees all points."""
    lr: Literal["best"] | float | PartOfLimitRequest
    """The learning rate to judge. If omitted, the answer is about all rates."""
    include: Sequence[Literal["factor"]]
    """factor: the points in compressed form, which stands for them in later requests. It exists for
    polynomials and `mse`.
    """


class AnalysisSyntheticRequest(TypedDict, total=False):
    """Points and the descent to analyse."""

    synthetic: Required[SyntheticRequest]
    """Points to draw instead of `data`. `{}` draws the lecture's roller coaster."""
    model: PolynomialRequest | MlpRequest
    """The curve to fit: a polynomial, or a small neural network. `kind` can be omitted for a
    polynomial. Default: `{"kind": "polynomial", "degree": 2}`.
    """
    loss: MseRequest | MaeRequest | HuberRequest
    """The loss to minimise. `gap` and the exact analysis exist for `mse` only. Default: `{"kind":
    "mse"}`.
    """
    optimizer: SgdRequest | AdamRequest | AdamWRequest | RmsPropRequest
    """An optimizer of torch.optim, with its options and defaults. Default: `{"kind": "sgd",
    "momentum": 0.0, "nesterov": false, "weight_decay": 0.0}`.
    """
    schedule: ConstantRequest | StepDecayRequest | CosineRequest | OneCycleRequest | RateListRequest
    """The rate of each step relative to `lr`, as in torch.optim.lr_scheduler. Default: `{"kind":
    "constant"}`.
    """
    batch_size: int
    """The number of points that each step sees. If omitted, each step sees all points."""
    batches: Batches
    """shuffled: without replacement, in a new order each epoch; the last, smaller batch counts.
    independent: drawn with replacement. Default: `"shuffled"`.
    """
    seed: int
    """The seed of the generator that draws the noise, the initial parameters, a random split and
    the batches, in this order. If omitted, the service chooses one and returns it in
    `resolved.seed`.
    """
    init: Start | ParamsRequest | NetworkRequest | ScaledRequest
    """The start. random: normal, in the coordinates of the descent; the layers of a network have
    variance 1 / inputs. Parameters are in the units of t and y, whatever `scale` is. Default:
    `"random"`.
    """
    steps: int
    """The number of updates to make. Default: `100`."""
    scale: ScaleChoice
    """The coordinates of the descent. auto: none if `lr` is a number, which applies to your t as it
    is, or if there is no rate to judge. For a rate that the service computes, such as the best one
    or a part of the limit: standardize if the best rate then comes within one percent of the
    optimum in `steps` steps, otherwise orthonormal. For a network: standardize. Default: `"auto"`.
    """
    validation: ValidationRequest
    """Points to hold out. If omitted, the descent sees all points."""
    lr: Literal["best"] | float | PartOfLimitRequest
    """The learning rate to judge. If omitted, the answer is about all rates."""
    include: Sequence[Literal["factor"]]
    """factor: the points in compressed form, which stands for them in later requests. It exists for
    polynomials and `mse`.
    """


class FitJobPointsRequest(TypedDict, total=False):
    """A fit that continues after its request."""

    model: PolynomialRequest | MlpRequest
    """The curve to fit: a polynomial, or a small neural network. `kind` can be omitted for a
    polynomial. Default: `{"kind": "polynomial", "degree": 2}`.
    """
    loss: MseRequest | MaeRequest | HuberRequest
    """The loss to minimise. `gap` and the exact analysis exist for `mse` only. Default: `{"kind":
    "mse"}`.
    """
    optimizer: SgdRequest | AdamRequest | AdamWRequest | RmsPropRequest
    """An optimizer of torch.optim, with its options and defaults. Default: `{"kind": "sgd",
    "momentum": 0.0, "nesterov": false, "weight_decay": 0.0}`.
    """
    schedule: ConstantRequest | StepDecayRequest | CosineRequest | OneCycleRequest | RateListRequest
    """The rate of each step relative to `lr`, as in torch.optim.lr_scheduler. Default: `{"kind":
    "constant"}`.
    """
    batch_size: int
    """The number of points that each step sees. If omitted, each step sees all points."""
    batches: Batches
    """shuffled: without replacement, in a new order each epoch; the last, smaller batch counts.
    independent: drawn with replacement. Default: `"shuffled"`.
    """
    seed: int
    """The seed of the generator that draws the noise, the initial parameters, a random split and
    the batches, in this order. If omitted, the service chooses one and returns it in
    `resolved.seed`.
    """
    init: Start | ParamsRequest | NetworkRequest | ScaledRequest
    """The start. random: normal, in the coordinates of the descent; the layers of a network have
    variance 1 / inputs. Parameters are in the units of t and y, whatever `scale` is. Default:
    `"random"`.
    """
    steps: int
    """The number of updates to make. Default: `100`."""
    scale: ScaleChoice
    """The coordinates of the descent. auto: none if `lr` is a number, which applies to your t as it
    is, or if there is no rate to judge. For a rate that the service computes, such as the best one
    or a part of the limit: standardize if the best rate then comes within one percent of the
    optimum in `steps` steps, otherwise orthonormal. For a network: standardize. Default: `"auto"`.
    """
    validation: ValidationRequest
    """Points to hold out. If omitted, the descent sees all points."""
    solver: SolverChoice
    """loop: the textbook autograd loop. exact: the same trajectory in closed form. auto: exact
    wherever it applies. Default: `"auto"`.
    """
    precision: Precision
    """float32 is the arithmetic of the lecture. It implies the loop. Default: `"float64"`."""
    record_every: int
    """The number of steps between records. If omitted: 1 up to 10,000 steps, and beyond that the
    smallest number that gives at most 10,001 records.
    """
    lr: Literal["best"] | float | PartOfLimitRequest
    """The learning rate. best: the rate that gives the lowest loss after `steps` steps, computed
    exactly. If omitted: the best rate. If that cannot be computed: 0.001 for adam and adamw and
    0.01 for rmsprop, as in torch.optim; for sgd, 0.01 for a network, and otherwise half of the
    limit of least squares with all points in each step. `lr_default` in the answer says which.
    """
    stop: StopRequest
    """Rules that end the descent before `steps`. If omitted, all steps are made."""
    include: Sequence[Include]
    """Additional data to return. For each recorded step: `params`, `gradients` and `predictions`.
    Once: `data`. For polynomials and `mse`: the `intervals` of the least-squares curve at each t of
    `at`, the `degrees` up to that of the model in comparison, and the `factor`, which stands for
    the points in later requests. For plain descent with a closed form: the `filter` of the
    analysis.
    """
    at: Sequence[float | str] | EveryRequest
    """The values of t at which to evaluate the fitted curve, in the form of the t of your points.
    For time stamps, an object with `every` and `until` gives them at equal distances. The result is
    `predictions_at`.
    """
    metadata: Mapping[str, str]
    """Your own entries, which are returned with the job."""
    kind: Literal["fit"]
    """The kind of the job. Default: `"fit"`."""


class FitJobSyntheticRequest(TypedDict, total=False):
    """A fit that continues after its request."""

    synthetic: Required[SyntheticRequest]
    """Points to draw instead of `data`. `{}` draws the lecture's roller coaster."""
    model: PolynomialRequest | MlpRequest
    """The curve to fit: a polynomial, or a small neural network. `kind` can be omitted for a
    polynomial. Default: `{"kind": "polynomial", "degree": 2}`.
    """
    loss: MseRequest | MaeRequest | HuberRequest
    """The loss to minimise. `gap` and the exact analysis exist for `mse` only. Default: `{"kind":
    "mse"}`.
    """
    optimizer: SgdRequest | AdamRequest | AdamWRequest | RmsPropRequest
    """An optimizer of torch.optim, with its options and defaults. Default: `{"kind": "sgd",
    "momentum": 0.0, "nesterov": false, "weight_decay": 0.0}`.
    """
    schedule: ConstantRequest | StepDecayRequest | CosineRequest | OneCycleRequest | RateListRequest
    """The rate of each step relative to `lr`, as in torch.optim.lr_scheduler. Default: `{"kind":
    "constant"}`.
    """
    batch_size: int
    """The number of points that each step sees. If omitted, each step sees all points."""
    batches: Batches
    """shuffled: without replacement, in a new order each epoch; the last, smaller batch counts.
    independent: drawn with replacement. Default: `"shuffled"`.
    """
    seed: int
    """The seed of the generator that draws the noise, the initial parameters, a random split and
    the batches, in this order. If omitted, the service chooses one and returns it in
    `resolved.seed`.
    """
    init: Start | ParamsRequest | NetworkRequest | ScaledRequest
    """The start. random: normal, in the coordinates of the descent; the layers of a network have
    variance 1 / inputs. Parameters are in the units of t and y, whatever `scale` is. Default:
    `"random"`.
    """
    steps: int
    """The number of updates to make. Default: `100`."""
    scale: ScaleChoice
    """The coordinates of the descent. auto: none if `lr` is a number, which applies to your t as it
    is, or if there is no rate to judge. For a rate that the service computes, such as the best one
    or a part of the limit: standardize if the best rate then comes within one percent of the
    optimum in `steps` steps, otherwise orthonormal. For a network: standardize. Default: `"auto"`.
    """
    validation: ValidationRequest
    """Points to hold out. If omitted, the descent sees all points."""
    solver: SolverChoice
    """loop: the textbook autograd loop. exact: the same trajectory in closed form. auto: exact
    wherever it applies. Default: `"auto"`.
    """
    precision: Precision
    """float32 is the arithmetic of the lecture. It implies the loop. Default: `"float64"`."""
    record_every: int
    """The number of steps between records. If omitted: 1 up to 10,000 steps, and beyond that the
    smallest number that gives at most 10,001 records.
    """
    lr: Literal["best"] | float | PartOfLimitRequest
    """The learning rate. best: the rate that gives the lowest loss after `steps` steps, computed
    exactly. If omitted: the best rate. If that cannot be computed: 0.001 for adam and adamw and
    0.01 for rmsprop, as in torch.optim; for sgd, 0.01 for a network, and otherwise half of the
    limit of least squares with all points in each step. `lr_default` in the answer says which.
    """
    stop: StopRequest
    """Rules that end the descent before `steps`. If omitted, all steps are made."""
    include: Sequence[Include]
    """Additional data to return. For each recorded step: `params`, `gradients` and `predictions`.
    Once: `data`. For polynomials and `mse`: the `intervals` of the least-squares curve at each t of
    `at`, the `degrees` up to that of the model in comparison, and the `factor`, which stands for
    the points in later requests. For plain descent with a closed form: the `filter` of the
    analysis.
    """
    at: Sequence[float | str] | EveryRequest
    """The values of t at which to evaluate the fitted curve, in the form of the t of your points.
    For time stamps, an object with `every` and `until` gives them at equal distances. The result is
    `predictions_at`.
    """
    metadata: Mapping[str, str]
    """Your own entries, which are returned with the job."""
    kind: Literal["fit"]
    """The kind of the job. Default: `"fit"`."""


class SweepJobPointsRequest(TypedDict, total=False):
    """A sweep that continues after its request."""

    model: PolynomialRequest | MlpRequest
    """The curve to fit: a polynomial, or a small neural network. `kind` can be omitted for a
    polynomial. Default: `{"kind": "polynomial", "degree": 2}`.
    """
    loss: MseRequest | MaeRequest | HuberRequest
    """The loss to minimise. `gap` and the exact analysis exist for `mse` only. Default: `{"kind":
    "mse"}`.
    """
    optimizer: SgdRequest | AdamRequest | AdamWRequest | RmsPropRequest
    """An optimizer of torch.optim, with its options and defaults. Default: `{"kind": "sgd",
    "momentum": 0.0, "nesterov": false, "weight_decay": 0.0}`.
    """
    schedule: ConstantRequest | StepDecayRequest | CosineRequest | OneCycleRequest | RateListRequest
    """The rate of each step relative to `lr`, as in torch.optim.lr_scheduler. Default: `{"kind":
    "constant"}`.
    """
    batch_size: int
    """The number of points that each step sees. If omitted, each step sees all points."""
    batches: Batches
    """shuffled: without replacement, in a new order each epoch; the last, smaller batch counts.
    independent: drawn with replacement. Default: `"shuffled"`.
    """
    seed: int
    """The seed of the generator that draws the noise, the initial parameters, a random split and
    the batches, in this order. If omitted, the service chooses one and returns it in
    `resolved.seed`.
    """
    init: Start | ParamsRequest | NetworkRequest | ScaledRequest
    """The start. random: normal, in the coordinates of the descent; the layers of a network have
    variance 1 / inputs. Parameters are in the units of t and y, whatever `scale` is. Default:
    `"random"`.
    """
    steps: int
    """The number of updates to make. Default: `100`."""
    scale: ScaleChoice
    """The coordinates of the descent. auto: none if `lr` is a number, which applies to your t as it
    is, or if there is no rate to judge. For a rate that the service computes, such as the best one
    or a part of the limit: standardize if the best rate then comes within one percent of the
    optimum in `steps` steps, otherwise orthonormal. For a network: standardize. Default: `"auto"`.
    """
    validation: ValidationRequest
    """Points to hold out. If omitted, the descent sees all points."""
    solver: SolverChoice
    """loop: the textbook autograd loop. exact: the same trajectory in closed form. auto: exact
    wherever it applies. Default: `"auto"`.
    """
    precision: Precision
    """float32 is the arithmetic of the lecture. It implies the loop. Default: `"float64"`."""
    record_every: int
    """The number of steps between records. If omitted: 1 up to 10,000 steps, and beyond that the
    smallest number that gives at most 10,001 records.
    """
    lrs: Required[Sequence[float] | LrRangeRequest | PartsOfLimitRequest]
    """The learning rates to compare: a list, a range, or parts of the limit."""
    include: Sequence[Literal["losses"]]
    """losses: the loss at each recorded step, for each rate."""
    metadata: Mapping[str, str]
    """Your own entries, which are returned with the job."""
    kind: Required[Literal["sweep"]]
    """The kind of the job."""


class SweepJobSyntheticRequest(TypedDict, total=False):
    """A sweep that continues after its request."""

    synthetic: Required[SyntheticRequest]
    """Points to draw instead of `data`. `{}` draws the lecture's roller coaster."""
    model: PolynomialRequest | MlpRequest
    """The curve to fit: a polynomial, or a small neural network. `kind` can be omitted for a
    polynomial. Default: `{"kind": "polynomial", "degree": 2}`.
    """
    loss: MseRequest | MaeRequest | HuberRequest
    """The loss to minimise. `gap` and the exact analysis exist for `mse` only. Default: `{"kind":
    "mse"}`.
    """
    optimizer: SgdRequest | AdamRequest | AdamWRequest | RmsPropRequest
    """An optimizer of torch.optim, with its options and defaults. Default: `{"kind": "sgd",
    "momentum": 0.0, "nesterov": false, "weight_decay": 0.0}`.
    """
    schedule: ConstantRequest | StepDecayRequest | CosineRequest | OneCycleRequest | RateListRequest
    """The rate of each step relative to `lr`, as in torch.optim.lr_scheduler. Default: `{"kind":
    "constant"}`.
    """
    batch_size: int
    """The number of points that each step sees. If omitted, each step sees all points."""
    batches: Batches
    """shuffled: without replacement, in a new order each epoch; the last, smaller batch counts.
    independent: drawn with replacement. Default: `"shuffled"`.
    """
    seed: int
    """The seed of the generator that draws the noise, the initial parameters, a random split and
    the batches, in this order. If omitted, the service chooses one and returns it in
    `resolved.seed`.
    """
    init: Start | ParamsRequest | NetworkRequest | ScaledRequest
    """The start. random: normal, in the coordinates of the descent; the layers of a network have
    variance 1 / inputs. Parameters are in the units of t and y, whatever `scale` is. Default:
    `"random"`.
    """
    steps: int
    """The number of updates to make. Default: `100`."""
    scale: ScaleChoice
    """The coordinates of the descent. auto: none if `lr` is a number, which applies to your t as it
    is, or if there is no rate to judge. For a rate that the service computes, such as the best one
    or a part of the limit: standardize if the best rate then comes within one percent of the
    optimum in `steps` steps, otherwise orthonormal. For a network: standardize. Default: `"auto"`.
    """
    validation: ValidationRequest
    """Points to hold out. If omitted, the descent sees all points."""
    solver: SolverChoice
    """loop: the textbook autograd loop. exact: the same trajectory in closed form. auto: exact
    wherever it applies. Default: `"auto"`.
    """
    precision: Precision
    """float32 is the arithmetic of the lecture. It implies the loop. Default: `"float64"`."""
    record_every: int
    """The number of steps between records. If omitted: 1 up to 10,000 steps, and beyond that the
    smallest number that gives at most 10,001 records.
    """
    lrs: Required[Sequence[float] | LrRangeRequest | PartsOfLimitRequest]
    """The learning rates to compare: a list, a range, or parts of the limit."""
    include: Sequence[Literal["losses"]]
    """losses: the loss at each recorded step, for each rate."""
    metadata: Mapping[str, str]
    """Your own entries, which are returned with the job."""
    kind: Required[Literal["sweep"]]
    """The kind of the job."""


class OneSeriesRequest(TypedDict, total=False):
    """The points of one series: t[i] belongs to y[i]. A point with a null is left out."""

    t: Required[Sequence[float | None]]
    """The times or other positions of the points, in float64; null if one is missing."""
    y: Required[Sequence[float | None]]
    """The value at each t; null if it is missing."""
    id: str
    """The name of the series. If omitted, it is the number of the row, from 0."""


class SeriesJobRowsRequest(TypedDict, total=False):
    """Many series whose fits continue after their request."""

    t: Required[Sequence[float]]
    """The t of all series, in float64. Integers beyond 2^53, which `POST /fit` takes as they are,
    are rounded here.
    """
    y: Required[Sequence[Sequence[float | None]]]
    """The y of each series, one list for each. A value that is null is missing: its point is left
    out.
    """
    model: PolynomialRequest
    """The polynomial to fit. Default: `{"kind": "polynomial", "degree": 2}`."""
    optimizer: SgdRequest
    """Gradient descent, plain or with momentum. Default: `{"kind": "sgd", "momentum": 0.0,
    "nesterov": false, "weight_decay": 0.0}`.
    """
    lr: Literal["best"] | float | PartOfLimitRequest
    """The learning rate. best: for each series, the rate that gives the lowest loss after `steps`
    steps. If omitted: the best rate.
    """
    steps: int
    """The number of updates to make. Default: `100`."""
    scale: ScaleChoice
    """The coordinates of the descent. auto: none if `lr` is a number. Otherwise, for each series,
    standardize if the best rate then comes within one percent of the optimum in `steps` steps, or
    else orthonormal. Default: `"auto"`.
    """
    seed: int
    """The seed of the random start, which is the same for all series in the coordinates of their
    descent. If omitted, the service chooses one and returns it in `resolved.seed`.
    """
    init: Start | ParamsRequest | NetworkRequest | ScaledRequest
    """The start of every series. random: normal, in the coordinates of the descent. Parameters are
    in the units of t and y, whatever `scale` is. Default: `"random"`.
    """
    at: Sequence[float]
    """The values of t at which to evaluate each curve. The result is `predictions_at`."""
    include: Sequence[SeriesInclude]
    """Additional columns to return. losses: the loss of each series at each recorded step.
    messages: the verdict on each series in English and Korean.
    """
    record_every: int
    """The number of steps between the `losses`. If omitted: 1 up to 10,000 steps, and beyond that
    the smallest number that gives at most 10,001 losses.
    """
    metadata: Mapping[str, str]
    """Your own entries, which are returned with the job."""
    kind: Required[Literal["series"]]
    """The kind of the job."""


class SeriesJobListedRequest(TypedDict, total=False):
    """Many series whose fits continue after their request."""

    series: Required[Sequence[OneSeriesRequest]]
    """The points of each series, if their t differ."""
    model: PolynomialRequest
    """The polynomial to fit. Default: `{"kind": "polynomial", "degree": 2}`."""
    optimizer: SgdRequest
    """Gradient descent, plain or with momentum. Default: `{"kind": "sgd", "momentum": 0.0,
    "nesterov": false, "weight_decay": 0.0}`.
    """
    lr: Literal["best"] | float | PartOfLimitRequest
    """The learning rate. best: for each series, the rate that gives the lowest loss after `steps`
    steps. If omitted: the best rate.
    """
    steps: int
    """The number of updates to make. Default: `100`."""
    scale: ScaleChoice
    """The coordinates of the descent. auto: none if `lr` is a number. Otherwise, for each series,
    standardize if the best rate then comes within one percent of the optimum in `steps` steps, or
    else orthonormal. Default: `"auto"`.
    """
    seed: int
    """The seed of the random start, which is the same for all series in the coordinates of their
    descent. If omitted, the service chooses one and returns it in `resolved.seed`.
    """
    init: Start | ParamsRequest | NetworkRequest | ScaledRequest
    """The start of every series. random: normal, in the coordinates of the descent. Parameters are
    in the units of t and y, whatever `scale` is. Default: `"random"`.
    """
    at: Sequence[float]
    """The values of t at which to evaluate each curve. The result is `predictions_at`."""
    include: Sequence[SeriesInclude]
    """Additional columns to return. losses: the loss of each series at each recorded step.
    messages: the verdict on each series in English and Korean.
    """
    record_every: int
    """The number of steps between the `losses`. If omitted: 1 up to 10,000 steps, and beyond that
    the smallest number that gives at most 10,001 losses.
    """
    metadata: Mapping[str, str]
    """Your own entries, which are returned with the job."""
    kind: Required[Literal["series"]]
    """The kind of the job."""


class ColumnsRequest(TypedDict, total=False):
    """The columns of a file that hold the points, each by its name or by its number, from 1."""

    t: str | int
    """The column of the times or other positions. If omitted, the first, unless it has no name and
    two more follow: then it has the numbers of the rows, and t is in the second.
    """
    y: str | int
    """The column of the values. If omitted, the second, or the third if t is in the second."""
    weights: str | int
    """The column of the weights. If omitted, all points weigh the same, unless an array in NPY has
    three columns, of which t and y are the first two.
    """
    sigma: str | int
    """The column of the standard deviations of the errors of y, instead of `weights`."""


class FitFileJobRequest(TypedDict, total=False):
    """The settings of a fit of the points of a file that continues after its request."""

    model: PolynomialRequest | MlpRequest
    """The curve to fit: a polynomial, or a small neural network. `kind` can be omitted for a
    polynomial. Default: `{"kind": "polynomial", "degree": 2}`.
    """
    loss: MseRequest | MaeRequest | HuberRequest
    """The loss to minimise. `gap` and the exact analysis exist for `mse` only. Default: `{"kind":
    "mse"}`.
    """
    optimizer: SgdRequest | AdamRequest | AdamWRequest | RmsPropRequest
    """An optimizer of torch.optim, with its options and defaults. Default: `{"kind": "sgd",
    "momentum": 0.0, "nesterov": false, "weight_decay": 0.0}`.
    """
    schedule: ConstantRequest | StepDecayRequest | CosineRequest | OneCycleRequest | RateListRequest
    """The rate of each step relative to `lr`, as in torch.optim.lr_scheduler. Default: `{"kind":
    "constant"}`.
    """
    batch_size: int
    """The number of points that each step sees. If omitted, each step sees all points."""
    batches: Batches
    """shuffled: without replacement, in a new order each epoch; the last, smaller batch counts.
    independent: drawn with replacement. Default: `"shuffled"`.
    """
    seed: int
    """The seed of the generator that draws the noise, the initial parameters, a random split and
    the batches, in this order. If omitted, the service chooses one and returns it in
    `resolved.seed`.
    """
    init: Start | ParamsRequest | NetworkRequest | ScaledRequest
    """The start. random: normal, in the coordinates of the descent; the layers of a network have
    variance 1 / inputs. Parameters are in the units of t and y, whatever `scale` is. Default:
    `"random"`.
    """
    steps: int
    """The number of updates to make. Default: `100`."""
    scale: ScaleChoice
    """The coordinates of the descent. auto: none if `lr` is a number, which applies to your t as it
    is, or if there is no rate to judge. For a rate that the service computes, such as the best one
    or a part of the limit: standardize if the best rate then comes within one percent of the
    optimum in `steps` steps, otherwise orthonormal. For a network: standardize. Default: `"auto"`.
    """
    validation: ValidationRequest
    """Points to hold out. If omitted, the descent sees all points."""
    solver: SolverChoice
    """loop: the textbook autograd loop. exact: the same trajectory in closed form. auto: exact
    wherever it applies. Default: `"auto"`.
    """
    precision: Precision
    """float32 is the arithmetic of the lecture. It implies the loop. Default: `"float64"`."""
    record_every: int
    """The number of steps between records. If omitted: 1 up to 10,000 steps, and beyond that the
    smallest number that gives at most 10,001 records.
    """
    lr: Literal["best"] | float | PartOfLimitRequest
    """The learning rate. best: the rate that gives the lowest loss after `steps` steps, computed
    exactly. If omitted: the best rate. If that cannot be computed: 0.001 for adam and adamw and
    0.01 for rmsprop, as in torch.optim; for sgd, 0.01 for a network, and otherwise half of the
    limit of least squares with all points in each step. `lr_default` in the answer says which.
    """
    stop: StopRequest
    """Rules that end the descent before `steps`. If omitted, all steps are made."""
    include: Sequence[Include]
    """Additional data to return. For each recorded step: `params`, `gradients` and `predictions`.
    Once: `data`. For polynomials and `mse`: the `intervals` of the least-squares curve at each t of
    `at`, the `degrees` up to that of the model in comparison, and the `factor`, which stands for
    the points in later requests. For plain descent with a closed form: the `filter` of the
    analysis.
    """
    at: Sequence[float | str] | EveryRequest
    """The values of t at which to evaluate the fitted curve, in the form of the t of your points.
    For time stamps, an object with `every` and `until` gives them at equal distances. The result is
    `predictions_at`.
    """
    columns: ColumnsRequest
    """The columns of the file that hold the points. Default: `{"t": null, "y": null, "weights":
    null, "sigma": null}`.
    """
    sigma_is: SigmaIs
    """The meaning of the column `sigma`, as in `data` of a request in JSON. Default: `"relative"`.
    """
    metadata: Mapping[str, str]
    """Your own entries, which are returned with the job."""
    kind: Literal["fit"]
    """The kind of the job. Default: `"fit"`."""


class SweepFileJobRequest(TypedDict, total=False):
    """The settings of a sweep about the points of a file that continues after its request."""

    model: PolynomialRequest | MlpRequest
    """The curve to fit: a polynomial, or a small neural network. `kind` can be omitted for a
    polynomial. Default: `{"kind": "polynomial", "degree": 2}`.
    """
    loss: MseRequest | MaeRequest | HuberRequest
    """The loss to minimise. `gap` and the exact analysis exist for `mse` only. Default: `{"kind":
    "mse"}`.
    """
    optimizer: SgdRequest | AdamRequest | AdamWRequest | RmsPropRequest
    """An optimizer of torch.optim, with its options and defaults. Default: `{"kind": "sgd",
    "momentum": 0.0, "nesterov": false, "weight_decay": 0.0}`.
    """
    schedule: ConstantRequest | StepDecayRequest | CosineRequest | OneCycleRequest | RateListRequest
    """The rate of each step relative to `lr`, as in torch.optim.lr_scheduler. Default: `{"kind":
    "constant"}`.
    """
    batch_size: int
    """The number of points that each step sees. If omitted, each step sees all points."""
    batches: Batches
    """shuffled: without replacement, in a new order each epoch; the last, smaller batch counts.
    independent: drawn with replacement. Default: `"shuffled"`.
    """
    seed: int
    """The seed of the generator that draws the noise, the initial parameters, a random split and
    the batches, in this order. If omitted, the service chooses one and returns it in
    `resolved.seed`.
    """
    init: Start | ParamsRequest | NetworkRequest | ScaledRequest
    """The start. random: normal, in the coordinates of the descent; the layers of a network have
    variance 1 / inputs. Parameters are in the units of t and y, whatever `scale` is. Default:
    `"random"`.
    """
    steps: int
    """The number of updates to make. Default: `100`."""
    scale: ScaleChoice
    """The coordinates of the descent. auto: none if `lr` is a number, which applies to your t as it
    is, or if there is no rate to judge. For a rate that the service computes, such as the best one
    or a part of the limit: standardize if the best rate then comes within one percent of the
    optimum in `steps` steps, otherwise orthonormal. For a network: standardize. Default: `"auto"`.
    """
    validation: ValidationRequest
    """Points to hold out. If omitted, the descent sees all points."""
    solver: SolverChoice
    """loop: the textbook autograd loop. exact: the same trajectory in closed form. auto: exact
    wherever it applies. Default: `"auto"`.
    """
    precision: Precision
    """float32 is the arithmetic of the lecture. It implies the loop. Default: `"float64"`."""
    record_every: int
    """The number of steps between records. If omitted: 1 up to 10,000 steps, and beyond that the
    smallest number that gives at most 10,001 records.
    """
    lrs: Required[Sequence[float] | LrRangeRequest | PartsOfLimitRequest]
    """The learning rates to compare: a list, a range, or parts of the limit."""
    include: Sequence[Literal["losses"]]
    """losses: the loss at each recorded step, for each rate."""
    columns: ColumnsRequest
    """The columns of the file that hold the points. Default: `{"t": null, "y": null, "weights":
    null, "sigma": null}`.
    """
    sigma_is: SigmaIs
    """The meaning of the column `sigma`, as in `data` of a request in JSON. Default: `"relative"`.
    """
    metadata: Mapping[str, str]
    """Your own entries, which are returned with the job."""
    kind: Required[Literal["sweep"]]
    """The kind of the job."""


class SeriesFileJobRequest(TypedDict, total=False):
    """The settings of the series of a file whose fits continue after their request."""

    model: PolynomialRequest
    """The polynomial to fit. Default: `{"kind": "polynomial", "degree": 2}`."""
    optimizer: SgdRequest
    """Gradient descent, plain or with momentum. Default: `{"kind": "sgd", "momentum": 0.0,
    "nesterov": false, "weight_decay": 0.0}`.
    """
    lr: Literal["best"] | float | PartOfLimitRequest
    """The learning rate. best: for each series, the rate that gives the lowest loss after `steps`
    steps. If omitted: the best rate.
    """
    steps: int
    """The number of updates to make. Default: `100`."""
    scale: ScaleChoice
    """The coordinates of the descent. auto: none if `lr` is a number. Otherwise, for each series,
    standardize if the best rate then comes within one percent of the optimum in `steps` steps, or
    else orthonormal. Default: `"auto"`.
    """
    seed: int
    """The seed of the random start, which is the same for all series in the coordinates of their
    descent. If omitted, the service chooses one and returns it in `resolved.seed`.
    """
    init: Start | ParamsRequest | NetworkRequest | ScaledRequest
    """The start of every series. random: normal, in the coordinates of the descent. Parameters are
    in the units of t and y, whatever `scale` is. Default: `"random"`.
    """
    at: Sequence[float]
    """The values of t at which to evaluate each curve. The result is `predictions_at`."""
    include: Sequence[SeriesInclude]
    """Additional columns to return. losses: the loss of each series at each recorded step.
    messages: the verdict on each series in English and Korean.
    """
    record_every: int
    """The number of steps between the `losses`. If omitted: 1 up to 10,000 steps, and beyond that
    the smallest number that gives at most 10,001 losses.
    """
    t: Sequence[float]
    """The t of all series, for a file of NPY that has only the y."""
    metadata: Mapping[str, str]
    """Your own entries, which are returned with the job."""
    kind: Required[Literal["series"]]
    """The kind of the job."""


class PartsOfPointsRequest(TypedDict, total=False):
    """The points of other jobs of yours, which may each be of a file. They are added up by the
    factors in the results of the jobs.
    """

    parts: Required[Sequence[str]]
    """The ids of jobs of fits that have succeeded, with `factor` in their `include`."""


class SeriesRowsRequest(TypedDict, total=False):
    """The points of many series, and the settings of their descents. The points are `t` and `y`, or
    `series`.
    """

    t: Required[Sequence[float]]
    """The t of all series, in float64. Integers beyond 2^53, which `POST /fit` takes as they are,
    are rounded here.
    """
    y: Required[Sequence[Sequence[float | None]]]
    """The y of each series, one list for each. A value that is null is missing: its point is left
    out.
    """
    model: PolynomialRequest
    """The polynomial to fit. Default: `{"kind": "polynomial", "degree": 2}`."""
    optimizer: SgdRequest
    """Gradient descent, plain or with momentum. Default: `{"kind": "sgd", "momentum": 0.0,
    "nesterov": false, "weight_decay": 0.0}`.
    """
    lr: Literal["best"] | float | PartOfLimitRequest
    """The learning rate. best: for each series, the rate that gives the lowest loss after `steps`
    steps. If omitted: the best rate.
    """
    steps: int
    """The number of updates to make. Default: `100`."""
    scale: ScaleChoice
    """The coordinates of the descent. auto: none if `lr` is a number. Otherwise, for each series,
    standardize if the best rate then comes within one percent of the optimum in `steps` steps, or
    else orthonormal. Default: `"auto"`.
    """
    seed: int
    """The seed of the random start, which is the same for all series in the coordinates of their
    descent. If omitted, the service chooses one and returns it in `resolved.seed`.
    """
    init: Start | ParamsRequest | NetworkRequest | ScaledRequest
    """The start of every series. random: normal, in the coordinates of the descent. Parameters are
    in the units of t and y, whatever `scale` is. Default: `"random"`.
    """
    at: Sequence[float]
    """The values of t at which to evaluate each curve. The result is `predictions_at`."""
    include: Sequence[SeriesInclude]
    """Additional columns to return. losses: the loss of each series at each recorded step.
    messages: the verdict on each series in English and Korean.
    """
    record_every: int
    """The number of steps between the `losses`. If omitted: 1 up to 10,000 steps, and beyond that
    the smallest number that gives at most 10,001 losses.
    """


class SeriesListedRequest(TypedDict, total=False):
    """The points of many series, and the settings of their descents. The points are `t` and `y`, or
    `series`.
    """

    series: Required[Sequence[OneSeriesRequest]]
    """The points of each series, if their t differ."""
    model: PolynomialRequest
    """The polynomial to fit. Default: `{"kind": "polynomial", "degree": 2}`."""
    optimizer: SgdRequest
    """Gradient descent, plain or with momentum. Default: `{"kind": "sgd", "momentum": 0.0,
    "nesterov": false, "weight_decay": 0.0}`.
    """
    lr: Literal["best"] | float | PartOfLimitRequest
    """The learning rate. best: for each series, the rate that gives the lowest loss after `steps`
    steps. If omitted: the best rate.
    """
    steps: int
    """The number of updates to make. Default: `100`."""
    scale: ScaleChoice
    """The coordinates of the descent. auto: none if `lr` is a number. Otherwise, for each series,
    standardize if the best rate then comes within one percent of the optimum in `steps` steps, or
    else orthonormal. Default: `"auto"`.
    """
    seed: int
    """The seed of the random start, which is the same for all series in the coordinates of their
    descent. If omitted, the service chooses one and returns it in `resolved.seed`.
    """
    init: Start | ParamsRequest | NetworkRequest | ScaledRequest
    """The start of every series. random: normal, in the coordinates of the descent. Parameters are
    in the units of t and y, whatever `scale` is. Default: `"random"`.
    """
    at: Sequence[float]
    """The values of t at which to evaluate each curve. The result is `predictions_at`."""
    include: Sequence[SeriesInclude]
    """Additional columns to return. losses: the loss of each series at each recorded step.
    messages: the verdict on each series in English and Korean.
    """
    record_every: int
    """The number of steps between the `losses`. If omitted: 1 up to 10,000 steps, and beyond that
    the smallest number that gives at most 10,001 losses.
    """


class SeriesFileRequest(TypedDict, total=False):
    """The settings of series whose points are a file."""

    model: PolynomialRequest
    """The polynomial to fit. Default: `{"kind": "polynomial", "degree": 2}`."""
    optimizer: SgdRequest
    """Gradient descent, plain or with momentum. Default: `{"kind": "sgd", "momentum": 0.0,
    "nesterov": false, "weight_decay": 0.0}`.
    """
    lr: Literal["best"] | float | PartOfLimitRequest
    """The learning rate. best: for each series, the rate that gives the lowest loss after `steps`
    steps. If omitted: the best rate.
    """
    steps: int
    """The number of updates to make. Default: `100`."""
    scale: ScaleChoice
    """The coordinates of the descent. auto: none if `lr` is a number. Otherwise, for each series,
    standardize if the best rate then comes within one percent of the optimum in `steps` steps, or
    else orthonormal. Default: `"auto"`.
    """
    seed: int
    """The seed of the random start, which is the same for all series in the coordinates of their
    descent. If omitted, the service chooses one and returns it in `resolved.seed`.
    """
    init: Start | ParamsRequest | NetworkRequest | ScaledRequest
    """The start of every series. random: normal, in the coordinates of the descent. Parameters are
    in the units of t and y, whatever `scale` is. Default: `"random"`.
    """
    at: Sequence[float]
    """The values of t at which to evaluate each curve. The result is `predictions_at`."""
    include: Sequence[SeriesInclude]
    """Additional columns to return. losses: the loss of each series at each recorded step.
    messages: the verdict on each series in English and Korean.
    """
    record_every: int
    """The number of steps between the `losses`. If omitted: 1 up to 10,000 steps, and beyond that
    the smallest number that gives at most 10,001 losses.
    """
    t: Sequence[float]
    """The t of all series, for a file of NPY that has only the y."""


class FitFileRequest(TypedDict, total=False):
    """The settings of a fit whose points are a file."""

    model: PolynomialRequest | MlpRequest
    """The curve to fit: a polynomial, or a small neural network. `kind` can be omitted for a
    polynomial. Default: `{"kind": "polynomial", "degree": 2}`.
    """
    loss: MseRequest | MaeRequest | HuberRequest
    """The loss to minimise. `gap` and the exact analysis exist for `mse` only. Default: `{"kind":
    "mse"}`.
    """
    optimizer: SgdRequest | AdamRequest | AdamWRequest | RmsPropRequest
    """An optimizer of torch.optim, with its options and defaults. Default: `{"kind": "sgd",
    "momentum": 0.0, "nesterov": false, "weight_decay": 0.0}`.
    """
    schedule: ConstantRequest | StepDecayRequest | CosineRequest | OneCycleRequest | RateListRequest
    """The rate of each step relative to `lr`, as in torch.optim.lr_scheduler. Default: `{"kind":
    "constant"}`.
    """
    batch_size: int
    """The number of points that each step sees. If omitted, each step sees all points."""
    batches: Batches
    """shuffled: without replacement, in a new order each epoch; the last, smaller batch counts.
    independent: drawn with replacement. Default: `"shuffled"`.
    """
    seed: int
    """The seed of the generator that draws the noise, the initial parameters, a random split and
    the batches, in this order. If omitted, the service chooses one and returns it in
    `resolved.seed`.
    """
    init: Start | ParamsRequest | NetworkRequest | ScaledRequest
    """The start. random: normal, in the coordinates of the descent; the layers of a network have
    variance 1 / inputs. Parameters are in the units of t and y, whatever `scale` is. Default:
    `"random"`.
    """
    steps: int
    """The number of updates to make. Default: `100`."""
    scale: ScaleChoice
    """The coordinates of the descent. auto: none if `lr` is a number, which applies to your t as it
    is, or if there is no rate to judge. For a rate that the service computes, such as the best one
    or a part of the limit: standardize if the best rate then comes within one percent of the
    optimum in `steps` steps, otherwise orthonormal. For a network: standardize. Default: `"auto"`.
    """
    validation: ValidationRequest
    """Points to hold out. If omitted, the descent sees all points."""
    solver: SolverChoice
    """loop: the textbook autograd loop. exact: the same trajectory in closed form. auto: exact
    wherever it applies. Default: `"auto"`.
    """
    precision: Precision
    """float32 is the arithmetic of the lecture. It implies the loop. Default: `"float64"`."""
    record_every: int
    """The number of steps between records. If omitted: 1 up to 10,000 steps, and beyond that the
    smallest number that gives at most 10,001 records.
    """
    lr: Literal["best"] | float | PartOfLimitRequest
    """The learning rate. best: the rate that gives the lowest loss after `steps` steps, computed
    exactly. If omitted: the best rate. If that cannot be computed: 0.001 for adam and adamw and
    0.01 for rmsprop, as in torch.optim; for sgd, 0.01 for a network, and otherwise half of the
    limit of least squares with all points in each step. `lr_default` in the answer says which.
    """
    stop: StopRequest
    """Rules that end the descent before `steps`. If omitted, all steps are made."""
    include: Sequence[Include]
    """Additional data to return. For each recorded step: `params`, `gradients` and `predictions`.
    Once: `data`. For polynomials and `mse`: the `intervals` of the least-squares curve at each t of
    `at`, the `degrees` up to that of the model in comparison, and the `factor`, which stands for
    the points in later requests. For plain descent with a closed form: the `filter` of the
    analysis.
    """
    at: Sequence[float | str] | EveryRequest
    """The values of t at which to evaluate the fitted curve, in the form of the t of your points.
    For time stamps, an object with `every` and `until` gives them at equal distances. The result is
    `predictions_at`.
    """
    columns: ColumnsRequest
    """The columns of the file that hold the points. Default: `{"t": null, "y": null, "weights":
    null, "sigma": null}`.
    """
    sigma_is: SigmaIs
    """The meaning of the column `sigma`, as in `data` of a request in JSON. Default: `"relative"`.
    """


class SweepFileRequest(TypedDict, total=False):
    """The settings of a sweep whose points are a file."""

    model: PolynomialRequest | MlpRequest
    """The curve to fit: a polynomial, or a small neural network. `kind` can be omitted for a
    polynomial. Default: `{"kind": "polynomial", "degree": 2}`.
    """
    loss: MseRequest | MaeRequest | HuberRequest
    """The loss to minimise. `gap` and the exact analysis exist for `mse` only. Default: `{"kind":
    "mse"}`.
    """
    optimizer: SgdRequest | AdamRequest | AdamWRequest | RmsPropRequest
    """An optimizer of torch.optim, with its options and defaults. Default: `{"kind": "sgd",
    "momentum": 0.0, "nesterov": false, "weight_decay": 0.0}`.
    """
    schedule: ConstantRequest | StepDecayRequest | CosineRequest | OneCycleRequest | RateListRequest
    """The rate of each step relative to `lr`, as in torch.optim.lr_scheduler. Default: `{"kind":
    "constant"}`.
    """
    batch_size: int
    """The number of points that each step sees. If omitted, each step sees all points."""
    batches: Batches
    """shuffled: without replacement, in a new order each epoch; the last, smaller batch counts.
    independent: drawn with replacement. Default: `"shuffled"`.
    """
    seed: int
    """The seed of the generator that draws the noise, the initial parameters, a random split and
    the batches, in this order. If omitted, the service chooses one and returns it in
    `resolved.seed`.
    """
    init: Start | ParamsRequest | NetworkRequest | ScaledRequest
    """The start. random: normal, in the coordinates of the descent; the layers of a network have
    variance 1 / inputs. Parameters are in the units of t and y, whatever `scale` is. Default:
    `"random"`.
    """
    steps: int
    """The number of updates to make. Default: `100`."""
    scale: ScaleChoice
    """The coordinates of the descent. auto: none if `lr` is a number, which applies to your t as it
    is, or if there is no rate to judge. For a rate that the service computes, such as the best one
    or a part of the limit: standardize if the best rate then comes within one percent of the
    optimum in `steps` steps, otherwise orthonormal. For a network: standardize. Default: `"auto"`.
    """
    validation: ValidationRequest
    """Points to hold out. If omitted, the descent sees all points."""
    solver: SolverChoice
    """loop: the textbook autograd loop. exact: the same trajectory in closed form. auto: exact
    wherever it applies. Default: `"auto"`.
    """
    precision: Precision
    """float32 is the arithmetic of the lecture. It implies the loop. Default: `"float64"`."""
    record_every: int
    """The number of steps between records. If omitted: 1 up to 10,000 steps, and beyond that the
    smallest number that gives at most 10,001 records.
    """
    lrs: Required[Sequence[float] | LrRangeRequest | PartsOfLimitRequest]
    """The learning rates to compare: a list, a range, or parts of the limit."""
    include: Sequence[Literal["losses"]]
    """losses: the loss at each recorded step, for each rate."""
    columns: ColumnsRequest
    """The columns of the file that hold the points. Default: `{"t": null, "y": null, "weights":
    null, "sigma": null}`.
    """
    sigma_is: SigmaIs
    """The meaning of the column `sigma`, as in `data` of a request in JSON. Default: `"relative"`.
    """


class AnalysisFileRequest(TypedDict, total=False):
    """The settings of an analysis whose points are a file."""

    model: PolynomialRequest | MlpRequest
    """The curve to fit: a polynomial, or a small neural network. `kind` can be omitted for a
    polynomial. Default: `{"kind": "polynomial", "degree": 2}`.
    """
    loss: MseRequest | MaeRequest | HuberRequest
    """The loss to minimise. `gap` and the exact analysis exist for `mse` only. Default: `{"kind":
    "mse"}`.
    """
    optimizer: SgdRequest | AdamRequest | AdamWRequest | RmsPropRequest
    """An optimizer of torch.optim, with its options and defaults. Default: `{"kind": "sgd",
    "momentum": 0.0, "nesterov": false, "weight_decay": 0.0}`.
    """
    schedule: ConstantRequest | StepDecayRequest | CosineRequest | OneCycleRequest | RateListRequest
    """The rate of each step relative to `lr`, as in torch.optim.lr_scheduler. Default: `{"kind":
    "constant"}`.
    """
    batch_size: int
    """The number of points that each step sees. If omitted, each step sees all points."""
    batches: Batches
    """shuffled: without replacement, in a new order each epoch; the last, smaller batch counts.
    independent: drawn with replacement. Default: `"shuffled"`.
    """
    seed: int
    """The seed of the generator that draws the noise, the initial parameters, a random split and
    the batches, in this order. If omitted, the service chooses one and returns it in
    `resolved.seed`.
    """
    init: Start | ParamsRequest | NetworkRequest | ScaledRequest
    """The start. random: normal, in the coordinates of the descent; the layers of a network have
    variance 1 / inputs. Parameters are in the units of t and y, whatever `scale` is. Default:
    `"random"`.
    """
    steps: int
    """The number of updates to make. Default: `100`."""
    scale: ScaleChoice
    """The coordinates of the descent. auto: none if `lr` is a number, which applies to your t as it
    is, or if there is no rate to judge. For a rate that the service computes, such as the best one
    or a part of the limit: standardize if the best rate then comes within one percent of the
    optimum in `steps` steps, otherwise orthonormal. For a network: standardize. Default: `"auto"`.
    """
    validation: ValidationRequest
    """Points to hold out. If omitted, the descent sees all points."""
    lr: Literal["best"] | float | PartOfLimitRequest
    """The learning rate to judge. If omitted, the answer is about all rates."""
    include: Sequence[Literal["factor"]]
    """factor: the points in compressed form, which stands for them in later requests. It exists for
    polynomials and `mse`.
    """
    columns: ColumnsRequest
    """The columns of the file that hold the points. Default: `{"t": null, "y": null, "weights":
    null, "sigma": null}`.
    """
    sigma_is: SigmaIs
    """The meaning of the column `sigma`, as in `data` of a request in JSON. Default: `"relative"`.
    """


class MergedPointsRequest(TypedDict, total=False):
    """The points of earlier requests, by their factors, and new points: t[i] belongs to y[i]. A
    point with a null is left out. Without factors, `t` and `y` are required. With factors, the
    losses must have a closed form, and there are no predictions of points, no held-out points and
    no pictures.
    """

    t: Sequence[float | str | None]
    """The times or other positions of the points: numbers, or time stamps of RFC 3339, such as
    2024-02-29T12:00:00.5+09:00, from 1677-09-22 to 2262-04-10. Integers below 2^62 and stamps, to
    the nanosecond, keep all their digits. A date without a time is midnight in UTC. For stamps, the
    unit of t is a second, counted from 1970-01-01T00:00:00Z. null is a missing value.
    """
    y: Sequence[float | None]
    """The value at each t. null is a missing value."""
    weights: Sequence[float | None]
    """The weight of each point. Losses are weighted means, so only the ratios of the weights
    matter. A point with the weight 0 is left out. If omitted, all points weigh the same.
    """
    sigma: Sequence[float | None]
    """The standard deviation of the error of each y, instead of `weights`. A point weighs 1 /
    sigma^2.
    """
    sigma_is: SigmaIs
    """relative: only the ratios of `sigma` are known, and the points show how large the errors are.
    absolute: `sigma` is in the unit of y, and alone gives the uncertainty of the optimum, even
    where the points scatter more or less. Default: `"relative"`.
    """
    factors: Required[Sequence[PortableFactorRequest]]
    """The `factor` of each of several answers. The fit is that of all their points and of `t` and
    `y`. A point without a weight has the weight 1, and one with a `sigma` 1 / sigma^2.
    """
    remove: Sequence[PortableFactorRequest]
    """The factors of points that are taken away again from those of `factors`, `t` and `y`."""


class Alive(Answer):
    """The state of a process that answers."""

    status: Literal["alive"]
    """The process answers."""


class Error(Answer):
    """One rule that a body breaks."""

    pointer: str
    """JSON pointer into the body as sent or, with a file, into its options. For an unknown or
    missing field, it is that of its parent.
    """
    code: Code
    """The kind of rule that is broken."""
    detail: str
    """The reason and what to do, in English."""


class Job(Answer):
    """A fit, a sweep or many series that continue after their request."""

    id: str
    """The id of the job: 26 hexadecimal digits."""
    kind: JobKind
    """The question: a fit, a sweep or many series."""
    status: JobStatus
    """A fit that diverges has succeeded: its result reports the divergence. `failed` is for jobs
    that ended in an error.
    """
    progress: Progress
    """The progress of the job."""
    created_at: str
    """When the job was created, in UTC."""
    started_at: str | None
    """When a worker started the job, in UTC. Absent while the job waits."""
    finished_at: str | None
    """When the job ended, in UTC. Absent before."""
    request: dict[str, Any] | None
    """The request as sent, with its seed, without the points. Absent in a list."""
    error: Problem | None
    """The problem that ended the job."""
    metadata: dict[str, str]
    """Your own entries, as sent."""


class JobPage(Answer):
    """Jobs, the newest first."""

    data: list[Job]
    """The jobs, without their requests."""
    has_more: bool
    """True if there are older jobs. To get them, set `after` to the id of the last job."""


class Limits(Answer):
    """The limits in force."""

    target_bytes: int
    """Maximum size of the path and query, in bytes."""
    head_bytes: int
    """Maximum size of the headers, in bytes."""
    headers: int
    """Maximum number of headers."""
    head_seconds: float
    """Maximum time for the head of a request to arrive, in seconds."""
    body_seconds: float
    """Maximum time for the body of a request to arrive, in seconds. A file of a job above
    `upload_bytes` has as much more time.
    """
    connections: int
    """Maximum number of open connections."""
    body_bytes: int
    """Maximum size of the body, in bytes."""
    upload_bytes: int
    """Maximum size of a file, in bytes."""
    job_file_bytes: int
    """Maximum size of a file of CSV of a job, in bytes."""
    held_bytes: int
    """Maximum size of all large bodies that arrive and all large answers that wait for their
    clients, in bytes.
    """
    points: int
    """Maximum number of points of a fit in JSON, and of each series of `POST /series`."""
    points_in_file: int
    """Maximum number of points in a file if all are needed at once: for the loop, batches, held-out
    points, networks and predictions of the points. Other questions take as many as a file holds.
    """
    series: int
    """Maximum number of series in one file."""
    series_in_json: int
    """Maximum number of series in one request in JSON."""
    values_in_json: int
    """Maximum number of values of t and y of series in JSON, counted by their commas."""
    series_points: int
    """Maximum number of points of all series in one file, including missing ones."""
    series_id: int
    """Maximum length of the name of a series, in characters."""
    degree: int
    """Maximum degree of a polynomial."""
    steps: int
    """Maximum number of steps."""
    at: int
    """Maximum number of values in `at`."""
    records: int
    """Maximum number of recorded steps in one answer."""
    numbers: int
    """Maximum number of numbers in one answer: records x columns."""
    number: float
    """Maximum absolute value of t, y and coefficients."""
    lr: float
    """Maximum learning rate."""
    lrs: int
    """Maximum number of rates in one sweep."""
    schedule: int
    """Maximum number of rates in a list."""
    layers: int
    """Maximum number of hidden layers in a network."""
    units: int
    """Maximum number of units in one layer."""
    unit_values: int
    """Maximum number of points of a fit times the hidden units of its network."""
    seed: int
    """Maximum seed."""
    fit_seconds: float
    """Maximum predicted CPU time of a fit, in seconds. Its wall-clock limit is three times that."""
    workers: int
    """Number of worker processes that one client can keep busy with long fits."""
    waiting_fits: int
    """Maximum number of fits that may wait while the workers run long ones. For each worker that is
    soon idle, 128 more small fits may wait.
    """
    fits_per_client: int | None
    """Maximum number of running and waiting fits of one client. Absent if there is no limit."""
    wait_seconds: float
    """Maximum time that a fit waits for a worker, in seconds."""
    streams: int
    """Maximum number of open streams."""
    stream_seconds: float
    """Maximum time that a stream may be open, in seconds."""
    job_seconds: float
    """Maximum predicted CPU time of a job, in seconds. It may take twice that CPU time."""
    waiting_jobs: int
    """Maximum number of jobs that may wait."""
    waiting_jobs_per_client: int
    """Maximum number of jobs of one client that may wait: of a key or, without keys, an address."""
    jobs_per_key: int
    """Maximum number of jobs of one key that may wait and run at once."""
    kept_jobs: int
    """Maximum number of jobs that are kept after their end."""
    job_kept_seconds: float
    """Time for which a job is kept after its end, in seconds."""
    store_bytes: int
    """Maximum size of all jobs that wait, run and are kept, in bytes."""
    metadata: int
    """Maximum number of entries in the metadata of a job."""
    idempotency_key: int
    """Maximum length of an Idempotency-Key, in characters."""
    page: int
    """Maximum number of jobs in one list."""
    shutdown_seconds: int
    """Maximum time that a shutdown may take, in seconds."""


class Problem(Answer):
    """An RFC 9457 problem."""

    type: str
    """The path of a page of this service that explains the code."""
    title: str
    """The meaning of the code, in English."""
    status: int
    """The HTTP status."""
    detail: str
    """The reason in this case and what to do, in English."""
    code: Code
    """The kind of problem, for programs."""
    request_id: str
    """The id of the request. The log of the service has it too."""
    errors: list[Error] | None
    """The rules that the body breaks, at most 20."""
    limit: float | None
    """The limit that was exceeded."""
    given: float | None
    """The actual value that exceeds the limit."""


class Progress(Answer):
    """The progress of a job."""

    steps_done: int
    """The number of the last recorded step. For series: the number of series that are done. A sweep
    has no progress until its end.
    """
    steps: int
    """The number of steps requested. For series: the number of series, which is 0 until their file
    is read.
    """
    points_read: int | None
    """The number of points that are read of a file in parts. Absent for other jobs, and before the
    first part is read.
    """


class Ready(Answer):
    """The state of a service whose workers are all warm, that can store jobs and is not shutting
    down.
    """

    status: Literal["ready"]
    """The service answers fits."""
    workers: int
    """The number of worker processes."""


class Adam(Answer):
    """torch.optim.Adam. The weight decay is part of the gradient."""

    kind: Literal["adam"]
    """The name of the optimizer."""
    betas: list[float]
    """The factors by which the influence of earlier gradients fades in each step: in their mean and
    in their mean square.
    """
    eps: float
    """A small number that is added to the divisor, so that it is not 0."""
    weight_decay: float
    """The weight decay: how strongly each step pulls the parameters towards 0."""
    amsgrad: bool
    """If true, each step divides by the largest mean square so far instead of the last."""


class AdamW(Answer):
    """torch.optim.AdamW. The weight decay is applied separately from the gradient."""

    kind: Literal["adamw"]
    """The name of the optimizer."""
    betas: list[float]
    """The factors by which the influence of earlier gradients fades in each step: in their mean and
    in their mean square.
    """
    eps: float
    """A small number that is added to the divisor, so that it is not 0."""
    weight_decay: float
    """The weight decay: each step multiplies the parameters by 1 - rate * weight_decay."""
    amsgrad: bool
    """If true, each step divides by the largest mean square so far instead of the last."""


class Analysis(Answer):
    """The analysis of a descent, in the coordinates of the descent. A value is null if it does not
    apply or is not known before the end.  If a descent uses several learning rates or batches, the
    limits are those of plain descent on all training points. With the weight decay of sgd, all of
    this is about the loss plus the decay.
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
    filter: SpectralFilter | None
    """The descent as a filter of the least-squares solution, if `include` requests it. It is absent
    before the end, and if a factor does not fit in a double.
    """


class Best(Answer):
    """The recorded step with the lowest loss; the first if there are several. With `stop` or
    `validation`, every step is considered, recorded or not.  If points are held out, their loss
    decides.
    """

    step: int
    """The number of the step."""
    loss: float
    """The lowest loss: the validation loss if points are held out."""
    params: Params | Network
    """The parameters after this step, in the units of your t and y."""


class Constant(Answer):
    """The same rate for every step."""

    kind: Literal["constant"]
    """The name of the schedule."""


class Cosine(Answer):
    """Half a cosine from the rate down to `eta_min`, over all steps, like torch's
    CosineAnnealingLR.
    """

    kind: Literal["cosine"]
    """The name of the schedule."""
    eta_min: float
    """The rate at the end of the cosine."""


class Curve(Answer):
    """The parabola a (t - vertex)^2 + floor."""

    a: float
    """The coefficient of the square."""
    vertex: float
    """The t of the lowest or highest point."""
    floor: float
    """The value at the vertex."""


class DataPoints(Answer):
    """The points of the fit."""

    t: list[float] | list[str]
    """The t of each point. Time stamps are in UTC."""
    y: list[float]
    """The y of each point."""
    held_out: list[int] | None
    """The indices, from 0, of the held-out points."""
    weights: list[float] | None
    """The weight of each point, with the mean 1, if the points have weights."""


class DataUsed(Answer):
    """The number of points that were used, if some of those in the request were left out, or if it
    has factors.
    """

    points: int
    """The number of points that were used."""
    missing: int
    """The number of points that were left out because a value is null."""
    weightless: int
    """The number of points that were left out because their weight is 0."""


class DegreeFit(Answer):
    """The least-squares polynomial of one degree. All values but `rss` and `r2` are null if y does
    not vary, or if the points leave this degree no degrees of freedom or do not determine it.
    """

    degree: int
    """The degree of the polynomial."""
    rss: float
    """The residual sum of squares; 0 if only rounding remains."""
    r2: float | None
    """The coefficient of determination: 1 - `rss` / total sum of squares; null if y is constant."""
    adjusted_r2: float | None
    """The coefficient of determination from mean squares: 1 - (`rss` / (n - p)) / (total / (n - 1))
    for p = degree + 1 coefficients.
    """
    aicc: float | None
    """The corrected Akaike information criterion, lower is better: n ln(`rss` / n) + 2 k n / (n - k
    - 1), where k = degree + 2 counts the coefficients and the variance; null if n <= k + 1 or if
    the fit is perfect. Full log-likelihoods add n (1 + ln 2 pi).
    """
    bic: float | None
    """The Bayesian information criterion, lower is better: n ln(`rss` / n) + k ln n, with the same
    k; null if the fit is perfect. Full log-likelihoods add n (1 + ln 2 pi).
    """
    f_statistic: float | None
    """The F statistic of the highest coefficient, with 1 and n - p degrees of freedom: the decrease
    of `rss` from the degree below, divided by `rss` / (n - p); null for degree 0 and for a perfect
    fit.
    """
    p_value: float | None
    """The probability of an F statistic at least as large if the true coefficient is 0; null if
    `f_statistic` is.
    """


class Facts(Answer):
    """The numbers behind the sentences of a verdict. A number that does not apply is left out.  A
    loss that is zero but for rounding is 0.
    """

    steps: int | None
    """The number of updates that are judged."""
    start_loss: float | None
    """The loss before the first step."""
    loss: float | None
    """The loss after the last step."""
    lowest: float | None
    """The lowest loss of any parameters or, with the weight decay of sgd, that of `ridge`."""
    weight_decay: float | None
    """The weight decay of sgd, if there is any."""
    lowest_without_decay: float | None
    """The lowest loss of any parameters, if there is weight decay."""
    r2: float | None
    """The coefficient of determination of the curve after the last step, if y varies."""
    exact_loss: float | None
    """The loss after as many steps in exact arithmetic, if rounding decided how the descent ended.
    """
    precision: Precision | None
    """The precision of the descent."""
    degree: int | None
    """The degree of the polynomial."""
    progress: float | None
    """The fraction of the possible decrease in loss that the steps achieved, unless the descent
    starts at the optimum. It is negative if the loss grew.
    """
    fewest_steps: int | None
    """No constant rate reaches the optimum in fewer steps, in the coordinates of the descent."""
    steps_needed: int | None
    """The number of steps after which this rate reaches the optimum."""
    rescaled_scale: Scale | None
    """Other coordinates, in which fewer steps are enough."""
    rescaled_steps: int | None
    """No constant rate reaches the optimum in fewer steps, in the coordinates `rescaled_scale`."""
    flat_directions: int | None
    """The number of directions that are too flat for the best rate and this number of steps."""
    directions: int | None
    """The number of directions: one per coefficient."""
    peak_loss: float | None
    """The highest loss of all steps made, if the descent is observed, or has momentum and at most
    10,000 steps.
    """
    peak_step: int | None
    """The step with the highest loss."""
    passed_step: int | None
    """The first step at which a descent with momentum was at the optimum, if it left it again."""
    closer_percent: float | None
    """The percentage by which a step shortens the distance to the optimum, in the steepest
    direction.
    """
    growth_decades: float | None
    """The decimal logarithm of the factor by which a step multiplies the loss in the steepest
    direction. The factor itself can be too large for a number.
    """
    diverged_at: int | None
    """The first step whose loss is not finite."""
    validation_loss: float | None
    """The last loss on the held-out points."""
    first_rate: float | None
    """The rate of the first step, if a schedule changes it."""
    largest_rate: float | None
    """The largest rate of all steps made, if a schedule changes it."""
    last_rate: float | None
    """The rate of the last step, if a schedule changes it."""
    batch_size: int | None
    """The number of points that each step sees, if it does not see all."""
    lr_limit: float | None
    """The limit of the learning rate for all training points."""
    lr_limit_mean_square: float | None
    """The limit of the learning rate for independent batches of this size."""


class History(Answer):
    """The quantities that `include` requests: one list per quantity, with one entry per recorded
    step.
    """

    step: list[int]
    """The number of each recorded step."""
    params: dict[str, list[float]] | list[Network] | None
    """The parameters at each recorded step, in the units of your t and y."""
    gradients: dict[str, list[float]] | list[Network] | None
    """The gradients of the loss of all training points, also if a step uses a batch. They are with
    respect to the parameters in the coordinates of the descent.
    """
    predictions: list[list[float]] | None
    """The values of the curve at the t of each point."""


class Huber(Answer):
    """The Huber loss: half the squared error up to `delta`, and linear beyond."""

    kind: Literal["huber"]
    """The name of the loss."""
    delta: float
    """The residual up to which the loss is a square, in the unit of y."""


class Intervals(Answer):
    """The 95 % t intervals at each t of `at`: pairs of a lower and an upper bound. They belong to
    the least-squares curve, not to the curve that the descent has reached.
    """

    mean95: list[list[Any]]
    """The interval of the curve itself: of the mean of y at this t."""
    new95: list[list[Any]]
    """The interval of a new point at this t, which scatters about the curve as the points do."""


class Layer(Answer):
    """The weights of a layer, with a row for each unit, and a bias for each unit."""

    weight: list[list[float]]
    """The weights: a row for each unit, with a number for each input."""
    bias: list[float]
    """The bias of each unit."""


class Mae(Answer):
    """The mean absolute error. Outliers have no more influence than other points."""

    kind: Literal["mae"]
    """The name of the loss."""


class Message(Answer):
    """The verdict for people in a few words and at most three sentences, in English and Korean."""

    en: str
    """The message in English."""
    ko: str
    """The message in Korean."""


class Mlp(Answer):
    """A small neural network. `hidden` lists the units of each hidden layer. The activation is
    applied after each of them, and the output layer has one unit.
    """

    kind: Literal["mlp"]
    """The name of the model."""
    hidden: list[int]
    """The number of units of each hidden layer."""
    activation: Activation
    """The function that is applied after each hidden layer."""


class Mode(Answer):
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


class Mse(Answer):
    """The mean squared error, the loss of the lecture."""

    kind: Literal["mse"]
    """The name of the loss."""


class Network(Answer):
    """The parameters of a network."""

    layers: list[Layer]
    """The hidden layers, then the output layer."""


class OneCycle(Answer):
    """A rise to the rate in the first part of the steps, then a fall, like torch's OneCycleLR, but
    with constant momentum.
    """

    kind: Literal["one_cycle"]
    """The name of the schedule."""
    pct_start: float
    """The fraction of the steps in which the rate rises."""
    div_factor: float
    """The rate `lr` divided by the rate of the first step."""
    final_div_factor: float
    """The rate of the first step divided by the rate of the last."""


class Optimum(Answer):
    """The optimum of the training points (all points that are not held out): the polynomial with
    the lowest loss.
    """

    params: Params
    """The coefficients, in the units of your t and y. If several curves fit best, one of the lowest
    degree.
    """
    loss: float
    """The lowest loss of any coefficients."""
    r2: float | None
    """The coefficient of determination: 1 - residual / total sum of squares; null if y does not
    vary, or if the optimum is not that of least squares.
    """
    standard_errors: Params | None
    """The standard error of each coefficient, with n - p degrees of freedom; 0 if the points lie on
    the curve to the last digit; null if there are no degrees of freedom, if the optimum is not that
    of least squares or not unique, or if an error does not fit in a double.
    """
    interval95: dict[str, list[Any]] | None
    """The 95 % t interval of each coefficient; null if `standard_errors` is null or 0, or if a
    bound does not fit in a double.
    """
    unique: bool
    """False if the points do not determine every coefficient."""
    basis: OptimumBasis
    """least_squares: the optimum of `mse`. robust: the optimum of the robust loss that the descent
    minimises.
    """


class Polynomial(Answer):
    """A polynomial. Its coefficients are named a, b, c, ... from the highest power down."""

    kind: Literal["polynomial"]
    """The name of the model."""
    degree: int
    """The highest power of t."""


class PortableFactor(Answer):
    """Points in compressed form: everything that least squares needs of them, as few numbers. Send
    it back in `data.factors` to continue from these points.  The columns are Newton's polynomials
    N_k(t) = (t - nodes[0]) ... (t - nodes[k - 1]) / scale^k. `triangle` is the R of the QR
    decomposition of the rows root * [N_0(t), ..., N_degree(t), y - level], with the square root of
    each point's weight.
    """

    points: int
    """The number of points."""
    missing: int
    """The number of points that were left out because a value is null."""
    weightless: int
    """The number of points that were left out because their weight is 0."""
    sigma_is: SigmaIs
    """absolute: the weights are 1 / sigma^2, and sigma is in the unit of y. relative: only the
    ratios of the weights are known, or there are none.
    """
    degree: int
    """The highest degree for which the factor replaces the points."""
    extent: list[float | str]
    """The smallest and the largest t, as numbers or as time stamps. Points that `remove` has taken
    away are included, because a factor does not show which t remain.
    """
    mean: float
    """The mean of t, minus `nodes[0]`; in seconds for time stamps."""
    scale: float
    """The standard deviation of t, or 1 if all t are the same; in seconds for time stamps."""
    nodes: list[float | str]
    """The nodes of the polynomials: one per degree, or as many as there are different t. They have
    the form of `extent`.
    """
    level: float
    """A number that is subtracted from y, so that y keeps its digits far from 0: its mean."""
    triangle: list[list[float]]
    """The rows of R from its diagonal on, which is positive. The last entry of each row belongs to
    y, so the last row is the square root of the residual sum of squares. If there are fewer
    different t than `degree` + 1, there are only as many columns of t.
    """


class RateList(Answer):
    """A list of the rate of each step. `lr` is the first of them."""

    kind: Literal["list"]
    """The name of the schedule."""
    lrs: list[float]
    """The rate of each step."""


class Resolved(Answer):
    """A fit request with every default and every open choice resolved, without its points. Each
    field means the same as in a request.
    """

    synthetic: Synthetic | None
    """Points to draw instead of `data`. `{}` draws the lecture's roller coaster."""
    model: Polynomial | Mlp
    """The curve to fit: a polynomial, or a small neural network. `kind` can be omitted for a
    polynomial.
    """
    loss: Mse | Mae | Huber
    """The loss to minimise. `gap` and the exact analysis exist for `mse` only."""
    optimizer: Sgd | Adam | AdamW | RmsProp
    """An optimizer of torch.optim, with its options and defaults."""
    schedule: Constant | StepDecay | Cosine | OneCycle | RateList
    """The rate of each step relative to `lr`, as in torch.optim.lr_scheduler."""
    batch_size: int | None
    """The number of points that each step sees. If omitted, each step sees all points."""
    batches: Batches
    """shuffled: without replacement, in a new order each epoch; the last, smaller batch counts.
    independent: drawn with replacement.
    """
    seed: int
    """The seed of the generator that draws the noise, the initial parameters, a random split and
    the batches, in this order. If omitted, the service chooses one and returns it in
    `resolved.seed`.
    """
    init: Start | Params | Network | Scaled
    """The start. random: normal, in the coordinates of the descent; the layers of a network have
    variance 1 / inputs. Parameters are in the units of t and y, whatever `scale` is.
    """
    steps: int
    """The number of updates to make."""
    scale: Scale
    """The coordinates of the descent. auto: none if `lr` is a number, which applies to your t as it
    is, or if there is no rate to judge. For a rate that the service computes, such as the best one
    or a part of the limit: standardize if the best rate then comes within one percent of the
    optimum in `steps` steps, otherwise orthonormal. For a network: standardize.
    """
    validation: Validation | None
    """Points to hold out. If omitted, the descent sees all points."""
    solver: Solver
    """loop: the textbook autograd loop. exact: the same trajectory in closed form. auto: exact
    wherever it applies.
    """
    precision: Precision
    """float32 is the arithmetic of the lecture. It implies the loop."""
    record_every: int
    """The number of steps between records. If omitted: 1 up to 10,000 steps, and beyond that the
    smallest number that gives at most 10,001 records.
    """
    lr: float
    """The learning rate. best: the rate that gives the lowest loss after `steps` steps, computed
    exactly. If omitted: the best rate. If that cannot be computed: 0.001 for adam and adamw and
    0.01 for rmsprop, as in torch.optim; for sgd, 0.01 for a network, and otherwise half of the
    limit of least squares with all points in each step. `lr_default` in the answer says which.
    """
    stop: Stop | None
    """Rules that end the descent before `steps`. If omitted, all steps are made."""
    include: list[Include]
    """Additional data to return. For each recorded step: `params`, `gradients` and `predictions`.
    Once: `data`. For polynomials and `mse`: the `intervals` of the least-squares curve at each t of
    `at`, the `degrees` up to that of the model in comparison, and the `factor`, which stands for
    the points in later requests. For plain descent with a closed form: the `filter` of the
    analysis.
    """
    at: list[float | str] | None
    """The values of t at which the fitted curve is evaluated. Time stamps are in UTC."""


class Ridge(Answer):
    """The minimum of a descent with weight decay: of the loss plus weight_decay / 2 times the sum
    of squares of the parameters in the coordinates of the descent.  `converged`, `reach` and
    `progress` compare the loss plus the decay with this minimum.
    """

    params: Params
    """The coefficients, in the units of your t and y."""
    loss: float
    """The mean squared error at these parameters, without the decay."""
    degrees_of_freedom: float
    """The effective number of coefficients: the sum of eigenvalue / (eigenvalue + weight_decay)
    over the modes, with the eigenvalues that they have without decay.
    """


class RmsProp(Answer):
    """torch.optim.RMSprop."""

    kind: Literal["rmsprop"]
    """The name of the optimizer."""
    alpha: float
    """The factor by which the influence of earlier gradients on their mean square fades in each
    step.
    """
    eps: float
    """A small number that is added to the divisor, so that it is not 0."""
    weight_decay: float
    """The weight decay: this multiple of the parameters is added to the gradient."""
    momentum: float
    """The factor by which the influence of earlier updates fades in each step."""
    centered: bool
    """If true, each step divides by the standard deviation of the gradients instead of the root of
    their mean square.
    """


class Scaled(Answer):
    """The `scaled` of a result: the curve in x = (t - center) / scale."""

    center: float | str
    """The value of t at which x is 0. It has the form of your t: a number or a time stamp."""
    scale: float
    """The length in t of one unit of x. For time stamps, it is in seconds."""
    params: Params | Network
    """The parameters of the curve in x."""


class Sgd(Answer):
    """torch.optim.SGD: gradient descent, plain or with momentum."""

    kind: Literal["sgd"]
    """The name of the optimizer."""
    momentum: float
    """The factor by which the influence of earlier gradients fades in each step; 0 for plain
    descent.
    """
    nesterov: bool
    """If true, use Nesterov's momentum, which needs a `momentum` above 0."""
    weight_decay: float
    """The descent minimises the loss plus weight_decay / 2 times the sum of squares of the
    parameters, in the coordinates of the descent and including the constant term. The losses and
    gradients of the result are without it. The closed form includes it.
    """


class SpectralFilter(Answer):
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


class StartAndEnd(Answer):
    """A value at the first step and at the last; null if it is not finite or not known yet."""

    start: float | None
    """The value at the first step."""
    end: float | None
    """The value at the last step."""


class StepDecay(Answer):
    """The rate times `gamma`, applied every `step_size` steps, like torch's StepLR."""

    kind: Literal["step"]
    """The name of the schedule."""
    step_size: int
    """The number of steps after which the rate is multiplied by `gamma`."""
    gamma: float
    """The factor by which the rate is multiplied."""


class StepsToOnePercent(Answer):
    """The number of steps after which the loss is within one percent of the loss of the optimum and
    stays there, always from the same initial curve; null if there is no such number.  `best`,
    `standardized` and `orthonormal` are the fewest: no constant learning rate takes fewer steps in
    these coordinates. With momentum the fewest are not known, so they are null, or 0 if the initial
    curve is within one percent. `standardized` and `orthonormal` are also null if t varies too
    little, or lies too far from 0, to be rescaled, and with weight decay, which leads to other
    curves in other coordinates.
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


class Stop(Answer):
    """Rules that end the descent before `steps`. The first rule that applies ends it. Without a
    rule, all steps are made.
    """

    gap: float | None
    """Stop when the loss is less than this above the loss of the optimum. With the weight decay of
    sgd, it is the loss and the decay that must be this close to `ridge`, their minimum.
    """
    gradient: float | None
    """Stop when the gradient of the loss, in the coordinates of the descent, is shorter than this.
    It is without weight decay.
    """
    min_improvement: float | None
    """Stop when the loss has fallen by at most this fraction of itself in each of `patience`
    successive steps (1 if `patience` is absent).
    """
    patience: int | None
    """Stop when the validation loss, or the loss if no points are held out, has not reached a new
    minimum for this many steps.
    """


class Suggestion(Answer):
    """Request fields that lead to a lower loss, or a lower validation loss if points are held out.
    To apply them, merge them into `resolved`, and send the result with your points.  `stop` is null
    if one of its rules would end the better descent too early: merging it removes all rules.
    """

    lr: float | Literal["best"] | None
    """The learning rate, or `best`."""
    scale: Scale | None
    """The coordinates of the descent."""
    steps: int | None
    """The number of updates to make."""
    stop: None
    """Null: no rule ends the descent early."""


class Synthetic(Answer):
    """Points to draw: y = noise * randn + curve(t) at t = start + spacing * i. An empty object
    gives the lecture's roller coaster.
    """

    points: int
    """The number of points."""
    start: float
    """The t of the first point."""
    spacing: float
    """The distance between two neighbouring points in t."""
    noise: float
    """The standard deviation of the noise, in the unit of y."""
    curve: Curve
    """The curve to which the noise is added."""


class Validation(Answer):
    """Points to hold out. Their losses are reported, and the descent does not see them."""

    fraction: float
    """The fraction of the points to hold out."""
    split: Split
    """random: drawn after the noise and the start. tail: the last points by t. interleaved: evenly
    distributed among the points as sent.
    """


class Verdict(Answer):
    """The verdict on the learning rate and on the descent."""

    rate: RateVerdict | None
    """The first value that applies. diverging: the rate is above `lr_limit` and the steepest
    direction grew by one percent or more, or the loss overflowed. edge: the rate is at `lr_limit`,
    and the steepest direction neither grew nor shrank by one percent. good: the rate achieves at
    least 99 % of the fall in loss that the best rate achieves in as many steps, unless only the
    best rate reaches the optimum. bouncing: the rate is above `lr_best`. too_small: none of these.
    null: the descent ended before its first step.  If the basis is observed, losses are compared by
    their excess over a known optimum. diverging: the loss overflowed, or is more than a million
    times the first. bouncing: the loss is more than one percent above the first, or rose to more
    than ten times the first, or rose above the first and is not near the optimum, or at least six
    of the last ten steps turned back. too_small: the loss never rose, and it has hardly fallen, or
    still falls while the steps go the same way, or the schedule ran out. good: none of these, or
    the loss is near the optimum. With batches and `mse`, the rate is that of the same descent with
    all points in each step, unless the loss rose. If that arrives, the rate is bouncing unless the
    loss is near the optimum: then only the noise of the batches is left, which a smaller rate
    reduces.
    """
    reach: Reach
    """converged: the loss is within one percent of the loss of the optimum or, if that is almost
    zero, within 1e-8 of the variance of y. unfinished: the best learning rate would have reached it
    in as many steps. out_of_reach: no learning rate reaches it in as many steps, or the precision
    is too low to reach it from this start. diverged: the loss overflowed.  If the basis is observed
    and no optimum is known: converged: the loss or the gradient is next to nothing, or the rate is
    good and the second half of the steps reduced the loss by less than one percent. Otherwise
    unfinished, or diverged.
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


class FitResult(Answer):
    """The whole result of a fit. Fields that do not apply are absent."""

    params: Params | Network
    """The parameters after the last update, in the units of your t and y."""
    scaled: Scaled
    """The same curve in x = (t - center) / scale. Use it if t lies far from 0, as Unix seconds do:
    there, the digits of `params` cancel out.
    """
    predictions_at: list[float] | None
    """The values of the curve at the `at` of the request, evaluated in x."""
    intervals: Intervals | None
    """The uncertainty of the least-squares curve at the `at` of the request, if `include` requests
    it; absent if there are no degrees of freedom, if the optimum is not unique, or if a bound does
    not fit in a double.
    """
    loss: float
    """The loss of `params`."""
    converged: bool
    """True if the loss is within one percent of the lowest possible loss or, if that is almost 0,
    within 1e-8 of the variance of y. If the lowest loss is not known, as for networks, it is true
    if the verdict's `reach` is converged.
    """
    r2: float | None
    """The coefficient of determination of the curve on the training points: 1 - mean squared error
    / variance of y; null if y does not vary, or if the number does not fit in a double.
    """
    progress: float | None
    """The part of the possible fall in loss that was achieved: 1 if the loss is the lowest possible
    one, 0 if it is that of the start, negative if it rose. It is null if the lowest loss is not
    known, if the start is within one percent of it, or if the number does not fit in a double.
    """
    outcome: Outcome
    """completed: all steps were made. stopped_early: a rule of `stop` ended the descent. diverged:
    a loss was not finite; this is a result, not an error.
    """
    diverged_at: int | None
    """The first step whose loss is not finite. `steps`, `params`, `loss` and the last record belong
    to the step before it.
    """
    stopped_by: StopRule | None
    """The rule of `stop` that ended the descent."""
    steps: int
    """The number of updates made."""
    epochs: float | None
    """The mean number of times that the updates used each training point, if a step uses a batch.
    """
    best: Best
    """The recorded step with the lowest loss. It can come before the last step, for example if
    points are held out, or if the loss rises.
    """
    optimum: Optimum | None
    """The optimum of the loss; absent for networks, because their lowest loss is not known."""
    ridge: Ridge | None
    """The minimum of the descent, if it has weight decay and a minimum that is known in advance."""
    degrees: list[DegreeFit] | None
    """The least-squares polynomials of degree 0 up to that of the model, if `include` requests
    them.
    """
    analysis: Analysis
    """The properties of the descent: known before its first step or, if `basis` is observed, seen
    in its steps.
    """
    verdict: Verdict
    """The effect of the learning rate, and a better request."""
    resolved: Resolved
    """The request as it was run, without `data` and, for a file, without `columns` and `sigma_is`.
    If you send it again with the same points, it gives the same result, without `lr_default`.
    """
    lr_default: LrDefault | None
    """The default that `resolved.lr` is, if the request has no `lr` and its best rate cannot be
    computed. optimizer: the default of torch.optim. half_limit: half of the limit of least squares
    with all points in each step. network: 0.01, for gradient descent on a network.
    """
    validation_losses: list[float] | None
    """The validation loss at each recorded step."""
    batch_losses: list[float] | None
    """The loss of each recorded step's own batch, which determines the next update."""
    record_every: int
    """The number of steps between two records."""
    history: History | None
    """The quantities of each recorded step that `include` requests."""
    data: DataPoints | None
    """The points that were used, if `include` requests them."""
    factor: PortableFactor | None
    """The points that the descent saw in compressed form, if `include` requests it. Send it in
    `data.factors` to continue from them.
    """
    data_used: DataUsed | None
    """The number of points that were used, if some were left out, or if the request has factors."""
    losses: list[float]
    """The loss at each recorded step. `losses[i]` belongs to step min(i * record_every, steps);
    `losses[0]` is the loss before any update.
    """
    elapsed_ms: float
    """Time of the computation itself, in milliseconds."""


class DoneEvent(Answer):
    """The event after the last step."""

    type: Literal["done"]
    """The kind of the event."""
    result: FitSummary
    """The result of the fit, without the losses of the earlier events."""


class FailedEvent(Answer):
    """The event of a fit that has failed, or of a stream that was ended early."""

    type: Literal["failed"]
    """The kind of the event."""
    problem: Problem
    """The problem that ended the fit or the stream."""


class FitSummary(Answer):
    """The result of a fit without its `losses`, which were streamed. Fields that do not apply are
    absent.
    """

    params: Params | Network
    """The parameters after the last update, in the units of your t and y."""
    scaled: Scaled
    """The same curve in x = (t - center) / scale. Use it if t lies far from 0, as Unix seconds do:
    there, the digits of `params` cancel out.
    """
    predictions_at: list[float] | None
    """The values of the curve at the `at` of the request, evaluated in x."""
    intervals: Intervals | None
    """The uncertainty of the least-squares curve at the `at` of the request, if `include` requests
    it; absent if there are no degrees of freedom, if the optimum is not unique, or if a bound does
    not fit in a double.
    """
    loss: float
    """The loss of `params`."""
    converged: bool
    """True if the loss is within one percent of the lowest possible loss or, if that is almost 0,
    within 1e-8 of the variance of y. If the lowest loss is not known, as for networks, it is true
    if the verdict's `reach` is converged.
    """
    r2: float | None
    """The coefficient of determination of the curve on the training points: 1 - mean squared error
    / variance of y; null if y does not vary, or if the number does not fit in a double.
    """
    progress: float | None
    """The part of the possible fall in loss that was achieved: 1 if the loss is the lowest possible
    one, 0 if it is that of the start, negative if it rose. It is null if the lowest loss is not
    known, if the start is within one percent of it, or if the number does not fit in a double.
    """
    outcome: Outcome
    """completed: all steps were made. stopped_early: a rule of `stop` ended the descent. diverged:
    a loss was not finite; this is a result, not an error.
    """
    diverged_at: int | None
    """The first step whose loss is not finite. `steps`, `params`, `loss` and the last record belong
    to the step before it.
    """
    stopped_by: StopRule | None
    """The rule of `stop` that ended the descent."""
    steps: int
    """The number of updates made."""
    epochs: float | None
    """The mean number of times that the updates used each training point, if a step uses a batch.
    """
    best: Best
    """The recorded step with the lowest loss. It can come before the last step, for example if
    points are held out, or if the loss rises.
    """
    optimum: Optimum | None
    """The optimum of the loss; absent for networks, because their lowest loss is not known."""
    ridge: Ridge | None
    """The minimum of the descent, if it has weight decay and a minimum that is known in advance."""
    degrees: list[DegreeFit] | None
    """The least-squares polynomials of degree 0 up to that of the model, if `include` requests
    them.
    """
    analysis: Analysis
    """The properties of the descent: known before its first step or, if `basis` is observed, seen
    in its steps.
    """
    verdict: Verdict
    """The effect of the learning rate, and a better request."""
    resolved: Resolved
    """The request as it was run, without `data` and, for a file, without `columns` and `sigma_is`.
    If you send it again with the same points, it gives the same result, without `lr_default`.
    """
    lr_default: LrDefault | None
    """The default that `resolved.lr` is, if the request has no `lr` and its best rate cannot be
    computed. optimizer: the default of torch.optim. half_limit: half of the limit of least squares
    with all points in each step. network: 0.01, for gradient descent on a network.
    """
    validation_losses: list[float] | None
    """The validation loss at each recorded step."""
    batch_losses: list[float] | None
    """The loss of each recorded step's own batch, which determines the next update."""
    record_every: int
    """The number of steps between two records."""
    history: History | None
    """The quantities of each recorded step that `include` requests."""
    data: DataPoints | None
    """The points that were used, if `include` requests them."""
    factor: PortableFactor | None
    """The points that the descent saw in compressed form, if `include` requests it. Send it in
    `data.factors` to continue from them.
    """
    data_used: DataUsed | None
    """The number of points that were used, if some were left out, or if the request has factors."""
    elapsed_ms: float
    """Time of the computation itself, in milliseconds."""


class StartedEvent(Answer):
    """The event before the first step."""

    type: Literal["started"]
    """The kind of the event."""
    resolved: Resolved
    """The request as run, without `data` and, for a file, without `columns` and `sigma_is`. Sent
    again with the same points, it gives the same answer, without `lr_default`.
    """
    data: DataPoints | None
    """The points used. Absent if there are `factors` or more than 50,000 points of a file."""
    data_used: DataUsed | None
    """The number of points that were used, if some were left out."""
    optimum: Optimum | None
    """The optimum of the loss. Absent for networks."""
    ridge: Ridge | None
    """The minimum of the descent, if it has weight decay and a minimum that is known in advance."""
    analysis: Analysis
    """The properties of the descent, known before its first step."""


class StepsEvent(Answer):
    """Consecutive recorded steps, `resolved.record_every` apart. The last step of the fit may come
    sooner.
    """

    type: Literal["steps"]
    """The kind of the event."""
    first: int
    """The number of the first step in the event."""
    last: int
    """The number of the last step in the event, and the id of the event. To resume after this step,
    send it as `Last-Event-ID`.
    """
    loss: list[float]
    """The loss at each recorded step."""
    params: dict[str, list[float]] | list[Network] | None
    """The parameters in the caller's units. For networks, only if `include` asks for them."""
    validation_loss: list[float] | None
    """The loss on the held-out points."""
    batch_loss: list[float] | None
    """The loss on the batch of each step, if steps do not see all points."""
    gradients: dict[str, list[float]] | list[Network] | None
    """The gradients, if `include` asks for them."""
    predictions: list[list[float]] | None
    """The predictions at the t of the points, if `include` asks for them."""


class BestRun(Answer):
    """A learning rate and its loss after the last step."""

    lr: float
    """The learning rate."""
    loss: float
    """The loss after the last step."""
    validation_loss: float | None
    """The validation loss after the last step, if points are held out."""


class ResolvedSweep(Answer):
    """A sweep request with every default and every open choice resolved, without its points."""

    synthetic: Synthetic | None
    """Points to draw instead of `data`. `{}` draws the lecture's roller coaster."""
    model: Polynomial | Mlp
    """The curve to fit: a polynomial, or a small neural network. `kind` can be omitted for a
    polynomial.
    """
    loss: Mse | Mae | Huber
    """The loss to minimise. `gap` and the exact analysis exist for `mse` only."""
    optimizer: Sgd | Adam | AdamW | RmsProp
    """An optimizer of torch.optim, with its options and defaults."""
    schedule: Constant | StepDecay | Cosine | OneCycle | RateList
    """The rate of each step relative to `lr`, as in torch.optim.lr_scheduler."""
    batch_size: int | None
    """The number of points that each step sees. If omitted, each step sees all points."""
    batches: Batches
    """shuffled: without replacement, in a new order each epoch; the last, smaller batch counts.
    independent: drawn with replacement.
    """
    seed: int
    """The seed of the generator that draws the noise, the initial parameters, a random split and
    the batches, in this order. If omitted, the service chooses one and returns it in
    `resolved.seed`.
    """
    init: Start | Params | Network | Scaled
    """The start. random: normal, in the coordinates of the descent; the layers of a network have
    variance 1 / inputs. Parameters are in the units of t and y, whatever `scale` is.
    """
    steps: int
    """The number of updates to make."""
    scale: Scale
    """The coordinates of the descent. auto: none if `lr` is a number, which applies to your t as it
    is, or if there is no rate to judge. For a rate that the service computes, such as the best one
    or a part of the limit: standardize if the best rate then comes within one percent of the
    optimum in `steps` steps, otherwise orthonormal. For a network: standardize.
    """
    validation: Validation | None
    """Points to hold out. If omitted, the descent sees all points."""
    solver: Solver
    """loop: the textbook autograd loop. exact: the same trajectory in closed form. auto: exact
    wherever it applies.
    """
    precision: Precision
    """float32 is the arithmetic of the lecture. It implies the loop."""
    record_every: int
    """The number of steps between records. If omitted: 1 up to 10,000 steps, and beyond that the
    smallest number that gives at most 10,001 records.
    """
    lrs: list[float]
    """The learning rates that are compared."""
    include: list[Literal["losses"]]
    """losses: the loss at each recorded step, for each rate."""


class Run(Answer):
    """The result of a sweep for one learning rate."""

    lr: float
    """The learning rate of this run."""
    loss: float
    """The loss after the last step; if the run diverged, the last finite loss."""
    validation_loss: float | None
    """The validation loss at the same step."""
    outcome: Outcome
    """completed: all steps were made. diverged: a loss was not finite."""
    diverged_at: int | None
    """The first step whose loss is not finite."""
    converged: bool
    """True if the loss after the last step is within one percent of the lowest possible loss, as in
    the result of a fit.
    """
    verdict: Verdict
    """The verdict on this rate."""
    losses: list[float] | None
    """The loss at each recorded step, if `include` requests it."""


class SweepResult(Answer):
    """A comparison of several rates. Fields that do not apply are absent."""

    runs: list[Run]
    """One result per learning rate, in the order of the request."""
    best: BestRun | None
    """The learning rate of the request with the lowest validation loss, or with the lowest loss if
    no points are held out; absent if every rate diverged.
    """
    exact: BestRun | None
    """The learning rate below `lr_limit` with the lowest final loss on the training points; absent
    if the losses have no closed form.
    """
    resolved: ResolvedSweep
    """The request as it was run, without `data` and, for a file, without `columns` and `sigma_is`.
    If you send it again with the same points, it gives the same result.
    """
    data_used: DataUsed | None
    """The number of points that were used, if some were left out, or if the request has factors."""
    elapsed_ms: float
    """Time of the computation itself, in milliseconds."""


class ResolvedAnalysis(Answer):
    """An analysis request with every default and every open choice resolved, without its points."""

    synthetic: Synthetic | None
    """Points to draw instead of `data`. `{}` draws the lecture's roller coaster."""
    model: Polynomial | Mlp
    """The curve to fit: a polynomial, or a small neural network. `kind` can be omitted for a
    polynomial.
    """
    loss: Mse | Mae | Huber
    """The loss to minimise. `gap` and the exact analysis exist for `mse` only."""
    optimizer: Sgd | Adam | AdamW | RmsProp
    """An optimizer of torch.optim, with its options and defaults."""
    schedule: Constant | StepDecay | Cosine | OneCycle | RateList
    """The rate of each step relative to `lr`, as in torch.optim.lr_scheduler."""
    batch_size: int | None
    """The number of points that each step sees. If omitted, each step sees all points."""
    batches: Batches
    """shuffled: without replacement, in a new order each epoch; the last, smaller batch counts.
    independent: drawn with replacement.
    """
    seed: int
    """The seed of the generator that draws the noise, the initial parameters, a random split and
    the batches, in this order. If omitted, the service chooses one and returns it in
    `resolved.seed`.
    """
    init: Start | Params | Network | Scaled
    """The start. random: normal, in the coordinates of the descent; the layers of a network have
    variance 1 / inputs. Parameters are in the units of t and y, whatever `scale` is.
    """
    steps: int
    """The number of updates to make."""
    scale: Scale
    """The coordinates of the descent. auto: none if `lr` is a number, which applies to your t as it
    is, or if there is no rate to judge. For a rate that the service computes, such as the best one
    or a part of the limit: standardize if the best rate then comes within one percent of the
    optimum in `steps` steps, otherwise orthonormal. For a network: standardize.
    """
    validation: Validation | None
    """Points to hold out. If omitted, the descent sees all points."""
    lr: float | None
    """The learning rate that is judged. Absent if the request has none."""


class AnalysisResult(Answer):
    """The properties of a descent, known without a step. Fields that do not apply are absent."""

    optimum: Optimum | None
    """The optimum of the loss; absent for networks, because their lowest loss is not known."""
    ridge: Ridge | None
    """The minimum of the descent, if it has weight decay and a minimum that is known in advance."""
    analysis: Analysis
    """The properties of the descent, known before its first step."""
    verdict: Verdict | None
    """The verdict on `lr`; absent if the request has no `lr`, or if its effect is not known without
    making the steps.
    """
    converged: bool | None
    """True if `lr` brings the loss within one percent of the lowest possible loss in `steps` steps;
    absent if there is no verdict.
    """
    factor: PortableFactor | None
    """The points in compressed form, if `include` requests it. Send it in `data.factors` to
    continue from them.
    """
    resolved: ResolvedAnalysis
    """The request as it was analysed, without `data` and, for a file, without `columns` and
    `sigma_is`. If you send it again with the same points, it gives the same result.
    """
    data_used: DataUsed | None
    """The number of points that were used, if some were left out, or if the request has factors."""
    elapsed_ms: float
    """Time of the computation itself, in milliseconds."""


class Messages(Answer):
    """The verdicts on all series in words."""

    en: list[str | None]
    """The message of each series in English."""
    ko: list[str | None]
    """The message of each series in Korean."""


class PartOfLimit(Answer):
    """A learning rate as a part of the limit for these points, `analysis.lr_limit`."""

    of_limit: float
    """The rate divided by the limit. Below 1, plain descent settles; above 1, it diverges. If
    nothing moves, the limit is that of the steepest direction.
    """


class ResolvedSeries(Answer):
    """The settings of every series with the seed that was used, without the points. A rate or
    coordinates that depend on the points are as in the request.
    """

    model: Polynomial
    """The polynomial to fit."""
    optimizer: Sgd
    """Gradient descent, plain or with momentum."""
    lr: Literal["best"] | float | PartOfLimit | None
    """The learning rate. best: for each series, the rate that gives the lowest loss after `steps`
    steps. If omitted: the best rate.
    """
    steps: int
    """The number of updates to make."""
    scale: ScaleChoice
    """The coordinates of the descent. auto: none if `lr` is a number. Otherwise, for each series,
    standardize if the best rate then comes within one percent of the optimum in `steps` steps, or
    else orthonormal.
    """
    seed: int
    """The seed of the random start, which is the same for all series in the coordinates of their
    descent. If omitted, the service chooses one and returns it in `resolved.seed`.
    """
    init: Start | Params | Network | Scaled
    """The start of every series. random: normal, in the coordinates of the descent. Parameters are
    in the units of t and y, whatever `scale` is.
    """
    at: list[float] | None
    """The values of t at which to evaluate each curve. The result is `predictions_at`."""
    include: list[SeriesInclude]
    """Additional columns to return. losses: the loss of each series at each recorded step.
    messages: the verdict on each series in English and Korean.
    """
    record_every: int | None
    """The number of steps between the `losses`. If omitted: 1 up to 10,000 steps, and beyond that
    the smallest number that gives at most 10,001 losses.
    """


class RowProblem(Answer):
    """The reason why a series has no result. Its row has null in every column."""

    row: int
    """The number of the series in the request, from 0."""
    id: str
    """The name of the series."""
    code: RowCode
    """The kind of problem, as in the problem of a fit."""
    detail: str
    """The reason and what to do, in English."""


class SeriesResult(Answer):
    """The results of many series. Fields that do not apply are absent."""

    ids: list[str]
    """The name of each series: its `id`, or else its number in the request."""
    params: dict[str, list[float | None]]
    """The parameters after the last step, in the units of t and y: a column for each coefficient,
    by its letter. `a` is that of the highest power.
    """
    loss: list[float | None]
    """The loss of `params`."""
    optimum: list[float | None]
    """The lowest loss of any parameters."""
    r2: list[float | None]
    """The coefficient of determination; null if y does not vary."""
    converged: list[bool | None]
    """True if the loss is within one percent of the lowest possible loss, as in the result of a
    fit.
    """
    rate: list[RateVerdict | None]
    """The verdict on the learning rate."""
    reach: list[Reach | None]
    """The result of the descent: it reached the optimum, could have, or could not, or diverged."""
    steps_needed: list[int | None]
    """The number of steps after which this rate reaches the optimum, if the descent did not and the
    number is known.
    """
    predictions_at: list[list[float | None]] | None
    """The values of the curves: a column for each t of `at`."""
    losses: list[list[float] | None] | None
    """The losses of each series at the steps of `step`, if `include` requests them. Those of a
    descent that diverged end with its last finite loss.
    """
    messages: Messages | None
    """The verdicts in words, if `include` requests them."""
    problems: list[RowProblem]
    """The series that have no result."""
    step: list[int] | None
    """The numbers of the recorded steps, if `include` requests `losses`."""
    resolved: ResolvedSeries
    """The request as it was run, without the points. If you send it again with the same points, it
    gives the same result.
    """
    elapsed_ms: float
    """Time of the computation itself, in milliseconds."""


class RowsEvent(Answer):
    """The results of consecutive series."""

    ids: list[str]
    """The name of each series: its `id`, or else its number in the request."""
    params: dict[str, list[float | None]]
    """The parameters after the last step, in the units of t and y: a column for each coefficient,
    by its letter. `a` is that of the highest power.
    """
    loss: list[float | None]
    """The loss of `params`."""
    optimum: list[float | None]
    """The lowest loss of any parameters."""
    r2: list[float | None]
    """The coefficient of determination; null if y does not vary."""
    converged: list[bool | None]
    """True if the loss is within one percent of the lowest possible loss, as in the result of a
    fit.
    """
    rate: list[RateVerdict | None]
    """The verdict on the learning rate."""
    reach: list[Reach | None]
    """The result of the descent: it reached the optimum, could have, or could not, or diverged."""
    steps_needed: list[int | None]
    """The number of steps after which this rate reaches the optimum, if the descent did not and the
    number is known.
    """
    predictions_at: list[list[float | None]] | None
    """The values of the curves: a column for each t of `at`."""
    losses: list[list[float] | None] | None
    """The losses of each series at the steps of `step`, if `include` requests them. Those of a
    descent that diverged end with its last finite loss.
    """
    messages: Messages | None
    """The verdicts in words, if `include` requests them."""
    problems: list[RowProblem]
    """The series that have no result."""
    type: Literal["rows"]
    """The kind of the event."""
    first: int
    """The number of the first series in the event, from 0."""
    last: int
    """The number of the last series in the event, and the id of the event."""


class SeriesDoneEvent(Answer):
    """The event after the last series."""

    type: Literal["done"]
    """The kind of the event."""
    result: SeriesSummary
    """The settings and the numbers of series."""


class SeriesSummary(Answer):
    """The settings and the numbers of series whose results were streamed."""

    step: list[int] | None
    """The numbers of the recorded steps, if `include` requests `losses`."""
    resolved: ResolvedSeries
    """The request as it was run, without the points. If you send it again with the same points, it
    gives the same result.
    """
    elapsed_ms: float
    """Time of the computation itself, in milliseconds."""
    series: int
    """The number of series."""
    failed: int
    """The number of series without a result."""


class JobDoneEvent(Answer):
    """The last event of a job that has succeeded."""

    type: Literal["done"]
    """The kind of the event."""
    result: FitSummary | SweepResult | SeriesSummary
    """The result of the job, without the losses or the rows of the earlier events."""


class ReadingEvent(Answer):
    """A part of the file of a job was read. Such events come before those of the fit or sweep."""

    type: Literal["reading"]
    """The kind of the event."""
    points_read: int
    """The number of points in all parts that are read."""


Activation: TypeAlias = Literal["tanh", "relu", "gelu"]


Basis: TypeAlias = Literal["exact", "observed"]


Batches: TypeAlias = Literal["shuffled", "independent"]


Include: TypeAlias = Literal[
    "params", "gradients", "predictions", "data", "intervals", "degrees", "filter", "factor"
]


JobKind: TypeAlias = Literal["fit", "sweep", "series"]


JobStatus: TypeAlias = Literal["queued", "running", "succeeded", "failed", "cancelled"]


LrDefault: TypeAlias = Literal["optimizer", "half_limit", "network"]


OptimumBasis: TypeAlias = Literal["least_squares", "robust"]


Outcome: TypeAlias = Literal["completed", "stopped_early", "diverged"]


Precision: TypeAlias = Literal["float64", "float32"]


RateVerdict: TypeAlias = Literal["too_small", "good", "bouncing", "edge", "diverging"]


Reach: TypeAlias = Literal["converged", "unfinished", "out_of_reach", "diverged"]


Scale: TypeAlias = Literal["none", "standardize", "orthonormal"]


ScaleChoice: TypeAlias = Literal["auto", "none", "standardize", "orthonormal"]


SigmaIs: TypeAlias = Literal["relative", "absolute"]


Solver: TypeAlias = Literal["loop", "exact"]


SolverChoice: TypeAlias = Literal["auto", "loop", "exact"]


RowCode: TypeAlias = Literal[
    "length_mismatch", "not_computable", "out_of_range", "too_few_points", "too_many_points"
]


SeriesInclude: TypeAlias = Literal["losses", "messages"]


Split: TypeAlias = Literal["random", "tail", "interleaved"]


Start: TypeAlias = Literal["random", "zeros"]


StopRule: TypeAlias = Literal["gap", "gradient", "min_improvement", "patience"]


Params: TypeAlias = dict[str, float]


ParamsRequest: TypeAlias = Mapping[str, float]


FitRequest: TypeAlias = FitPointsRequest | FitSyntheticRequest


SweepRequest: TypeAlias = SweepPointsRequest | SweepSyntheticRequest


AnalysisRequest: TypeAlias = AnalysisPointsRequest | AnalysisSyntheticRequest


FitJobRequest: TypeAlias = FitJobPointsRequest | FitJobSyntheticRequest


SweepJobRequest: TypeAlias = SweepJobPointsRequest | SweepJobSyntheticRequest


SeriesJobRequest: TypeAlias = SeriesJobRowsRequest | SeriesJobListedRequest


SeriesRequest: TypeAlias = SeriesRowsRequest | SeriesListedRequest


Code: TypeAlias = Literal[
    "malformed_json",
    "malformed_file",
    "not_found",
    "method_not_allowed",
    "body_too_large",
    "unsupported_media_type",
    "invalid_body",
    "missing_field",
    "unknown_field",
    "unknown_value",
    "wrong_type",
    "out_of_range",
    "too_few_points",
    "too_many_points",
    "too_few_items",
    "too_many_items",
    "length_mismatch",
    "conflicting_fields",
    "not_computable",
    "cost_over_budget",
    "answer_too_large",
    "internal_error",
    "not_ready",
    "queue_full",
    "shutting_down",
    "expired",
    "key_reused",
    "not_finished",
    "job_running",
    "cancelled",
    "poison",
    "interrupted",
    "bad_event_id",
    "store_unavailable",
    "store_full",
    "too_many_streams",
    "too_many_uploads",
    "too_many_answers",
    "stream_limit",
    "slow_reader",
    "worker_lost",
    "fit_timeout",
    "host_not_allowed",
    "preflight_rejected",
    "bad_http",
    "expectation_failed",
    "transfer_encoding_not_supported",
    "http_version_not_supported",
    "request_timeout",
    "uri_too_long",
    "headers_too_large",
    "too_many_connections",
    "unauthorized",
    "too_many_fits",
    "too_many_jobs",
]


StreamEvent: TypeAlias = StartedEvent | StepsEvent | DoneEvent | FailedEvent


SeriesEvent: TypeAlias = RowsEvent | SeriesDoneEvent | FailedEvent


JobResult: TypeAlias = FitResult | SweepResult | SeriesResult


JobEvent: TypeAlias = (
    ReadingEvent | StartedEvent | StepsEvent | RowsEvent | JobDoneEvent | FailedEvent
)


JobRequest: TypeAlias = FitJobRequest | SweepJobRequest | SeriesJobRequest
