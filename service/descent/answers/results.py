"""The results of fits, sweeps and analyses. These types and their docstrings define the OpenAPI
document, so this module does not import torch.
"""

from typing import Literal

from service.descent.answers.explanation import Analysis, Documented, Verdict
from service.descent.methods.models.parameters import Network, Params, Scaled
from service.descent.questions.analysis import ResolvedAnalysis
from service.descent.questions.factors import PortableFactor
from service.descent.questions.fit import Resolved
from service.descent.questions.options import LrDefault
from service.descent.questions.points import Points
from service.descent.questions.sweep import ResolvedSweep
from service.descent.readonly import readonly

Columns = dict[str, list[float]]
ParamColumns = Columns | list[Network]
"""The parameters or gradients of several curves: one column per coefficient, or one network per
curve.
"""
Outcome = Literal["completed", "stopped_early", "diverged"]
OptimumBasis = Literal["least_squares", "robust"]
Rule = Literal["gap", "gradient", "min_improvement", "patience"]


@readonly
class Best(Documented):
    """The recorded step with the lowest loss; the first if there are several. With `stop` or
    `validation`, every step is considered, recorded or not.

    If points are held out, their loss decides.
    """

    step: int
    """The number of the step."""
    loss: float
    """The lowest loss: the validation loss if points are held out."""
    params: Params | Network
    """The parameters after this step, in the units of your t and y."""


@readonly
class Optimum(Documented):
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
    interval95: dict[str, tuple[float, float]] | None
    """The 95 % t interval of each coefficient; null if `standard_errors` is null or 0, or if a
    bound does not fit in a double.
    """
    unique: bool
    """False if the points do not determine every coefficient."""
    basis: OptimumBasis = "least_squares"
    """least_squares: the optimum of `mse`. robust: the optimum of the robust loss that the descent
    minimises.
    """


@readonly
class Ridge(Documented):
    """The minimum of a descent with weight decay: of the loss plus weight_decay / 2 times the sum
    of squares of the parameters in the coordinates of the descent.

    `converged`, `reach` and `progress` compare the loss plus the decay with this minimum.
    """

    params: Params
    """The coefficients, in the units of your t and y."""
    loss: float
    """The mean squared error at these parameters, without the decay."""
    degrees_of_freedom: float
    """The effective number of coefficients: the sum of eigenvalue / (eigenvalue + weight_decay)
    over the modes, with the eigenvalues that they have without decay.
    """


@readonly
class Intervals(Documented):
    """The 95 % t intervals at each t of `at`: pairs of a lower and an upper bound. They belong to
    the least-squares curve, not to the curve that the descent has reached.
    """

    mean95: list[tuple[float, float]]
    """The interval of the curve itself: of the mean of y at this t."""
    new95: list[tuple[float, float]]
    """The interval of a new point at this t, which scatters about the curve as the points do."""


