"""The input of a polynomial descent, in any coordinates: its compressed points, and the numbers
drawn for a start.
"""

import numpy as np

from service.descent.arrays import Array
from service.descent.frozen import readonly
from service.descent.methods.models.parameters import Network, Params, Scaled
from service.descent.methods.models.polynomial import Polynomial
from service.descent.points.dataset import Sample, sample
from service.descent.points.factor import Factor, factorize
from service.descent.points.scaling import Coordinates, check_powers, coordinates
from service.descent.quadratic.modes import Modes, decompose
from service.descent.quadratic.momentum import Momentum, momentum_of
from service.descent.quadratic.momentum_rates import with_momentum
from service.descent.quadratic.rates import Excess, moving
from service.descent.questions.options import Precision, Scale
from service.descent.questions.specs import Question


@readonly
class PolynomialSample(Sample):
    """The points of a polynomial descent in compressed form.

    `factor` and `standard_modes` are those of the points that the descent sees, in the powers of x.
    `scaled_to_caller` (p, p) turns coefficients of x into coefficients of t.
    """

    degree: int
    momentum: Momentum | None
    factor: Factor
    standard_modes: Modes
    scaled_to_caller: Array

    def modes(self, stepped: Coordinates) -> Modes:
        """Return the modes in these coordinates."""
        if stepped.kind == "standardize":
            return self.standard_modes
        return decompose(self.factor, stepped.triangle(self.factor))

    @property
    def scalable(self) -> bool:
        """True if finite coefficients of x are finite coefficients of t."""
        return self.frame.can_go_back(self.degree)

    def coordinates(self, scale: Scale) -> Coordinates:
        """Return the coordinates of one kind.

        Raises NotComputableError if numbers in them, or in the caller's units, would be too large.
        """
        if scale == "none":
            check_powers(self.split.training.t, self.frame, self.degree)
        return coordinates(scale, self.frame, self.factor, self.scaled_to_caller)

    def start(self, stepped: Coordinates) -> Array:
        """Return the initial parameters (p,) in these coordinates."""
        spec = self.spec
        if spec.init == "random":
            return self.drawn
        if spec.init == "zeros":
            return np.zeros(len(spec.names))
        if isinstance(spec.init, Scaled):
            return (
                stepped.from_scaled
                @ stepped.frame.from_frame(self.degree, spec.init)
                @ self._row(spec.init.params)
            )
        if stepped.kind == "none":
            return self._row(spec.init)
        return stepped.from_scaled @ stepped.frame.from_caller(self.degree) @ self._row(spec.init)

    def excess(self, modes: Modes, start: Array) -> Excess:
        """Return the excess of a descent on these modes that starts at `start` (p,)."""
        return self.excess_of_residual(modes, modes.residual(start))

    def excess_of_residual(self, modes: Modes, residual: Array) -> Excess:
        """Return the excess of a descent on these modes that starts with `residual` (p,)."""
        return with_momentum(moving(modes, residual), self.momentum)

    def _row(self, params: Params | Network) -> Array:
        """Return named parameters in the order a, b, c, ..."""
        assert isinstance(params, dict)
        return np.array([params[name] for name in self.spec.names])


def polynomial_sample(spec: Question, precision: Precision) -> PolynomialSample:
    """Draw, scale and compress the points that the descent sees.

    Raises NotComputableError if synthetic y, or powers of t, are too large.
    """
    assert isinstance(spec.model, Polynomial)
    drawn, degree = sample(spec, precision), spec.model.degree
    training = drawn.split.training
    factor = factorize(drawn.frame.x(training.t), training.y, degree)
    return PolynomialSample(
        **vars(drawn),
        degree=degree,
        momentum=momentum_of(spec),
        factor=factor,
        standard_modes=decompose(factor, factor.r[:, ::-1]),
        scaled_to_caller=drawn.frame.to_caller(degree),
    )
