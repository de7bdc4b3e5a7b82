"""What a descent is given, whatever its coordinates: points, their factor, and the numbers drawn for a start."""

import numpy as np
import torch
from torch import Generator

from service.descent.arrays import Array
from service.descent.dataset import Dataset, Split, load, split
from service.descent.factor import Factor, factorize
from service.descent.frozen import frozen
from service.descent.modes import Modes, decompose
from service.descent.parts import Precision, Scale, Scaled
from service.descent.rates import Excess, moving
from service.descent.scaling import Coordinates, Frame, check_powers, coordinates, frame
from service.descent.spec import Question


@frozen
class Given:
    """`points` are all, `split` says which the descent sees: frame, factor and the modes in the powers of x are of those.

    `drawn` (p,) is a random start; `scaled_to_caller` (p, p) leads from coefficients of x to coefficients of t.
    """

    spec: Question
    precision: Precision
    points: Dataset
    split: Split
    frame: Frame
    factor: Factor
    standard_modes: Modes
    scaled_to_caller: Array
    drawn: Array

    def modes(self, stepped: Coordinates) -> Modes:
        """The modes in the coordinates stepped in."""
        return self.standard_modes if stepped.kind == "standardize" else decompose(self.factor, stepped.triangle(self.factor))

    @property
    def scalable(self) -> bool:
        """Whether finite coefficients of x are finite ones of t."""
        return self.frame.can_go_back(self.spec.model.degree)

    def coordinates(self, scale: Scale) -> Coordinates:
        """The coordinates of one kind.

        Raises NotComputableError where numbers in them, or on the way back, would be too large.
        """
        if scale == "none":
            check_powers(self.split.training.t, self.frame, self.spec.model.degree)
        return coordinates(scale, self.frame, self.factor, self.scaled_to_caller)

    def start(self, stepped: Coordinates) -> Array:
        """The initial parameters (p,) in the coordinates stepped in."""
        spec = self.spec
        if spec.init == "random":
            return self.drawn
        if spec.init == "zeros":
            return np.zeros(len(spec.names))
        if isinstance(spec.init, Scaled):
            return stepped.from_scaled @ stepped.frame.from_frame(spec.model.degree, spec.init) @ self._row(spec.init.params)
        if stepped.kind == "none":
            return self._row(spec.init)
        return stepped.from_scaled @ stepped.frame.from_caller(spec.model.degree) @ self._row(spec.init)

    def standardized(self, stepped: Coordinates, start: Array) -> Excess:
        """What the curve of `start` (p,) holds in the powers of x."""
        return moving(self.standard_modes, self.standard_modes.residual(stepped.to_scaled @ start))

    def _row(self, params: dict[str, float]) -> Array:
        """Named parameters in the order a, b, c, ..."""
        return np.array([params[name] for name in self.spec.names])


def take(spec: Question, precision: Precision) -> Given:
    """Draws the noise, then the start, then the split; scales and compresses what the descent sees.

    Raises NotComputableError where synthetic y, or powers of t, are too large.
    """
    generator = Generator().manual_seed(spec.seed)
    points = load(spec, generator)
    drawn = np.array(torch.randn(len(spec.names), generator=generator).tolist())
    parts = split(points, spec.validation, generator)
    scaled = frame(parts.training.t)
    factor = factorize(scaled.x(parts.training.t), parts.training.y, spec.model.degree)
    return Given(
        spec=spec,
        precision=precision,
        points=points,
        split=parts,
        frame=scaled,
        factor=factor,
        standard_modes=decompose(factor, factor.r[:, ::-1]),
        scaled_to_caller=scaled.to_caller(spec.model.degree),
        drawn=drawn,
    )
