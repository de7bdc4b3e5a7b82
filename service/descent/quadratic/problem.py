"""A polynomial descent before its rate is chosen: its compressed points, its start and its modes in
the coordinates of the descent, and the prospects of its steps.
"""

from collections.abc import Sequence
from math import isfinite
from typing import TypeVar

import numpy as np

from service.descent.answers.explanation import Suggestion
from service.descent.arrays import Array, product, stacked
from service.descent.errors import NoStartError
from service.descent.points.coordinates import Coordinates
from service.descent.points.dataset import Dataset, Sample, sample
from service.descent.points.factor import Factor, compress
from service.descent.points.merging import merged_with
from service.descent.points.scaling import Frames, frames
from service.descent.quadratic.closed_form import ClosedForm, closed_form
from service.descent.quadratic.excess import Excess, Outlook, outlook
from service.descent.quadratic.modes import Modes
from service.descent.quadratic.momentum import PLAIN, Momentum
from service.descent.quadratic.momentum_excess import MomentumExcess
from service.descent.quadratic.ridge import RidgeModes, with_decay
from service.descent.quadratic.stack import (
    DescentStack,
    SampleStack,
    compress_samples,
    descents,
    opened_sample,
)
from service.descent.questions.factors import PortableFactor
from service.descent.questions.options import Precision, Scale
from service.descent.questions.setting import Question
from service.descent.readonly import once, readonly

Losses = TypeVar("Losses", float, Array)
"""One loss or several."""
LEAST_FLOAT32 = float(np.finfo(np.float32).tiny)
"""The smallest rate in float32: smaller numbers lose digits, or are 0."""
LARGEST_FLOAT32 = float(np.finfo(np.float32).max)
WORTH_RESCALING = 0.99
"""Other coordinates are suggested only if they leave less than this fraction of the excess."""


@readonly
class PolynomialSample(Sample):
    """The points of a polynomial descent in compressed form, for any coordinates.

    `factor` is that of the points that the descent sees, in the powers of x. `scaled_to_caller`
    (p, p) turns coefficients of x into coefficients of t. `scalable` is true if the same descent
    can be made in other coordinates: finite coefficients of x are finite coefficients of t, and
    there is no weight decay, which has another minimum there. `decay` is the weight decay that
    changes the modes.

    The points are those of the `row` of a stack of samples. `merged` is their factor if the request
    has factors.
    """

    stack: SampleStack
    row: int
    degree: int
    momentum: Momentum
    decay: float
    factor: Factor
    scaled_to_caller: Array
    scalable: bool
    merged: PortableFactor | None = None

    def excess(self, eigenvalues: list[float], residual: list[float]) -> Excess:
        """Return the excess of a descent on modes that start with `residual` (p,)."""
        moving, held, rest = [], [], 0.0
        for eigenvalue, left in zip(eigenvalues, residual, strict=True):
            share = left * left / self.factor.n
            if not eigenvalue:
                rest += share
            elif share:
                moving.append(eigenvalue)
                held.append(share)
        kind = MomentumExcess if self.momentum.keeps else Excess
        return kind(moving, held, rest, self.momentum)


@readonly
class FewestSteps:
    """The least number of updates at a constant rate after which the excess of the same start curve
    is within the target: in the coordinates of the descent, in the powers of x, and on orthonormal
    columns. None means that there is no such number, that it is not known, as with momentum, or
    that these coordinates cannot be used. `at_fastest` are the updates at the fastest rate here.
    """

    at_fastest: int | None
    here: int | None
    standardized: int | None = None
    orthonormal: int | None = None