@readonly(kw_only=True)
class DegreeFit(Documented):
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
    """The corrected Akaike information criterion, lower is better: n ln(`rss` / n) + 2 k n /
    (n - k - 1), where k = degree + 2 counts the coefficients and the variance; null if n <= k + 1
    or if the fit is perfect. Full log-likelihoods add n (1 + ln 2 pi).
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


@readonly
class History(Documented):
    """The quantities that `include` requests: one list per quantity, with one entry per recorded
    step.
    """

    step: list[int]
    """The number of each recorded step."""
    params: ParamColumns | None = None
    """The parameters at each recorded step, in the units of your t and y."""
    gradients: ParamColumns | None = None
    """The gradients of the loss of all training points, also if a step uses a batch. They are with
    respect to the parameters in the coordinates of the descent.
    """
    predictions: list[list[float]] | None = None
    """The values of the curve at the t of each point."""


@readonly
class DataPoints(Documented):
    """The points of the fit."""

    t: list[float] | list[str]
    """The t of each point. Time stamps are in UTC."""
    y: list[float]
    """The y of each point."""
    held_out: list[int] | None = None
    """The indices, from 0, of the held-out points."""
    weights: list[float] | None = None
    """The weight of each point, with the mean 1, if the points have weights."""


@readonly
class DataUsed(Documented):
    """The number of points that were used, if some of those in the request were left out, or if it
    has factors.
    """

    points: int
    """The number of points that were used."""
    missing: int
    """The number of points that were left out because a value is null."""
    weightless: int
    """The number of points that were left out because their weight is 0."""


def data_used(points: Points | None) -> DataUsed | None:
    """Return how many of the points of a request are used, or None if all of those sent are."""
    if points is None or (len(points) == points.sent_points and not points.factors):
        return None
    missing = points.missing
    weightless = points.sent_points - len(points) - missing
    for factor in points.factors:
        missing, weightless = missing + factor.missing, weightless + factor.weightless
    for factor in points.remove:
        missing, weightless = missing - factor.missing, weightless - factor.weightless
    return DataUsed(points.used, max(missing, 0), max(weightless, 0))


@readonly(kw_only=True)
class Run(Documented):
    """The result of a sweep for one learning rate."""

    lr: float
    """The learning rate of this run."""
    loss: float
    """The loss after the last step; if the run diverged, the last finite loss."""
    validation_loss: float | None = None
    """The validation loss at the same step."""
    outcome: Outcome
    """completed: all steps were made. diverged: a loss was not finite."""
    diverged_at: int | None = None
    """The first step whose loss is not finite."""
    converged: bool
    """True if the loss after the last step is within one percent of the lowest possible loss, as in
    the result of a fit.
    """
    verdict: Verdict
    """The verdict on this rate."""
    losses: list[float] | None = None
    """The loss at each recorded step, if `include` requests it."""


@readonly
class BestRun(Documented):
    """A learning rate and its loss after the last step."""

    lr: float
    """The learning rate."""
    loss: float
    """The loss after the last step."""
    validation_loss: float | None = None
    """The validation loss after the last step, if points are held out."""


@readonly(kw_only=True)
class Sweep(Documented):
    """A comparison of several learning rates."""

    runs: list[Run]
    """One result per learning rate, in the order of the request."""
    best: BestRun | None = None
    """The learning rate of the request with the lowest validation loss, or with the lowest loss if
    no points are held out; absent if every rate diverged.
    """
    exact: BestRun | None = None
    """The learning rate below `lr_limit` with the lowest final loss on the training points; absent
    if the losses have no closed form.
    """
    resolved: ResolvedSweep
    """The request as it was run, without `data` and, for a file, without `columns` and `sigma_is`.
    If you send it again with the same points, it gives the same result.
    """
    data_used: DataUsed | None = None
    """The number of points that were used, if some were left out, or if the request has factors."""


@readonly(kw_only=True)
class Forecast(Documented):
    """The analysis of a descent without making a step."""

    optimum: Optimum | None = None
    """The optimum of the loss; absent for networks, because their lowest loss is not known."""
    ridge: Ridge | None = None
    """The minimum of the descent, if it has weight decay and a minimum that is known in advance."""
    analysis: Analysis
    """The properties of the descent, known before its first step."""
    verdict: Verdict | None = None
    """The verdict on `lr`; absent if the request has no `lr`, or if its effect is not known without
    making the steps.
    """
    converged: bool | None = None
    """True if `lr` brings the loss within one percent of the lowest possible loss in `steps` steps;
    absent if there is no verdict.
    """
    factor: PortableFactor | None = None
    """The points in compressed form, if `include` requests it. Send it in `data.factors` to
    continue from them.
    """
    resolved: ResolvedAnalysis
    """The request as it was analysed, without `data` and, for a file, without `columns` and
    `sigma_is`. If you send it again with the same points, it gives the same result.
    """
    data_used: DataUsed | None = None
    """The number of points that were used, if some were left out, or if the request has factors."""


@readonly(kw_only=True)
class Summary(Documented):
    """A fit without its losses, which were streamed."""

    params: Params | Network
    """The parameters after the last update, in the units of your t and y."""
    scaled: Scaled
    """The same curve in x = (t - center) / scale. Use it if t lies far from 0, as Unix seconds do:
    there, the digits of `params` cancel out.
    """
    predictions_at: list[float] | None = None
    """The values of the curve at the `at` of the request, evaluated in x."""
    intervals: Intervals | None = None
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
    diverged_at: int | None = None
    """The first step whose loss is not finite. `steps`, `params`, `loss` and the last record belong
    to the step before it.
    """
    stopped_by: Rule | None = None
    """The rule of `stop` that ended the descent."""
    steps: int
    """The number of updates made."""
    epochs: float | None = None
    """The mean number of times that the updates used each training point, if a step uses a batch.
    """
    best: Best
    """The recorded step with the lowest loss. It can come before the last step, for example if
    points are held out, or if the loss rises.
    """
    optimum: Optimum | None = None
    """The optimum of the loss; absent for networks, because their lowest loss is not known."""
    ridge: Ridge | None = None
    """The minimum of the descent, if it has weight decay and a minimum that is known in advance."""
    degrees: list[DegreeFit] | None = None
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
    lr_default: LrDefault | None = None
    """The default that `resolved.lr` is, if the request has no `lr` and its best rate cannot be
    computed. optimizer: the default of torch.optim. half_limit: half of the limit of least squares
    with all points in each step. network: 0.01, for gradient descent on a network.
    """
    validation_losses: list[float] | None = None
    """The validation loss at each recorded step."""
    batch_losses: list[float] | None = None
    """The loss of each recorded step's own batch, which determines the next update."""
    record_every: int
    """The number of steps between two records."""
    history: History | None = None
    """The quantities of each recorded step that `include` requests."""
    data: DataPoints | None = None
    """The points that were used, if `include` requests them."""
    factor: PortableFactor | None = None
    """The points that the descent saw in compressed form, if `include` requests it. Send it in
    `data.factors` to continue from them.
    """
    data_used: DataUsed | None = None
    """The number of points that were used, if some were left out, or if the request has factors."""


@readonly(kw_only=True)
class Fit(Summary):
    """A complete fit."""

    losses: list[float]
    """The loss at each recorded step. `losses[i]` belongs to step min(i * record_every, steps);
    `losses[0]` is the loss before any update.
    """
