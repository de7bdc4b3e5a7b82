"""What is known of a descent before its rate is chosen."""

from functools import cached_property
from math import isfinite

from service.descent.answers.explanation import Suggestion
from service.descent.arrays import Array
from service.descent.errors import NoStartError
from service.descent.frozen import frozen
from service.descent.points.scaling import Coordinates, Frame
from service.descent.quadratic.closed_form import ClosedForm, closed_form
from service.descent.quadratic.horizon import Outlook, outlook, target
from service.descent.quadratic.modes import Modes
from service.descent.quadratic.prepared import Given, take
from service.descent.quadratic.rates import Excess
from service.descent.questions.options import Precision, Scale
from service.descent.questions.specs import Question

LEAST_FLOAT32 = 1.2e-38
"""Smaller numbers lose digits, or are 0."""
LARGEST_FLOAT32 = 3.4e38
CLEARLY = 0.99
"""A loss lower by less than this is not worth other coordinates."""


@frozen
class Problem:
    """The coordinates stepped in, the start (p,) in them, the modes of a descent there and how far
    each (p,) is from its end.

    `standardized` is what the same start curve holds in the powers of x. The steps are those to one
    percent at the fastest rate, here and there; None where never.
    """

    given: Given
    coordinates: Coordinates
    start: Array
    modes: Modes
    residual: Array
    outlook: Outlook
    standardized: Excess
    steps_at_fastest: int | None
    steps_standardized: int | None

    @property
    def frame(self) -> Frame:
        """The scaled coordinate."""
        return self.given.frame

    @property
    def best(self) -> float:
        """The best rate for the steps; where nothing moves, one at which nothing would jump
        either.
        """
        return self.outlook.lr_best or 1 / self.modes.eigenvalues[0]

    @property
    def determined(self) -> bool:
        """Whether the points determine every coefficient."""
        return self.given.factor.rank == len(self.start)

    @property
    def standardizing_helps(self) -> bool:
        """Whether the same start curve arrives sooner in the powers of x."""
        here, there = self.steps_at_fastest, self.steps_standardized
        return there is not None and (here is None or there < here)

    def closed_form(self, lr: float | Array) -> ClosedForm:
        """The descent at one rate, or at several (rates, 1, 1)."""
        return closed_form(
            self.modes, self.start, self.residual, lr=lr, momentum=self.given.momentum
        )

    @cached_property
    def left_standardized(self) -> float:
        """What the fastest rate would leave in the powers of x; a start that is drawn is another
        curve there.
        """
        modes = self.given.standard_modes
        excess = (
            self.given.excess(modes, self.given.drawn)
            if self.given.spec.init == "random"
            else self.standardized
        )
        return excess.at_fastest.after(self.outlook.steps)

    @cached_property
    def left_orthonormal(self) -> float:
        """The same on orthonormal columns."""
        return problem_in("orthonormal", self.given).outlook.excess.at_fastest.after(
            self.outlook.steps
        )

    def rescaling(self, left: float) -> Suggestion | None:
        """The first other coordinates in which the best rate leaves less than `left`, as the
        fastest does already.
        """
        if not self.given.scalable:
            return None
        if (
            self.coordinates.kind == "none"
            and self.standardizing_helps
            and self.left_standardized < CLEARLY * left
        ):
            return {"scale": "standardize", "lr": "best"}
        if self.coordinates.kind != "orthonormal" and self.left_orthonormal < CLEARLY * left:
            return {"scale": "orthonormal", "lr": "best"}
        return None


def has(precision: Precision, rate: float) -> bool:
    """Whether the precision has this number."""
    return precision == "float64" or LEAST_FLOAT32 <= rate <= LARGEST_FLOAT32


def prepare(spec: Question, precision: Precision = "float64") -> Problem:
    """The problem in the coordinates asked for. `auto` standardizes, or goes orthonormal where that
    would not converge.

    Raises NotComputableError where t or y are too large.
    """
    given = take(spec, precision)
    if spec.scale != "auto":
        return problem_in(spec.scale, given)
    standard = problem_in("standardize", given)
    return standard if standard.outlook.converges else problem_in("orthonormal", given)


def problem_in(scale: Scale, given: Given) -> Problem:
    """The problem in one kind of coordinates.

    Raises NotComputableError.
    """
    coordinates = given.coordinates(scale)
    start = given.start(coordinates)
    modes = given.modes(coordinates)
    residual = modes.residual(start)
    factor, excess = given.factor, given.held(modes, residual)
    if not isfinite(excess.start * factor.n):
        raise NoStartError
    near = target(factor, excess, given.precision)
    standardized = excess if scale == "standardize" else given.standardized(coordinates, start)
    return Problem(
        given=given,
        coordinates=coordinates,
        start=start,
        modes=modes,
        residual=residual,
        outlook=outlook(excess, factor.rss / factor.n, near, given.spec.steps),
        standardized=standardized,
        steps_at_fastest=excess.at_fastest.steps_to(near),
        steps_standardized=standardized.at_fastest.steps_to(near) if given.scalable else None,
    )