@readonly
class QuadraticProblem:
    """A descent in its coordinates: its start (p,), modes, and the residual (p,) of each mode.
    In the powers of x, `standardized` is the excess of the same start curve, and `rescaled` that of
    the same descent: if its start is random, it begins with the same numbers there.
    """

    sample: PolynomialSample
    coordinates: Coordinates
    start: Array
    modes: Modes
    residual: Array
    outlook: Outlook
    standardized: Excess
    rescaled: Excess

    @property
    def best(self) -> float:
        """The best rate for the steps or, if nothing moves, 1 / the largest eigenvalue."""
        return self.outlook.lr_best or 1 / self.modes.eigenvalues[0]

    @property
    def limit(self) -> float:
        """The limit of the rate or, if nothing moves, that of the steepest direction."""
        return self.outlook.excess.limit or self.sample.momentum.limit / self.modes.eigenvalues[0]

    @property
    def better_scale(self) -> Scale | None:
        """The coordinates that `auto` would choose for these steps, or None if they are those of
        the descent, or cannot be used.
        """
        kind = self.coordinates.kind
        if not self.sample.scalable or kind == "orthonormal":
            return None
        if kind == "none" and self.standardized_outlook.converges:
            return "standardize"
        return "orthonormal"

    def closed_form(self, rates: Sequence[float] | Array) -> ClosedForm:
        """Return the descent at each of these rates."""
        momentum = self.sample.momentum
        return closed_form([self.modes], [self.start], [self.residual], rates, momentum)

    @property
    def start_loss(self) -> float:
        """The loss before the first step."""
        if isinstance(self.modes, RidgeModes):
            return self.modes.loss(self.residual)
        return self.outlook.lowest + self.outlook.excess.start

    def loss_after(self, lr: float, steps: int) -> float:
        """Return the loss after `steps` updates at this rate, or inf if it overflows."""
        if not isinstance(self.modes, RidgeModes):
            return self.outlook.lowest + self.outlook.excess.after(lr, steps)
        loss: float = self.closed_form([lr]).loss(np.array([[steps]])).item()
        return loss

    def excess_at(self, params: Array, loss: Losses) -> Losses:
        """Return the excess, () or (r,), of what is minimised at params (p,) or (r, p) that have
        this loss. Without weight decay, what is minimised is the loss.
        """
        if not isinstance(self.modes, RidgeModes):
            return loss - self.outlook.lowest
        excess: Losses = np.square(self.modes.residual(params)).sum(axis=-1) / self.modes.factor.n
        return excess

    @once
    def fewest(self) -> FewestSteps:
        """The fewest steps to the target, here and in other coordinates."""
        excess, target = self.outlook.excess, self.outlook.target
        at_fastest = excess.steps_at_fastest(target)
        here = standardized = excess.fewest_steps(target)
        if not self.sample.scalable:
            return FewestSteps(at_fastest, here)
        if self.coordinates.kind != "standardize":
            standardized = self.standardized.fewest_steps(target)
        orthonormal = excess.fewest_steps_if_equally_steep(target)
        return FewestSteps(at_fastest, here, standardized, orthonormal)

    @once
    def standardized_outlook(self) -> Outlook:
        """The prospects of the same steps in the powers of x."""
        return self.outlook.of(self.rescaled)

    def rescaling(self, left: float) -> Suggestion | None:
        """Return the better coordinates with the best rate, or None if it leaves no less than
        `left` there.
        """
        scale, worth = self.better_scale, WORTH_RESCALING * left
        if scale == "standardize" and self.standardized_outlook.left_at_best < worth:
            return {"scale": "standardize", "lr": "best"}
        if scale is None or self._left_if_orthonormal >= worth:
            return None
        return {"scale": "orthonormal", "lr": "best"}

    @property
    def _left_if_orthonormal(self) -> float:
        """The excess that the best rate leaves on orthonormal columns. They are equally steep, so
        without momentum the first step arrives.
        """
        if self.sample.momentum.keeps:
            return problem_in("orthonormal", self.sample).outlook.left_at_best
        return 0.0


def has(precision: Precision, rate: float) -> bool:
    """Return whether the rate is in the range of the precision."""
    return precision == "float64" or LEAST_FLOAT32 <= rate <= LARGEST_FLOAT32


def prepare_polynomial(spec: Question, precision: Precision = "float64") -> QuadraticProblem:
    """Return the problem of one question. Raises NotComputableError."""
    (problem,) = prepare_polynomials([spec], precision)
    return problem


def prepare_polynomials(
    specs: Sequence[Question], precision: Precision = "float64"
) -> list[QuadraticProblem]:
    """Return the problem of each question in the requested coordinates. `auto` standardizes, or
    uses orthonormal columns if the standardized descent would not converge. The questions are
    alike: they have the same settings and the same number of points.

    Raises NotComputableError if t or y of one of them are too large.
    """
    drawn = polynomial_samples(specs, precision)
    samples, scale = drawn[0].stack, specs[0].chosen_scale
    if scale != "auto":
        return problems_in(scale, samples, drawn)
    problems = problems_in("standardize", samples, drawn)
    slow = [i for i, problem in enumerate(problems) if not problem.outlook.converges]
    if slow:
        others = problems_in("orthonormal", samples.part(np.array(slow)), [drawn[i] for i in slow])
        for i, problem in zip(slow, others, strict=True):
            problems[i] = problem
    return problems


