"""The facts about a descent that are known before its rate is chosen."""

from functools import cached_property
from math import isfinite

from service.descent.answers.explanation import Suggestion
from service.descent.arrays import Array
from service.descent.errors import NoStartError
from service.descent.frozen import readonly
from service.descent.points.scaling import Coordinates
from service.descent.quadratic.closed_form import ClosedForm, closed_form
from service.descent.quadratic.horizon import Outlook, outlook, target
from service.descent.quadratic.modes import Modes
from service.descent.quadratic.prepared import PolynomialSample, polynomial_sample
from service.descent.quadratic.rates import Excess
from service.descent.questions.options import Precision, Scale
from service.descent.questions.setting import Question

LEAST_FLOAT32 = 1.2e-38
"""The smallest rate in float32: smaller numbers lose digits, or are 0."""
LARGEST_FLOAT32 = 3.4e38
WORTH_RESCALING = 0.99
"""Other coordinates are suggested only if they leave less than this fraction of the excess."""


@readonly
class QuadraticProblem:
    """A descent in its coordinates: the start (p,), the modes, and the residual (p,) of each mode.

    `standardized` is the excess of the same start curve in the powers of x. `steps_at_fastest` and
    `steps_standardized` are the steps to one percent at the fastest rate, in these coordinates and
    in the powers of x. They are None if one percent is never reached.
    """

    given: PolynomialSample
    coordinates: Coordinates
    start: Array
    modes: Modes
    residual: Array
    outlook: Outlook
    standardized: Excess
    steps_at_fastest: int | None
    steps_standardized: int | None

    @property
    def best(self) -> float:
        """The best rate for the steps. If nothing moves, it is a rate at which nothing would jump
        either.
        """
        return self.outlook.lr_best or 1 / self.modes.eigenvalues[0]

    @property
    def determined(self) -> bool:
        """True if the points determine every coefficient."""
        return self.given.factor.rank == len(self.start)

    @property
    def standardizing_helps(self) -> bool:
        """True if the same start curve needs fewer steps in the powers of x."""
        here, there = self.steps_at_fastest, self.steps_standardized
        return there is not None and (here is None or there < here)

    def closed_form(self, lr: float | Array) -> ClosedForm:
        """Return the descent at one rate, or at several of shape (rates, 1, 1)."""
        return closed_form(
            self.modes, self.start, self.residual, lr=lr, momentum=self.given.momentum
        )

    @cached_property
    def left_standardized(self) -> float:
        """The excess that the fastest rate would leave in the powers of x. A random start is
        another curve there.
        """
        excess = self.standardized
        if self.given.spec.init == "random":
            excess = self.given.excess(self.given.standard_modes, self.given.drawn)
        return excess.at_fastest.after(self.outlook.steps)

    @cached_property
    def left_orthonormal(self) -> float:
        """The excess that the fastest rate would leave on orthonormal columns."""
        excess = problem_in("orthonormal", self.given).outlook.excess
        return excess.at_fastest.after(self.outlook.steps)

    def rescaling(self, left: float) -> Suggestion | None:
        """Return the first other coordinates in which the best rate leaves less than `left`, or
        None. The fastest rate is compared, because the best one leaves no more.
        """
        if not self.given.scalable:
            return None
        if (
            self.coordinates.kind == "none"
            and self.standardizing_helps
            and self.left_standardized < WORTH_RESCALING * left
        ):
            return {"scale": "standardize", "lr": "best"}
        if (
            self.coordinates.kind != "orthonormal"
            and self.left_orthonormal < WORTH_RESCALING * left
        ):
            return {"scale": "orthonormal", "lr": "best"}
        return None


def has(precision: Precision, rate: float) -> bool:
    """Return whether the rate is in the range of the precision."""
    return precision == "float64" or LEAST_FLOAT32 <= rate <= LARGEST_FLOAT32


def prepare_polynomial(spec: Question, precision: Precision = "float64") -> QuadraticProblem:
    """Return the problem in the requested coordinates. `auto` standardizes, or uses orthonormal
    columns if the standardized descent would not converge.

    Raises NotComputableError if t or y are too large.
    """
    given = polynomial_sample(spec, precision)
    scale = spec.chosen_scale
    if scale != "auto":
        return problem_in(scale, given)
    standard = problem_in("standardize", given)
    if standard.outlook.converges:
        return standard
    return problem_in("orthonormal", given)


def problem_in(scale: Scale, given: PolynomialSample) -> QuadraticProblem:
    """Return the problem in one kind of coordinates.

    Raises NotComputableError if numbers in these coordinates, or the loss before the first step,
    are too large.
    """
    coordinates = given.coordinates(scale)
    start = given.start(coordinates)
    modes = given.modes(coordinates)
    residual = modes.residual(start)
    factor, excess = given.factor, given.excess_of_residual(modes, residual)
    if not isfinite(excess.start * factor.n):
        raise NoStartError
    near = target(factor, excess, given.precision)
    standardized, steps_standardized = excess, None
    if scale != "standardize":
        standardized = given.excess(given.standard_modes, coordinates.to_scaled @ start)
    if given.scalable:
        steps_standardized = standardized.at_fastest.steps_to(near)
    return QuadraticProblem(
        given=given,
        coordinates=coordinates,
        start=start,
        modes=modes,
        residual=residual,
        outlook=outlook(excess, factor.rss / factor.n, near, given.spec.steps),
        standardized=standardized,
        steps_at_fastest=excess.at_fastest.steps_to(near),
        steps_standardized=steps_standardized,
    )