def polynomial_samples(specs: Sequence[Question], precision: Precision) -> list[PolynomialSample]:
    """Draw, scale and compress the points that each descent sees."""
    first = specs[0]
    assert first.polynomial
    drawn, degree = [sample(spec, precision) for spec in specs], first.polynomial.degree
    seen = [each.split.training for each in drawn]
    whole, deviations = None, [each.deviation for each in seen]
    if first.data is not None and first.compressed:
        whole = merged_with(seen[0], first.data, degree, first.unit)
        stack, deviations = opened_sample(whole)
    else:
        t, y = stacked([each.t for each in seen]), stacked([each.y for each in seen])
        roots = None if seen[0].weights is None else np.array([each.roots for each in seen])
        stack = compress_samples(t, y, degree, frames(t, first.unit), roots)
    factors = stack.factors.of_each(stack.frames.of_each(), deviations)
    scalable = stack.frames.can_go_back(degree).tolist()
    momentum = PLAIN
    if sgd := first.exact_momentum:
        momentum = Momentum(sgd.momentum, sgd.nesterov)
    return [
        PolynomialSample(
            **vars(drawn[row]),
            stack=stack,
            row=row,
            degree=degree,
            momentum=momentum,
            decay=first.exact_decay,
            factor=factors[row],
            scaled_to_caller=stack.backs[row],
            scalable=scalable[row] and not first.exact_decay,
            merged=whole,
        )
        for row in range(len(specs))
    ]


def problem_in(scale: Scale, drawn: PolynomialSample) -> QuadraticProblem:
    """Return the problem of one sample in one kind of coordinates. Raises NotComputableError."""
    (problem,) = problems_in(scale, drawn.stack.part(np.array([drawn.row])), [drawn])
    return problem


def problems_in(
    scale: Scale, samples: SampleStack, drawn: Sequence[PolynomialSample]
) -> list[QuadraticProblem]:
    """Return the problem of each sample in one kind of coordinates.

    Raises NotComputableError if numbers in these coordinates, or the loss before the first step,
    are too large.
    """
    given = [each.start_frame for each in drawn if each.start_frame]
    stack = descents(
        scale,
        samples,
        np.array([each.start for each in drawn]),
        Frames.of(given) if given else None,
    )
    factors = [each.factor for each in drawn]
    modes, residual = stack.modes.of_each(factors), stack.residual
    if drawn[0].decay:
        modes = [with_decay(each, drawn[0].decay) for each in modes]
        pairs = zip(modes, stack.start, strict=True)
        residual = np.array([each.residual(start) for each, start in pairs])
    excesses = _excesses(drawn, [each.eigenvalues for each in modes], residual)
    if not all(isfinite(excess.start * factors[0].n) for excess in excesses):
        raise NoStartError
    outlooks = [
        outlook(each.factor, mode.lowest, excess, each.precision, each.spec.steps)
        for each, mode, excess in zip(drawn, modes, excesses, strict=True)
    ]
    standardized = rescaled = excesses
    if scale != "standardize":
        standardized, rescaled = _in_powers_of_x(drawn, stack)
    stepped = stack.coordinates.of_each(samples.frames.of_each(), factors)
    columns = (drawn, stepped, stack.start, modes, residual, outlooks, standardized, rescaled)
    return [*map(QuadraticProblem, *columns)]


def _in_powers_of_x(
    drawn: Sequence[PolynomialSample], stack: DescentStack
) -> tuple[list[Excess], list[Excess]]:
    """Return two excesses of each descent in the powers of x: that of the same start curve, and
    that of the same descent, which begins with the same numbers if its start is random.
    """
    modes, starts = stack.samples.modes, stack.start
    of_curve = (stack.coordinates.to_scaled @ starts[:, :, None])[:, :, 0]
    residuals = modes.residual(stack.samples.factors, np.array([of_curve, starts]))
    eigenvalues = modes.eigenvalues.tolist()
    standardized = _excesses(drawn, eigenvalues, residuals[0])
    if drawn[0].spec.init != "random":
        return standardized, standardized
    return standardized, _excesses(drawn, eigenvalues, residuals[1])


def _excesses(
    drawn: Sequence[PolynomialSample], eigenvalues: Sequence[list[float]], residuals: Array
) -> list[Excess]:
    """Return the excess of each descent on modes that start with the residuals (B, p)."""
    return [*map(PolynomialSample.excess, drawn, eigenvalues, residuals.tolist())]


@readonly
class Compressed:
    """The n held-out points in compressed form: their loss needs only a triangle (p, p), d (p,) and
    rss, for parameters in the coordinates of the descent.
    """

    triangle: Array
    d: Array
    rss: float
    n: int

    def loss(self, params: Array) -> Array:
        """Return the losses (..., r) of params (..., r, p); a loss that overflows is infinite."""
        residual = product(params, self.triangle.T) - self.d
        loss: Array = (np.square(residual).sum(axis=-1) + self.rss) / self.n
        return loss


def compressed(problem: QuadraticProblem, points: Dataset) -> Compressed:
    """Return these points in compressed form, for parameters in the coordinates of the descent."""
    columns, degree = problem.coordinates.design(points.t).T[None, ::-1], problem.sample.degree
    roots = None if points.roots is None else points.roots[None]
    triangles, d, rss = compress(
        lambda block: columns[:, :, block], points.y[None], np.array([degree + 1]), degree, roots
    )
    return Compressed(triangles[0, :, ::-1], d[0], rss.item(), len(points.y))
